from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import trainwright
from trainwright.artifacts import Examples, Model, ModelRun, Schema, TransformGraph
from trainwright.component import Trainer
from trainwright.errors import InvalidArgumentError, UserModuleError
from trainwright.executor import Executor, GenericExecutor
from trainwright.lineage import LineageStore, list_runs

RUN_FN = """
from pathlib import Path
def run_fn(fn_args):
    folder = Path(fn_args.serving_model_dir)
    folder.mkdir()
    told = [fn_args.train_steps, fn_args.base_model, fn_args.custom_config]
    (folder / "weights").write_text(repr(told))
"""


@pytest.fixture
def declare(tmp_path: Path) -> Callable[..., Trainer]:
    """Declares a Trainer on small examples, with a run_fn unless another source is given."""
    for split in ("train", "eval"):
        (tmp_path / "ex" / f"Split-{split}").mkdir(parents=True)
        (tmp_path / "ex" / f"Split-{split}" / "data").touch()
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.pbtxt").write_text('feature { name: "x" }')

    def build(source: str | None = RUN_FN, **arguments: Any) -> Trainer:
        if source is not None:
            (tmp_path / "module.py").write_text(source)
            arguments = {"module_file": tmp_path / "module.py"} | arguments
        return Trainer(
            **{
                "examples": Examples(tmp_path / "ex"),
                "schema": Schema(tmp_path / "schema"),
                "train_args": {"num_steps": 7},
                "eval_args": {"num_steps": 2},
            }
            | arguments
        )

    return build


def test_a_run_is_launched_published_and_recorded(
    declare: Callable[..., Trainer], tmp_path: Path
) -> None:
    trainer = declare(custom_config={"units": 3})
    result = trainer.run(tmp_path / "out", metadata=tmp_path / "m.sqlite", pipeline="lines")
    assert result.state.name == "COMPLETE"
    (model,) = result.outputs["model"]
    assert Path(model.uri) == tmp_path / "out" / "Trainer" / "model" / "1"
    weights = Path(model.uri) / "Format-Serving" / "weights"
    assert weights.read_text() == "[7, None, {'units': 3}]"
    assert json.loads(str(result.properties["train_args"])) == {
        "num_steps": 7,
        "splits": ["train"],
    }
    (run,) = list_runs(LineageStore.open(tmp_path / "m.sqlite", read_only=True))
    assert run.contexts.pipeline == "lines"


def test_an_output_is_the_input_of_another(declare: Callable[..., Trainer], tmp_path: Path) -> None:
    first = declare()
    second = declare(base_model=first.outputs["model"], instance_name="second")
    with pytest.raises(InvalidArgumentError, match="'model' of Trainer is empty"):
        second.run(tmp_path / "out")
    first.run(tmp_path / "out")
    result = second.run(tmp_path / "out")
    (model,) = result.outputs["model"]
    assert "Trainer.second/model/2" in model.uri
    told = (Path(model.uri) / "Format-Serving" / "weights").read_text()
    assert str(tmp_path / "out" / "Trainer" / "model" / "1") in told


def test_a_failure_is_recorded(declare: Callable[..., Trainer], tmp_path: Path) -> None:
    trainer = declare(None, module_file=tmp_path / "absent.py")
    with pytest.raises(UserModuleError, match="does not exist"):
        trainer.run(tmp_path / "out")
    (run,) = list_runs(LineageStore.open(tmp_path / "out" / "metadata.sqlite", read_only=True))
    assert run.state.name == "FAILED"
    assert not list((tmp_path / "out" / "Trainer").rglob("weights"))


def test_inputs_of_every_kind(declare: Callable[..., Trainer]) -> None:
    examples = Examples("a")
    for given in (examples, [examples], (examples,), SimpleNamespace(get=lambda: [examples])):
        assert declare(examples=given).inputs["examples"] == [examples]
    assert declare(schema=None).inputs.keys() == {"examples"}
    assert declare(base_model=ModelRun("run")).inputs["base_model"][0].uri == "run"


def test_artifacts_of_tfx_become_ours(declare: Callable[..., Trainer]) -> None:
    formats = {"payload_format": "FORMAT_PARQUET"}
    foreign = SimpleNamespace(
        uri="a",
        type_name="Examples",
        id=4,
        split_names='["train"]',
        get_string_custom_property=lambda name: formats.get(name, ""),
    )
    (examples,) = declare(examples=[foreign]).inputs["examples"]
    assert isinstance(examples, Examples)
    assert (examples.uri, examples.id, examples.splits) == ("a", 4, ["train"])
    assert examples.custom_properties == formats


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"examples": Schema("a")}, "'examples' must be an artifact of type Examples, .*Schema"),
        ({"examples": [Schema("a")]}, "'examples' must be"),
        ({"examples": "data/ex"}, r"A directory is given as Examples\('data/ex'\)"),
        ({"schema": {"uri": "a"}}, "'schema' must be an artifact of type Schema"),
        ({"base_model": 3}, "type Model or ModelRun"),
        ({"hyperparameters": Model("a")}, "'hyperparameters' must be"),
        ({"statistics": Model("a")}, "'statistics' must be"),
        ({"examples": None}, "needs 'examples'"),
        ({"examples": None, "transformed_examples": Examples("a")}, "needs 'transform_graph'"),
        (
            {"transformed_examples": Examples("a"), "transform_graph": TransformGraph("t")},
            "'transformed_examples' and 'examples' mean the same",
        ),
        (
            {"transform_output": TransformGraph("a"), "transform_graph": TransformGraph("t")},
            "mean the same",
        ),
        ({"run_fn": "a.b"}, "Got module_file and run_fn"),
        ({"module_path": "a.b"}, "Got module_file and module_path"),
        ({"module_file": None}, "Got none of them"),
        ({"module_file": None, "run_fn": "a.b", "trainer_fn": "b.c"}, "Got trainer_fn and run_fn"),
        ({"module_file": 3}, "module_file must be a string. Got 3"),
        ({"train_args": {"num_stepz": 3}}, 'Did you mean "num_steps"'),
        ({"eval_args": '{"num_steps": -1}'}, "num_steps in eval_args"),
        ({"train_args": 5}, "train_args must be"),
        ({"custom_config": "[1]"}, "custom_config must be a mapping.*list"),
        ({"custom_executor_spec": "GenericExecutor"}, "custom_executor_spec must be"),
        ({"custom_executor_spec": dict}, "has the method Do"),
        ({"instance_name": "a", "id": "b"}, "not both"),
        ({"id": "a/b"}, "without a slash"),
        ({"id": ""}, "not empty"),
    ],
)
def test_wrong_arguments(
    declare: Callable[..., Trainer], arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        declare(**arguments)


def test_a_channel_is_checked_when_it_is_read(declare: Callable[..., Trainer]) -> None:
    trainer = declare(examples=SimpleNamespace(get=lambda: [Model("a")]))
    with pytest.raises(InvalidArgumentError, match="'examples' must be.*Model"):
        _ = trainer.inputs


def test_old_spellings(declare: Callable[..., Trainer]) -> None:
    with pytest.warns(DeprecationWarning, match="now called") as warned:
        trainer = declare(
            examples=None,
            transformed_examples=Examples("a"),
            transform_output=TransformGraph("t"),
        )
    assert {w.filename for w in warned} == {__file__}
    assert trainer.inputs["examples"][0].uri == "a"
    assert trainer.inputs["transform_graph"][0].uri == "t"


def test_steps_in_every_form(declare: Callable[..., Trainer]) -> None:
    proto = SimpleNamespace(num_steps=5, splits=["a", "b"])
    trainer = declare(train_args=proto, eval_args=None)
    assert trainer.exec_properties["train_args"] == '{"num_steps": 5, "splits": ["a", "b"]}'
    assert trainer.exec_properties["eval_args"] == '{"num_steps": 0, "splits": ["eval"]}'


TRAINER_FN = "def trainer_fn(fn_args, schema): pass\n"


@pytest.mark.parametrize(
    ("source", "arguments", "expected"),
    [
        (RUN_FN, {}, GenericExecutor),
        (TRAINER_FN, {}, Executor),
        (TRAINER_FN + RUN_FN, {}, GenericExecutor),
        ("def broken(:", {}, Executor),
        (TRAINER_FN, {"custom_executor_spec": GenericExecutor}, GenericExecutor),
        (RUN_FN, {"custom_executor_spec": SimpleNamespace(executor_class=Executor)}, Executor),
        (None, {"run_fn": "a.b"}, GenericExecutor),
        (None, {"trainer_fn": "a.b"}, Executor),
    ],
)
def test_the_executor(
    declare: Callable[..., Trainer], source: str, arguments: dict[str, Any], expected: type
) -> None:
    assert declare(source, **arguments).executor_class is expected


def test_the_id(declare: Callable[..., Trainer]) -> None:
    trainer = declare()
    assert trainer.id == "Trainer"
    assert trainer.with_id("other") is trainer
    assert trainer.id == "other"
    assert "'model' of 'other'" in repr(trainer.outputs["model"])
    assert declare(instance_name="wide").id == "Trainer.wide"


def test_declaring_imports_neither_tensorflow_nor_the_module() -> None:
    code = (
        "import sys; from trainwright import Trainer; from trainwright.artifacts import Examples;"
        "Trainer(examples=Examples('a'), module_file='absent.py').executor_class;"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert trainwright.Trainer is Trainer


def test_a_component_describes_itself_as_those_of_tfx(tmp_path: Path) -> None:
    trainer = Trainer(
        examples=Examples(tmp_path),
        schema=Schema(tmp_path),
        module_file="/path/model.py",
        custom_config={"test": 10},
    )
    spec = trainer.spec
    assert spec.exec_properties == {
        "train_args": '{"num_steps": 0, "splits": ["train"]}',
        "eval_args": '{"num_steps": 0, "splits": ["eval"]}',
        "module_file": "/path/model.py",
        "custom_config": '{"test": 10}',
    }
    assert sorted(spec.inputs) == ["examples", "schema"]
    assert {key: output.type_name for key, output in spec.outputs.items()} == {
        "model": "Model",
        "model_run": "ModelRun",
    }
    assert trainer.inputs["schema"].type_name == "Schema"


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        ({"module_file": "memory://code/model.py"}, "memory://code/model.py"),
        ({"module_file": "file:///code/model.py"}, "/code/model.py"),
        ({"module_file": "model@/wheels/a.whl"}, "model@/wheels/a.whl"),
        ({"module_path": "a.model@wheels/a.whl"}, f"a.model@{Path.cwd()}/wheels/a.whl"),
        ({"module_path": "a.model@gs://b/a.whl"}, "a.model@gs://b/a.whl"),
        ({"module_path": "a.model"}, "a.model"),
    ],
)
def test_where_a_module_may_be(tmp_path: Path, given: dict[str, str], recorded: str) -> None:
    (key,) = given
    trainer = Trainer(examples=Examples(tmp_path), **given)
    assert trainer.exec_properties[key] == recorded


def test_a_module_in_a_wheel_counts_by_what_the_wheel_holds(
    declare: Callable[..., Trainer], tmp_path: Path
) -> None:
    wheel = tmp_path / "taxi-1.0-py3-none-any.whl"
    sources = {"wheeled.py": RUN_FN, "wheeled_too.py": RUN_FN}

    def run(module: str, **changed: str) -> tuple[str, str]:
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, source in (sources | changed).items():
                archive.writestr(zipfile.ZipInfo(name), source)
        trainer = declare(None, module_file=f"{module}@{wheel}")
        assert trainer.executor_class is GenericExecutor
        result = trainer.run(tmp_path / "out")
        return result.state.name, Path(result.outputs["model"][0].uri).name

    assert run("wheeled") == ("COMPLETE", "1")
    assert run("wheeled") == ("CACHED", "1")
    assert run("wheeled_too") == ("COMPLETE", "3")
    assert run("wheeled", **{"wheeled.py": RUN_FN + "# edited"}) == ("COMPLETE", "4")
