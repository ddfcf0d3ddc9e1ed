"""The Trainer's contract, row by row, for both executors; wrong inputs fail and are recorded.

No run here trains anything: the modules write down what they are given, and the estimator's part
of the executor is replaced. test_executor_end_to_end and contract/test_warm_start_end_to_end train.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
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
from trainwright.component import Trainer
from trainwright.data.statistics import write_statistics
from trainwright.errors import TrainwrightError
from trainwright.executor import Executor, GenericExecutor
from trainwright.launcher import LaunchRequest, launch
from trainwright.lineage import ExecutionState, LineageStore, get_run, list_runs

MODULE = """
import json
from pathlib import Path

class Stopped(Exception):
    pass

def told(a):
    return {
        "items": {key: a[key] for key in a if key not in ("data_accessor", "custom_config")},
        "attributes_too": all(getattr(a, key) == a[key] for key in a),
        "accessor": [bool(a.data_accessor.tf_dataset_factory),
                     bool(a.data_accessor.record_batch_factory),
                     bool(a.data_accessor.data_view_decode_fn)],
        "custom_config": a.custom_config,
    }

def run_fn(fn_args):
    folder = Path(fn_args.serving_model_dir)
    folder.mkdir()
    (folder / "told").write_text(json.dumps(told(fn_args)))

def trainer_fn(fn_args, schema):
    Path(fn_args.custom_config["ask"]).write_text(json.dumps(
        told(fn_args) | {"features": [f.name for f in schema.feature]}
    ))
    raise Stopped("enough")
"""


class World:
    """Small artifacts of every kind, and the ways to run on them."""

    def __init__(self, root: Path):
        self.root = root
        self.file("model.py", MODULE)
        for name in ("ex/Split-train/a", "ex/Split-eval/b", "ex/Split-test/c", "old/train/d"):
            self.file(name)
        self.file("old/eval/e")
        self.file("graph/transform_fn/saved_model.pb")
        self.file("schema/schema.pbtxt", 'feature { name: "x" }')
        self.file("base/Format-Serving/saved_model.pb")
        self.file("old_base/serving_model_dir/saved_model.pb")
        self.file("best/best.txt", '{"units": 3}')
        statistics = statistics_pb2.DatasetFeatureStatisticsList()
        statistics.datasets.add(num_examples=7)
        write_statistics({"train": statistics}, root / "stats")
        self.inputs: dict[str, list[Artifact]] = {"examples": [Examples(root / "ex")]}
        self.properties: dict[str, Any] = {
            "train_args": '{"num_steps": 20}',
            "eval_args": '{"num_steps": 5}',
            "module_file": str(root / "model.py"),
        }

    def file(self, name: str, text: str = "") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def outputs(self) -> dict[str, list[Artifact]]:
        return {"model": [Model(self.root / "m")], "model_run": [ModelRun(self.root / "r")]}

    def told(self, **properties: Any) -> dict[str, Any]:
        """What a run_fn is given."""
        GenericExecutor().Do(self.inputs, self.outputs(), self.properties | properties)
        told: dict[str, Any] = json.loads((self.root / "m/Format-Serving/told").read_text())
        return told

    def told_to_trainer_fn(self, **properties: Any) -> dict[str, Any]:
        """What a trainer_fn is given."""
        given = self.properties | properties
        given["custom_config"] = {"ask": str(self.root / "asked")} | given.get("custom_config", {})
        with pytest.raises(TrainwrightError, match="enough"):
            Executor().Do(self.inputs, self.outputs(), given)
        told: dict[str, Any] = json.loads((self.root / "asked").read_text())
        return told

    def fails(self, executor: type[Any], error: type[Exception], text: str) -> None:
        """A run fails as it should: nothing is published, and the database says why."""
        request = LaunchRequest(executor, self.inputs, self.properties, self.root / "out")
        with pytest.raises(error, match=text) as caught:
            launch(request)
        assert not list((self.root / "out").glob("Trainer/model*/*"))
        store = LineageStore.open(self.root / "out" / "metadata.sqlite")
        (run,) = list_runs(store)
        assert run.state is ExecutionState.FAILED
        recorded = get_run(store, run.id).execution.properties
        assert isinstance(caught.value, TrainwrightError)
        assert recorded["error_message"] == caught.value.message
        assert recorded["error_type"] == type(caught.value).__name__


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def step_args_message() -> type[Any]:
    """A protocol buffer with the fields of TFX's TrainArgs."""
    file = descriptor_pb2.FileDescriptorProto(name="args.proto", package="contract_test")
    message = file.message_type.add(name="TrainArgs")
    field = descriptor_pb2.FieldDescriptorProto
    for number, (name, kind, label) in enumerate(
        [
            ("num_steps", field.TYPE_INT32, field.LABEL_OPTIONAL),
            ("splits", field.TYPE_STRING, field.LABEL_REPEATED),
        ],
        1,
    ):
        message.field.add(name=name, number=number, type=kind, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("contract_test.TrainArgs")
    return message_factory.GetMessageClass(found)  # type: ignore[no-any-return]


# Keys of the inputs.


def give_everything(world: World) -> None:
    world.inputs |= {
        "examples": [Examples(world.root / "ex"), Examples(world.root / "old")],
        "transform_graph": [TransformGraph(world.root / "graph")],
        "schema": [Schema(world.root / "schema")],
        "base_model": [Model(world.root / "base")],
        "hyperparameters": [HyperParameters(world.root / "best")],
        "statistics": [ExampleStatistics(world.root / "stats")],
    }


@pytest.mark.parametrize("ask", [World.told, World.told_to_trainer_fn])
def test_every_input_reaches_the_function(world: World, ask: Callable[..., Any]) -> None:
    give_everything(world)
    told = ask(world, custom_config={"units": 16, "train_steps": "taken"})
    items = told["items"]
    root = world.root
    serving, evaluation = items.pop("serving_model_dir"), items.pop("eval_model_dir")
    assert [Path(p).name for p in (serving, evaluation)] == ["Format-Serving", "Format-TFMA"]
    assert items.pop("ask", "") in ("", f"{root}/asked")
    assert items == {
        "train_files": [f"{root}/ex/Split-train/*", f"{root}/old/train/*"],
        "eval_files": [f"{root}/ex/Split-eval/*", f"{root}/old/eval/*"],
        "train_steps": 20,
        "eval_steps": 5,
        "schema_path": f"{root}/schema/schema.pbtxt",
        "schema_file": f"{root}/schema/schema.pbtxt",
        "transform_graph_path": f"{root}/graph",
        "transform_output": f"{root}/graph",
        "model_run_dir": f"{root}/r",
        "base_model": f"{root}/base/Format-Serving",
        "warm_start_from": f"{root}/base/Format-Serving",
        "hyperparameters": {"units": 3},
        "num_examples": {"train": 7},
        "working_dir": None,
        "units": 16,
    }
    assert told["attributes_too"]
    assert told["accessor"] == [True, True, False]
    assert told["custom_config"]["units"] == 16
    assert told.get("features", ["x"]) == ["x"]


def test_only_examples_are_needed(world: World) -> None:
    items = world.told()["items"]
    absent = ("schema_path", "transform_output", "base_model", "hyperparameters", "num_examples")
    assert [items[name] for name in absent] == [None] * 5
    assert world.told_to_trainer_fn()["features"] == []


def test_the_working_directory(world: World) -> None:
    context = GenericExecutor.Context(tmp_dir=str(world.root), unique_id="9")
    outputs = {"model": [Model(world.root / "m")]}
    GenericExecutor(context).Do(world.inputs, outputs, world.properties)
    told = json.loads((world.root / "m" / "Format-Serving" / "told").read_text())
    assert told["items"]["working_dir"] == f"{world.root}/9/"
    assert told["items"]["model_run_dir"] is None


@pytest.mark.parametrize(
    ("old", "new", "folder"),
    [
        ("transformed_examples", "examples", "ex"),
        ("transform_output", "transform_graph", "graph"),
    ],
)
def test_old_keys_of_inputs(world: World, old: str, new: str, folder: str) -> None:
    world.inputs.pop(new, None)
    world.inputs[old] = [{"examples": Examples}.get(new, TransformGraph)(world.root / folder)]
    with pytest.warns(DeprecationWarning, match=f"'{old}' is now called '{new}'"):
        items = world.told()["items"]
    assert str(world.root / folder) in (items["transform_output"], items["train_files"][0][:-14])


def test_the_old_key_of_the_output(world: World) -> None:
    outputs = {"output": [Model(world.root / "m")]}
    with pytest.warns(DeprecationWarning, match="'output' is now called 'model'"):
        GenericExecutor().Do(world.inputs, outputs, world.properties)
    assert (world.root / "m" / "Format-Serving" / "told").is_file()


def test_old_layouts_are_read_and_new_ones_written(world: World) -> None:
    world.inputs = {
        "examples": [Examples(world.root / "old")],
        "base_model": [Model(world.root / "old_base")],
    }
    items = world.told()["items"]
    assert items["train_files"] == [f"{world.root}/old/train/*"]
    assert items["base_model"] == f"{world.root}/old_base/serving_model_dir"
    assert [path.name for path in (world.root / "m").iterdir()] == ["Format-Serving"]


# Execution properties, of all versions.


@pytest.mark.parametrize(
    ("value", "steps", "split"),
    [
        ({"num_steps": 3, "splits": ["test"]}, 3, "test"),
        ('{"num_steps": 3, "splits": ["test"]}', 3, "test"),
        ('{"numSteps": 3}', 3, "train"),
        ("proto", 3, "test"),
        (SimpleNamespace(num_steps=3, splits=["test"]), 3, "test"),
        ({"num_steps": 0}, None, "train"),
        ("{}", None, "train"),
    ],
)
def test_kinds_of_train_args(world: World, value: Any, steps: int | None, split: str) -> None:
    if value == "proto":
        value = step_args_message()(num_steps=3, splits=["test"])
    items = world.told(train_args=value)["items"]
    assert items["train_steps"] == steps
    assert items["train_files"] == [f"{world.root}/ex/Split-{split}/*"]
    trainer = Trainer(
        world.inputs["examples"],
        module_file=world.root / "model.py",
        train_args=value,
        eval_args=value,
    )
    trainer.run(world.root / "out")
    told = json.loads(next((world.root / "out").rglob("told")).read_text())["items"]
    assert (told["train_steps"], told["eval_steps"]) == (steps, steps)


@pytest.mark.parametrize("value", [{"units": 3}, '{"units": 3}'])
def test_kinds_of_custom_config(world: World, value: Any) -> None:
    assert world.told(custom_config=value)["items"]["units"] == 3


@pytest.mark.parametrize("value", [None, "null", "", {}])
def test_no_custom_config(world: World, value: Any) -> None:
    assert world.told(custom_config=value)["custom_config"] == {}


def test_properties_of_old_runs_that_mean_nothing(world: World) -> None:
    unset = dict.fromkeys(("module_path", "run_fn", "warm_start_from"))
    assert world.told(**unset, warm_starting=False)["items"]["base_model"] is None


# Errors: wrong inputs of every kind, for both executors.


def remove(name: str) -> Callable[[World], None]:
    return lambda world: (world.root / name).unlink()


def give(key: str, kind: type[Artifact], *folders: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.inputs[key] = [kind(world.root / folder) for folder in folders]

    return change


def say(**properties: Any) -> Callable[[World], None]:
    return lambda world: world.properties.update(properties)


def forget(name: str) -> Callable[[World], None]:
    return lambda world: world.properties.pop(name)


def write(name: str, text: str) -> Callable[[World], object]:
    return lambda world: world.file(name, text)


def formats(*names: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.inputs["examples"] = [
            Examples(world.root / "ex", custom_properties={"payload_format": name})
            for name in names
        ]

    return change


def both(*changes: Callable[[World], object]) -> Callable[[World], None]:
    def change(world: World) -> None:
        for each in changes:
            each(world)

    return change


def empty_folder(name: str) -> Callable[[World], None]:
    return lambda world: (world.root / name).mkdir()


ERRORS: list[tuple[str, Callable[[World], object], int, str]] = [
    ("no source", forget("module_file"), 2, "Exactly one of .* Got none of them"),
    ("two sources", say(module_path="a.b"), 2, "Got module_file and module_path"),
    ("file absent", remove("model.py"), 5, r"model\.py does not exist; \w+_fn was"),
    ("function absent", write("model.py", "def other(): pass"), 5, "Its functions: other"),
    ("syntax error", write("model.py", "def run_fn(:"), 5, r"line 1 of .*model\.py"),
    (
        "import error",
        write("model.py", "import nosuch\ndef run_fn(): 1\ndef trainer_fn(): 1"),
        5,
        "No module named 'nosuch'. Functions in the file: run_fn, trainer_fn",
    ),
    ("no train_args", forget("train_args"), 2, "train_args is missing. It must be a mapping"),
    ("no eval_args", forget("eval_args"), 2, "eval_args is missing"),
    ("args not JSON", say(train_args="{a"), 2, "train_args must be .* '{a', which is not JSON"),
    ("args of a wrong type", say(eval_args=7), 2, "eval_args must be .*Got 7"),
    ("steps too many", say(train_args={"num_steps": 2**31}), 2, r"\[0, 2147483647\]. Got 214748"),
    ("steps negative", say(eval_args={"num_steps": -1}), 2, "num_steps in eval_args .* Got -1"),
    ("unknown field", say(train_args={"steps": 1}), 2, "no field 'steps'"),
    ("no such split", say(train_args={"splits": ["x"]}), 3, "Its splits: eval, test, train"),
    (
        "an empty split",
        both(empty_folder("ex/Split-none"), say(eval_args={"splits": ["none"]})),
        3,
        "no files in .*Split-none.*Splits there are: eval, none, test, train",
    ),
    ("no examples", lambda world: world.inputs.clear(), 3, "There are no examples"),
    ("examples absent", give("examples", Examples, "none"), 3, "no directory '.*/none' of exam"),
    ("examples empty", both(empty_folder("new"), give("examples", Examples, "new")), 3, "/new are"),
    ("two schemas", give("schema", Schema, "schema", "other"), 3, "Got 2: .*/schema, .*/other"),
    ("schema absent", give("schema", Schema, "none"), 3, "no schema at .*/none"),
    ("schema empty", both(empty_folder("new"), give("schema", Schema, "new")), 3, "at .*/new must"),
    ("a list as config", say(custom_config=[1]), 2, "custom_config must .* of type list"),
    ("mixed formats", formats("FORMAT_PROTO", "FORMAT_PARQUET"), 3, "FORMAT_PROTO, .*FORMAT_PARQ"),
    ("unknown format", formats("FORMAT_X"), 3, "unknown payload format 'FORMAT_X'"),
    ("base absent", give("base_model", Model, "none"), 3, "no directory '.*none', .*'base_model'"),
    ("warm start absent", say(warm_start_from="/none"), 3, "no directory '/none', named by warm"),
    (
        "warm starts differ",
        both(give("base_model", Model, "base"), say(warm_start_from="/none")),
        2,
        "name different models",
    ),
    ("unknown input", give("exmaples", Examples, "ex"), 2, 'Did you mean "examples"'),
    (
        "user code raises",
        write("model.py", "def run_fn(a):\n  1/0\ndef trainer_fn(a, s):\n  1/0\n"),
        6,
        r"failed at .*model\.py:[24]: ZeroDivisionError",
    ),
]


@pytest.mark.parametrize("executor", [GenericExecutor, Executor])
@pytest.mark.parametrize(
    ("change", "code", "text"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS]
)
def test_wrong_inputs(
    world: World, executor: type[Any], change: Callable[[World], object], code: int, text: str
) -> None:
    change(world)
    world.fails(executor, TrainwrightError, text)
    with pytest.raises(ValueError if code in (2, 3) else TrainwrightError) as caught:
        executor().Do(world.inputs, {"model": [Model(world.root / "m")]}, world.properties)
    assert isinstance(caught.value, TrainwrightError)
    assert caught.value.exit_code == code
    assert not (world.root / "m").exists()


def test_an_unparsable_schema(world: World) -> None:
    world.file("schema/schema.pbtxt", "feature {")
    world.inputs["schema"] = [Schema(world.root / "schema")]
    world.fails(Executor, TrainwrightError, r"schema\.pbtxt is not a Schema")


def test_a_run_fn_that_writes_no_model(world: World) -> None:
    world.file("model.py", "def run_fn(a): pass")
    world.fails(GenericExecutor, TrainwrightError, "wrote no model: .*model/Format-Serving")


def test_a_trainer_fn_that_returns_the_wrong_thing(world: World) -> None:
    world.file("model.py", "def trainer_fn(a, s): return {'estimator': 1}")
    world.fails(Executor, TrainwrightError, "Missing: train_spec, eval_spec, eval_input_receiver_")
