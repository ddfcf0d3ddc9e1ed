"""Artifacts on remote file systems, through the executor that calls a run_fn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.artifacts import (
    Artifact,
    Examples,
    ExampleStatistics,
    HyperParameters,
    Model,
    ModelRun,
    Schema,
    TransformGraph,
)
from trainwright.cli.main import main
from trainwright.errors import (
    ArtifactError,
    ExportError,
    InvalidArgumentError,
    SchemaError,
    SplitError,
    UserCodeError,
)
from trainwright.events import RunObserver, observing
from trainwright.executor import GenericExecutor

RUN_FN = b"""
import json
from pathlib import Path

def run_fn(a):
    run = Path(a.model_run_dir)
    said = {
        "before": sorted(p.name for p in run.iterdir() if not p.name.startswith(".")),
        "train": [p.read_text() for f in a.train_files for p in Path(f).parent.iterdir()],
        "eval": [Path(f).parent.name for f in a.eval_files],
        "schema": a.schema_path and Path(a.schema_path).read_text(),
        "graph": a.transform_output and sorted(p.name for p in Path(a.transform_output).rglob("*")),
        "base": a.base_model and sorted(p.name for p in Path(a.base_model).iterdir()),
        "hyperparameters": a.hyperparameters,
        "num_examples": a.num_examples,
        "decoded": a.data_accessor.data_view_decode_fn and [
            int(n) for n in a.data_accessor.data_view_decode_fn([b"1,2"])["label"]],
        "test_split": (Path(a.train_files[0]).parents[1] / "Split-test" / "c").exists(),
    }
    (run / "checkpoint").write_text("c")
    (run / "said").write_text(json.dumps(said))
    if a.get("fail"):
        raise OSError("disk full")
    for folder in (a.serving_model_dir, a.eval_model_dir):
        (Path(folder) / "variables").mkdir(parents=True)
        (Path(folder) / "saved_model.pb").write_text(folder)
        (Path(folder) / "variables" / "index").touch()
"""


class World:
    """A bucket in memory, and a run that has everything in it."""

    def __init__(self) -> None:
        self.memory = fsspec.filesystem("memory")
        self.memory.store.clear()
        statistics = statistics_pb2.DatasetFeatureStatisticsList()
        statistics.datasets.add(num_examples=7)
        self.memory.pipe(
            {
                "/b/code/model.py": RUN_FN,
                "/b/ex/Split-train/a": b"1",
                "/b/ex/Split-eval/b": b"2",
                "/b/ex/Split-test/c": b"3",
                "/b/old/train/a": b"4",
                "/b/old/eval/b": b"5",
                "/b/schema/schema.pbtxt": b'feature { name: "x" }',
                "/b/graph/transform_fn/saved_model.pb": b"",
                "/b/base/Format-Serving/checkpoint": b"",
                "/b/base/Format-Serving/model.ckpt-3.index": b"",
                "/b/best/best.txt": b'{"units": 3}',
                "/b/stats/Split-train/FeatureStats.pb": statistics.SerializeToString(),
            }
        )
        self.inputs: dict[str, list[Artifact]] = {"examples": [Examples("memory://b/ex")]}
        self.outputs: dict[str, list[Artifact]] = {
            "model": [Model("memory://b/out/model")],
            "model_run": [ModelRun("memory://b/out/run")],
        }

    def do(self, **properties: Any) -> dict[str, Any]:
        arguments = {
            "train_args": {},
            "eval_args": {},
            "module_file": "memory://b/code/model.py",
        } | properties
        GenericExecutor().Do(self.inputs, self.outputs, arguments)
        said: dict[str, Any] = json.loads(self.memory.cat("/b/out/run/said"))
        return said

    def written(self) -> list[str]:
        return sorted(path.removeprefix("/b/out/") for path in self.memory.find("/b/out"))


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.memory.store.clear()


def test_everything_is_remote(world: World, tmp_path: Path) -> None:
    world.inputs |= {
        "examples": [Examples("memory://b/ex"), Examples("memory://b/old/")],
        "schema": [Schema("memory://b/schema")],
        "transform_graph": [TransformGraph("memory://b/graph")],
        "base_model": [Model("memory://b/base")],
        "hyperparameters": [HyperParameters("memory://b/best")],
        "statistics": [ExampleStatistics("memory://b/stats")],
    }
    heard: list[str] = []

    class Stages(RunObserver):
        def on_stage(self, name: str) -> None:
            heard.append(name)

    with observing(Stages()):
        said = world.do()
    assert said == {
        "before": [],
        "train": ["1", "4"],
        "eval": ["Split-eval", "eval"],
        "schema": 'feature { name: "x" }',
        "graph": ["saved_model.pb", "transform_fn"],
        "base": ["checkpoint", "model.ckpt-3.index"],
        "hyperparameters": {"units": 3},
        "num_examples": {"train": 7},
        "decoded": None,
        "test_split": False,
    }
    assert world.written() == [
        "model/Format-Serving/saved_model.pb",
        "model/Format-Serving/variables/index",
        "model/Format-TFMA/saved_model.pb",
        "model/Format-TFMA/variables/index",
        "run/checkpoint",
        "run/said",
    ]
    assert "copying memory://b/ex to the local disk" in heard
    uploads = [name for name in heard if name.startswith("uploading")]
    assert uploads == [
        "uploading the model_run to memory://b/out/run",
        "uploading the model to memory://b/out/model",
    ]
    # The caller's artifacts still say where things are, and no copy is left.
    assert world.inputs["examples"][0].uri == "memory://b/ex"
    assert world.outputs["model"][0].uri == "memory://b/out/model"
    local = world.memory.cat("/b/out/model/Format-Serving/saved_model.pb").decode()
    assert not Path(local).exists()


def test_a_remote_data_view(world: World) -> None:
    view = Path(__file__).parents[1] / "data" / "data_view_golden" / "kinds"
    for path in view.rglob("*"):
        if path.is_file():
            world.memory.pipe({f"/b/view/{path.relative_to(view)}": path.read_bytes()})
    formats = {"payload_format": "FORMAT_PROTO", "data_view_uri": "memory://b/view"}
    world.inputs["examples"] = [Examples("memory://b/ex", custom_properties=formats)]
    assert world.do()["decoded"] == [3]


def test_a_model_run_is_gone_on_with(world: World) -> None:
    assert world.do()["before"] == []
    assert world.do()["before"] == ["checkpoint", "said"]


def test_only_outputs_or_only_inputs_are_remote(world: World, tmp_path: Path) -> None:
    world.outputs = {"model": [Model(tmp_path / "m")], "model_run": [ModelRun(tmp_path / "r")]}
    GenericExecutor().Do(
        world.inputs,
        world.outputs,
        {"train_args": "{}", "eval_args": "{}", "module_file": "memory://b/code/model.py"},
    )
    assert (tmp_path / "m" / "Format-Serving" / "saved_model.pb").is_file()
    assert world.written() == []


def test_the_command_line(world: World, tmp_path: Path) -> None:
    arguments = {
        "--examples": "memory://b/ex",
        "--schema": "memory://b/schema",
        "--module-file": "memory://b/code/model.py",
        "--train-steps": "1",
        "--eval-steps": "1",
    }
    flat = [word for pair in arguments.items() for word in pair]
    assert main(["run", *flat, "--output", str(tmp_path)]) == 0
    assert (tmp_path / "Trainer" / "model" / "1" / "Format-Serving" / "saved_model.pb").is_file()
    assert main(["run", *flat, "--output", "memory://b/runs"]) == 2


def test_file_addresses(world: World, tmp_path: Path) -> None:
    for split in ("train", "eval"):
        (tmp_path / "ex" / f"Split-{split}").mkdir(parents=True)
        (tmp_path / "ex" / f"Split-{split}" / "data").write_text("9")
    world.inputs = {"examples": [Examples(f"file://{tmp_path}/ex")]}
    world.outputs["model"] = [Model(f"file://{tmp_path}/model")]
    assert world.do()["train"] == ["9"]
    assert (tmp_path / "model" / "Format-Serving" / "saved_model.pb").is_file()


@pytest.mark.parametrize(
    ("properties", "base"),
    [
        ({"warm_start_from": "memory://b/base"}, None),
        ({"warm_start_from": "memory://b/base/Format-Serving/"}, None),
        ({"warm_start_from": "memory://b/base/Format-Serving"}, "memory://b/base"),
        ({"warm_start_from": "memory://b/base"}, "memory://b/base/Format-Serving"),
        ({"warm_start_from": "memory://b/base"}, "memory://b/base"),
    ],
)
def test_warm_start(world: World, properties: dict[str, Any], base: str | None) -> None:
    if base:
        world.inputs["base_model"] = [Model(base)]
    said = world.do(warm_starting=True, **properties)
    assert said["base"] == ["checkpoint", "model.ckpt-3.index"]


def test_warm_start_contradictions_name_the_addresses(world: World) -> None:
    world.inputs["base_model"] = [Model("memory://b/base")]
    world.memory.pipe({"/b/base2/checkpoint": b""})
    with pytest.raises(
        InvalidArgumentError, match=r"\(memory://b/base\) .* \(memory://b/base2\) name different"
    ):
        world.do(warm_starting=True, warm_start_from="memory://b/base2")


@pytest.mark.parametrize(
    ("key", "artifact", "error", "text"),
    [
        ("examples", Examples("memory://b/none"), ArtifactError, "'memory://b/none' of examples"),
        ("schema", Schema("memory://b/none"), SchemaError, "no schema at memory://b/none"),
        ("schema", Schema("memory://b/ex"), SchemaError, "artifact at memory://b/ex must hold one"),
        ("base_model", Model("memory://b/none"), ArtifactError, "'memory://b/none', named by"),
        ("schema", Schema("nosuch://b/s"), InvalidArgumentError, "no driver .* nosuch://b/s"),
    ],
)
def test_inputs_that_are_wrong_are_named_by_their_address(
    world: World, key: str, artifact: Artifact, error: type[Exception], text: str
) -> None:
    world.inputs[key] = [artifact]
    with pytest.raises(error, match=text):
        world.do()
    assert world.written() == []


def test_splits_that_are_wrong(world: World) -> None:
    with pytest.raises(
        SplitError, match="memory://b/ex have no split 'tset'. Its splits: eval, test, train"
    ):
        world.do(train_args={"splits": ["tset"]})
    assert world.do(train_args={"splits": ["test"]})["train"] == ["3"]


def test_a_run_that_fails_leaves_its_model_run_and_no_model(world: World) -> None:
    with pytest.raises(
        UserCodeError, match=r"failed at memory://b/code/model\.py:23: OSError: disk full"
    ):
        world.do(custom_config={"fail": True})
    assert world.written() == ["run/checkpoint", "run/said"]


def test_an_upload_that_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put = type(world.memory).put_file

    def fail(self: Any, source: str, target: str, **kwargs: Any) -> Any:
        if "Format-Serving/saved" in target:
            raise OSError("quota")
        return put(self, source, target, **kwargs)

    monkeypatch.setattr(type(world.memory), "put_file", fail)
    with pytest.raises(
        ExportError, match="memory://b/out/model/Format-Serving could not be written: OSError: quo"
    ):
        world.do()
    assert not [name for name in world.written() if name.startswith("model/")]


def test_a_task_of_a_cluster_needs_a_shared_directory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = {"chief": ["a:1"], "worker": ["b:1"]}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster}))
    with pytest.raises(InvalidArgumentError, match=r"must be a directory that all tasks.*Mount"):
        world.do()
