from __future__ import annotations

import pytest

from trainwright import artifacts
from trainwright.artifacts import Examples, Model, Schema, split_dir
from trainwright.errors import ArtifactError, SplitError


def test_split_names_as_list_and_as_json():
    assert Examples("a", split_names=["train", "eval"]).split_names == '["train", "eval"]'
    examples = Examples("a", split_names='["train"]')
    assert (examples.split_names, examples.splits) == ('["train"]', ["train"])
    examples.split_names = ["x"]
    assert examples.properties == {"split_names": '["x"]'}


@pytest.mark.parametrize("names", ["train", '{"train": 1}', "[1]"])
def test_wrong_split_names(names):
    with pytest.raises(ArtifactError, match="must be a list of strings or its JSON"):
        Examples("a", split_names=names)


def test_splits_are_found_on_disk(tmp_path):
    for name in ("Split-train", "Split-eval", "other"):
        (tmp_path / name).mkdir()
    assert Examples(tmp_path).splits == ["eval", "train"]


def test_the_old_layout_is_read(tmp_path):
    for name in ("train", "eval", ".hidden", "_tmp"):
        (tmp_path / name).mkdir()
    examples = Examples(tmp_path)
    assert examples.splits == ["eval", "train"]
    assert split_dir(examples, "train") == tmp_path / "train"


def test_the_new_layout_wins(tmp_path):
    (tmp_path / "Split-train").mkdir()
    (tmp_path / "train").mkdir()
    examples = Examples(tmp_path, split_names=["train"])
    assert split_dir(examples, "train") == tmp_path / "Split-train"


def test_a_split_that_is_not_there(tmp_path):
    (tmp_path / "Split-train").mkdir()
    with pytest.raises(SplitError, match=r"have no split 'test'\. Its splits: train\."):
        split_dir(Examples(tmp_path), "test")
    with pytest.raises(SplitError, match=r"'eval'.*has no directory.*Split-eval"):
        split_dir(Examples(tmp_path, split_names=["train", "eval"]), "eval")


def test_formats_of_examples():
    examples = Examples("a")
    assert (examples.payload_format, examples.file_format) == (
        "FORMAT_TF_EXAMPLE",
        "tfrecords_gzip",
    )
    examples.set_string_custom_property("payload_format", "FORMAT_PARQUET")
    assert examples.payload_format == "FORMAT_PARQUET"


def test_declared_properties():
    examples = Examples("a", properties={"span": 3})
    assert examples.properties == {"span": 3}
    with pytest.raises(ArtifactError, match="no property 'spam'. Did you mean \"span\""):
        examples.set_property("spam", 3)
    with pytest.raises(ArtifactError, match="'span' of Examples must be int. Got '3'"):
        examples.set_property("span", "3")
    with pytest.raises(ArtifactError, match="Got True"):
        examples.set_property("span", True)


def test_custom_properties():
    schema = Schema("a", custom_properties={"x": 1})
    schema.set_int_custom_property("n", 2)
    assert (schema.get_int_custom_property("x"), schema.get_int_custom_property("n")) == (1, 2)
    assert (schema.get_string_custom_property("none"), schema.get_int_custom_property("q")) == (
        "",
        0,
    )


def test_model_directories(tmp_path):
    model = Model(tmp_path)
    assert artifacts.serving_model_dir(model.uri) == tmp_path / "Format-Serving"
    (tmp_path / "serving_model_dir").mkdir()
    (tmp_path / "eval_model_dir").mkdir()
    assert artifacts.serving_model_dir(model.uri) == tmp_path / "serving_model_dir"
    assert artifacts.eval_model_dir(model.uri) == tmp_path / "eval_model_dir"
    (tmp_path / "Format-TFMA").mkdir()
    assert artifacts.eval_model_dir(model.uri) == tmp_path / "Format-TFMA"


def test_repr_and_type_name():
    assert repr(Model("a", id=7)) == "Model(uri='a', id=7)"
    assert repr(Model("a")) == "Model(uri='a')"
    assert Model("a").type_name == "Model"
