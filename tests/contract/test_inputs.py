from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trainwright.artifacts import Artifact, Examples, HyperParameters, Model, ModelRun, Schema
from trainwright.contract.fn_args import FnArgs
from trainwright.contract.inputs import (
    check_properties,
    make_fn_args,
    normalize_inputs,
    normalize_outputs,
)
from trainwright.errors import (
    ArtifactError,
    InvalidArgumentError,
    SchemaError,
    SplitError,
    TrainwrightWarning,
)

ARGS = {"train_args": '{"num_steps": 20}', "eval_args": '{"num_steps": 5}'}


def make_examples(root: Path, *splits: str, layout: str = "Split-{}", **custom: str) -> Examples:
    for split in splits:
        folder = root / layout.format(split)
        folder.mkdir(parents=True)
        (folder / "data-00000-of-00001.gz").touch()
    return Examples(root, custom_properties=custom)


def fn_args(tmp_path: Path, inputs: dict[str, Any], **properties: Any) -> FnArgs:
    outputs = {"model": [Model(tmp_path / "model")], "model_run": [ModelRun(tmp_path / "run")]}
    return make_fn_args(normalize_inputs(inputs), normalize_outputs(outputs), ARGS | properties)


def test_fn_args_of_a_plain_run(tmp_path: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    args = fn_args(tmp_path, {"examples": [examples]}, custom_config='{"units": 16}')
    assert args.train_files == [f"{tmp_path}/ex/Split-train/*"]
    assert args.eval_files == [f"{tmp_path}/ex/Split-eval/*"]
    assert (args.train_steps, args.eval_steps, args.units) == (20, 5, 16)
    assert args.serving_model_dir == f"{tmp_path}/model/Format-Serving"
    assert args.eval_model_dir == f"{tmp_path}/model/Format-TFMA"
    assert args.model_run_dir == f"{tmp_path}/run"
    assert args.data_accessor is not None
    nothing = ("schema_path", "transform_graph_path", "base_model", "hyperparameters")
    assert [args[name] for name in (*nothing, "num_examples", "working_dir")] == [None] * 6


def test_several_artifacts_and_splits(tmp_path: Path) -> None:
    one = make_examples(tmp_path / "1", "train", "more", "eval")
    two = make_examples(tmp_path / "2", "train", "more", "eval", layout="{}")
    args = fn_args(tmp_path, {"examples": [one, two]}, train_args={"splits": ["train", "more"]})
    assert args.train_files == [
        f"{tmp_path}/1/Split-train/*",
        f"{tmp_path}/2/train/*",
        f"{tmp_path}/1/Split-more/*",
        f"{tmp_path}/2/more/*",
    ]
    assert args.eval_files == [f"{tmp_path}/1/Split-eval/*", f"{tmp_path}/2/eval/*"]
    assert args.train_steps is None


def test_old_spellings_of_keys_give_a_deprecation_warning(tmp_path: Path) -> None:
    examples, graph = make_examples(tmp_path / "ex", "train"), Artifact(tmp_path)
    with pytest.warns(DeprecationWarning, match="'transformed_examples' is now called 'examples'"):
        assert normalize_inputs({"transformed_examples": [examples]}) == {"examples": [examples]}
    with pytest.warns(DeprecationWarning, match="'transform_graph'"):
        assert normalize_inputs({"transform_output": [graph]}) == {"transform_graph": [graph]}
    with pytest.warns(DeprecationWarning, match="'model'"):
        assert list(normalize_outputs({"output": [Model(tmp_path)]})) == ["model"]


def test_two_spellings_of_a_key_are_an_error(tmp_path: Path) -> None:
    both = {"transformed_examples": [Examples("a")], "examples": [Examples("b")]}
    warns = pytest.warns(DeprecationWarning, match="is now called")
    with warns, pytest.raises(InvalidArgumentError, match="the same"):
        normalize_inputs(both)


def test_unknown_keys_name_the_nearest() -> None:
    with pytest.raises(InvalidArgumentError, match="input key 'exmaples'. Did you mean \"exampl"):
        normalize_inputs({"exmaples": [Examples("a")]})
    with pytest.raises(InvalidArgumentError, match="output key 'modle'"):
        normalize_outputs({"modle": [Model("a")]})
    with pytest.warns(TrainwrightWarning, match="'modul_file'. Did you mean \"module_file\""):
        check_properties({"modul_file": "a.py"})


@pytest.mark.parametrize("value", [Examples("a"), "a", [1], [[Examples("a")]], None])
def test_what_is_no_list_of_artifacts(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="'examples' must be a list of artifacts"):
        normalize_inputs({"examples": value})


def test_outputs_need_a_model_with_a_uri() -> None:
    with pytest.raises(InvalidArgumentError, match="under the key 'model'"):
        normalize_outputs({"model_run": [ModelRun("a")]})
    with pytest.raises(InvalidArgumentError, match="no uri"):
        normalize_outputs({"model": [Model()]})
    with pytest.raises(ArtifactError, match="takes one artifact. Got 2: a, b"):
        normalize_outputs({"model": [Model("a"), Model("b")]})


def test_empty_lists_count_as_absent(tmp_path: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    args = fn_args(tmp_path, {"examples": [examples], "schema": [], "base_model": []})
    assert args.schema_path is None


def test_examples_that_are_missing_or_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match="no examples"):
        fn_args(tmp_path, {})
    with pytest.raises(ArtifactError, match=f"no directory '{tmp_path}/none' of examples"):
        fn_args(tmp_path, {"examples": [Examples(tmp_path / "none")]})
    with pytest.raises(ArtifactError, match=f"{tmp_path}/empty are empty"):
        fn_args(tmp_path, {"examples": [Examples(tmp_path / "empty")]})


def test_splits_that_are_missing_or_empty(tmp_path: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "test")
    with pytest.raises(SplitError, match="no split 'eval'. Its splits: test, train"):
        fn_args(tmp_path, {"examples": [examples]})
    (tmp_path / "ex" / "Split-eval").mkdir()
    (tmp_path / "ex" / "Split-eval" / "_SUCCESS").touch()
    with pytest.raises(SplitError, match=r"no files in .*Split-eval\. .*eval, test, train"):
        fn_args(tmp_path, {"examples": [examples]})


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        ("FORMAT_TF_EXAMPLE", "FORMAT_PARQUET", ["FORMAT_TF_EXAMPLE", "FORMAT_PARQUET"]),
        ("FORMAT_TF_EXAMPEL", "FORMAT_TF_EXAMPEL", ["FORMAT_TF_EXAMPEL", '"FORMAT_TF_EXAMPLE"']),
    ],
)
def test_payload_formats_mixed_or_unknown(
    tmp_path: Path, first: str, second: str, named: list[str]
) -> None:
    one = make_examples(tmp_path / "1", "train", "eval", payload_format=first)
    two = make_examples(tmp_path / "2", "train", "eval", payload_format=second)
    with pytest.raises(ValueError, match=f"{tmp_path}/") as caught:
        fn_args(tmp_path, {"examples": [one, two]})
    assert all(name in str(caught.value) for name in named)


def test_the_newest_data_view_counts(tmp_path: Path) -> None:
    golden = Path(__file__).parents[1] / "data" / "data_view_golden"
    for number, (one, two) in enumerate([("kinds", "none"), ("none", "kinds")]):
        examples = [
            make_examples(
                tmp_path / f"{number}{k}",
                "train",
                "eval",
                payload_format="FORMAT_PROTO",
                data_view_uri=str(golden / view),
                data_view_create_time_since_epoch=str(900 if view == "kinds" else 1000 - 500 * k),
            )
            for k, view in enumerate((one, two))
        ]
        accessor = fn_args(tmp_path, {"examples": examples}).data_accessor
        assert accessor is not None
        decode = accessor.data_view_decode_fn
        assert decode is not None
        if number:
            with pytest.raises(ArtifactError, match="data view at .*none cannot be loaded"):
                decode([b"1"])
        else:
            assert decode([b"1"])["label"].numpy().tolist() == [1]


def test_file_formats_mixed(tmp_path: Path) -> None:
    one = make_examples(tmp_path / "1", "train", "eval")
    two = make_examples(tmp_path / "2", "train", "eval", file_format="parquet")
    with pytest.raises(ValueError, match="one file_format.*tfrecords_gzip.*parquet"):
        fn_args(tmp_path, {"examples": [one, two]})


def test_schemas(tmp_path: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    folder = tmp_path / "schema"
    folder.mkdir()
    with pytest.raises(SchemaError, match=f"{folder} must hold one file"):
        fn_args(tmp_path, {"examples": [examples], "schema": [Schema(folder)]})
    (folder / "schema.pbtxt").touch()
    args = fn_args(tmp_path, {"examples": [examples], "schema": [Schema(folder)]})
    assert args.schema_file == f"{folder}/schema.pbtxt"
    with pytest.raises(SchemaError, match=f"Got 2: {folder}, other"):
        fn_args(tmp_path, {"examples": [examples], "schema": [Schema(folder), Schema("other")]})
    (folder / "other.pbtxt").touch()
    with pytest.raises(SchemaError, match=r"other\.pbtxt, schema\.pbtxt"):
        fn_args(tmp_path, {"examples": [examples], "schema": [Schema(folder)]})


@pytest.mark.parametrize("key", ["transform_graph", "base_model", "hyperparameters", "statistics"])
def test_optional_inputs_must_be_there_when_given(tmp_path: Path, key: str) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    with pytest.raises(ArtifactError, match=f"no directory '{tmp_path}/none', .* '{key}'"):
        fn_args(tmp_path, {"examples": [examples], key: [Artifact(tmp_path / "none")]})
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match=f"{tmp_path}/empty, .* '{key}', is empty"):
        fn_args(tmp_path, {"examples": [examples], key: [Artifact(tmp_path / "empty")]})


def test_a_transform_graph_is_handed_on(tmp_path: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    (tmp_path / "graph" / "transform_fn").mkdir(parents=True)
    args = fn_args(
        tmp_path, {"examples": [examples], "transform_graph": [Artifact(tmp_path / "graph")]}
    )
    assert args.transform_output == f"{tmp_path}/graph"


def test_hyperparameters(tmp_path: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    folder = tmp_path / "best"
    folder.mkdir()
    inputs = {"examples": [examples], "hyperparameters": [HyperParameters(folder)]}
    (folder / "best.txt").write_text(json.dumps({"values": {"units": 3}}))
    assert fn_args(tmp_path, inputs).hyperparameters == {"values": {"units": 3}}
    (folder / "best.txt").write_text("[1]")
    with pytest.raises(ArtifactError, match=r"best\.txt must be a JSON object. Got \[1\]"):
        fn_args(tmp_path, inputs)
    (folder / "best.txt").write_text("{")
    with pytest.raises(ArtifactError, match=r"best\.txt are not JSON"):
        fn_args(tmp_path, inputs)
    (folder / "second.txt").touch()
    with pytest.raises(ArtifactError, match=r"There are 2: best\.txt, second\.txt"):
        fn_args(tmp_path, inputs)


def test_artifacts_of_other_classes_are_read_as_well(tmp_path: Path) -> None:
    make_examples(tmp_path / "ex", "train", "eval")
    foreign = SimpleNamespace(
        uri=f"{tmp_path}/ex",
        split_names='["train", "eval"]',
        get_string_custom_property={"payload_format": "FORMAT_PROTO", "file_format": ""}.get,
    )
    args = fn_args(tmp_path, {"examples": [foreign]})
    assert args.train_files == [f"{tmp_path}/ex/Split-train/*"]


def test_properties_that_are_wrong_name_their_key(tmp_path: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    for key, value in (("train_args", None), ("eval_args", "{"), ("custom_config", "[]")):
        with pytest.raises(ValueError, match=key):
            fn_args(tmp_path, {"examples": [examples]}, **{key: value})


def test_statistics_give_the_numbers_of_examples(tmp_path: Path, shared_data: Path) -> None:
    examples = make_examples(tmp_path / "ex", "train", "eval")
    statistics = Artifact(shared_data / "taxi" / "statistics")
    args = fn_args(tmp_path, {"examples": [examples], "statistics": [statistics]})
    assert args.num_examples == {"train": 10036, "eval": 4966}
