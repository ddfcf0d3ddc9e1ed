"""The executors, with a stand-in for the estimator; see test_executor_end_to_end for the rest."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from trainwright.artifacts import Examples, Model, ModelRun, Schema
from trainwright.errors import (
    ExportError,
    InvalidArgumentError,
    SchemaError,
    SplitError,
    TrainwrightWarning,
    UserCodeError,
    UserModuleError,
)
from trainwright.events import RunObserver, observing
from trainwright.executor import BaseExecutor, Executor, GenericExecutor

RUN_FN = """
from pathlib import Path
def run_fn(fn_args):
    folder = Path(fn_args.serving_model_dir)
    folder.mkdir()
    (folder / "weights").write_text(str(fn_args.train_steps))
    (Path(fn_args.model_run_dir) / "log").touch()
"""

TRAINER_FN = """
from types import SimpleNamespace

def trainer_fn(fn_args, schema):
    assert type(schema).__name__ == "Schema"
    exporter = SimpleNamespace(name="final")
    estimator = SimpleNamespace(
        train=None, evaluate=None, export_saved_model=None,
        model_dir=fn_args.serving_model_dir,
        latest_checkpoint=lambda: f"{fn_args.serving_model_dir}/model.ckpt-7",
        config=SimpleNamespace(is_chief=fn_args.custom_config.get("chief", True)),
        exports=fn_args.custom_config.get("exports", ["export/final/100", "export/final/99"]),
        features=[f.name for f in schema.feature],
    )
    return {
        "estimator": estimator,
        "train_spec": SimpleNamespace(input_fn=None, max_steps=fn_args.train_steps),
        "eval_spec": SimpleNamespace(input_fn=None, exporters=[exporter]),
        "eval_input_receiver_fn": lambda: None,
    }
"""


class World:
    """The files of a run, and the calls it makes of the estimator."""

    def __init__(self, root: Path):
        self.forgotten: list[str] = []
        self.root = root
        for split in ("train", "eval"):
            (root / "ex" / f"Split-{split}").mkdir(parents=True)
            (root / "ex" / f"Split-{split}" / "data").touch()
        (root / "schema").mkdir()
        (root / "schema" / "schema.pbtxt").write_text('feature { name: "x" }')
        self.model, self.run = root / "out" / "model", root / "out" / "run"
        self.inputs: dict[str, list[Any]] = {"examples": [Examples(root / "ex")]}
        self.outputs: dict[str, list[Any]] = {
            "model": [Model(self.model)],
            "model_run": [ModelRun(self.run)],
        }
        self.trained: list[tuple[Any, Any, Any]] = []
        self.error: Exception | None = None

    def do(self, executor: BaseExecutor, source: str | None = None, **properties: Any) -> None:
        if source is not None:
            (self.root / "module.py").write_text(source)
            properties["module_file"] = str(self.root / "module.py")
        arguments = {"train_args": {"num_steps": 7}, "eval_args": {}} | properties
        executor.Do(self.inputs, self.outputs, arguments)

    def train_and_evaluate(self, estimator: Any, train_spec: Any, eval_spec: Any) -> Any:
        self.trained.append((estimator, train_spec, eval_spec))
        if self.error:
            raise self.error
        for name in estimator.exports:
            folder = Path(estimator.model_dir) / name
            folder.mkdir(parents=True)
            (folder / "saved_model.pb").write_text(name)
        (Path(estimator.model_dir)).mkdir(parents=True, exist_ok=True)
        (Path(estimator.model_dir) / "checkpoint").touch()
        return {"loss": 1.0}, []

    @staticmethod
    def export_eval_savedmodel(estimator: Any, base: str, receiver_fn: Any) -> bytes:
        assert callable(receiver_fn)
        folder = Path(base) / "55"
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").write_text("eval")
        return str(folder).encode()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(tmp_path)
    for name, function in (
        ("estimator", world.train_and_evaluate),
        ("eval_model", world.export_eval_savedmodel),
    ):
        module = ModuleType(f"trainwright.{name}")
        setattr(module, function.__name__, function)
        monkeypatch.setitem(sys.modules, f"trainwright.{name}", module)
    state = ModuleType("trainwright.estimator.engine.training_state")
    state.keeping_ended = nullcontext  # type: ignore[attr-defined]
    state.forget_state = world.forgotten.append  # type: ignore[attr-defined]
    for name, module in (("", ModuleType("package")), (".training_state", state)):
        monkeypatch.setitem(sys.modules, f"trainwright.estimator.engine{name}", module)
    yield world
    assert not list(tmp_path.rglob(".*")), "hidden files are left"


def test_context_of_all_versions(tmp_path: Path) -> None:
    context = Executor.Context(
        beam_pipeline_args=["--x"],
        tmp_dir=str(tmp_path),
        unique_id="3",
        executor_output_uri="o",
        stateful_working_dir="s",
        pipeline_info=1,
        pipeline_run_id="r",
    )
    assert context.get_tmp_path() == f"{tmp_path}/3/"
    assert (context.beam_pipeline_args, context.executor_output_uri) == (["--x"], "o")
    assert (context.stateful_working_dir, context.pipeline_run_id) == ("s", "r")
    assert Executor.Context(extra_flags=["--x"]).beam_pipeline_args == ["--x"]


@pytest.mark.parametrize("given", [{}, {"tmp_dir": "a"}, {"unique_id": "1"}])
def test_a_context_without_a_temporary_directory(given: dict[str, str]) -> None:
    with pytest.raises(RuntimeError, match="Temp path not available"):
        BaseExecutor.Context(**given).get_tmp_path()


def test_inheritance() -> None:
    assert issubclass(Executor, GenericExecutor)
    assert issubclass(GenericExecutor, BaseExecutor)
    assert Executor.Context is GenericExecutor.Context is BaseExecutor.Context
    with pytest.raises(TypeError, match="abstract"):
        BaseExecutor()  # type: ignore[abstract]


def test_generic_executor_publishes_what_run_fn_wrote(world: World) -> None:
    world.do(GenericExecutor(), RUN_FN)
    assert (world.model / "Format-Serving" / "weights").read_text() == "7"
    assert [p.name for p in world.model.iterdir()] == ["Format-Serving"]
    assert (world.run / "log").exists()


def test_a_module_is_loaded_with_few_collections_of_garbage(world: World) -> None:
    usual = gc.get_threshold()
    source = "import gc\nLOADING = gc.get_threshold()\n" + RUN_FN.replace(
        "str(fn_args.train_steps)", "f'{LOADING[0]} {gc.get_threshold()[0]}'"
    )
    world.do(GenericExecutor(), source)
    loading, running = (world.model / "Format-Serving" / "weights").read_text().split()
    assert int(loading) > 10 * usual[0]
    assert int(running) == usual[0]
    assert gc.get_threshold() == usual


def test_generic_executor_without_a_model(world: World) -> None:
    with pytest.raises(ExportError, match=f"build wrote no model: .*{world.model}/Format-Serving"):
        world.do(
            GenericExecutor(),
            None,
            module_file=str(write(world, "def build(fn_args): pass")) + ":build",
        )
    assert not world.model.exists()


def write(world: World, source: str) -> Path:
    path = world.root / "module.py"
    path.write_text(source)
    return path


def test_generic_executor_of_a_run_fn_that_fails(world: World) -> None:
    with pytest.raises(UserCodeError, match=r"Running run_fn failed at .*module\.py:8") as caught:
        world.do(GenericExecutor(), RUN_FN + "    raise OSError('disk full')")
    assert isinstance(caught.value.__cause__, OSError)
    assert not world.model.exists()


def test_generic_executor_of_a_run_fn_that_exits(world: World) -> None:
    with pytest.raises(UserCodeError, match=r"sys\.exit\(0\)"):
        world.do(GenericExecutor(), RUN_FN + "    raise SystemExit(0)")
    assert not world.model.exists()


def test_an_eval_model_of_a_run_fn_is_published_too(world: World) -> None:
    world.do(GenericExecutor(), RUN_FN + "    Path(fn_args.eval_model_dir).mkdir()\n")
    assert sorted(p.name for p in world.model.iterdir()) == ["Format-Serving", "Format-TFMA"]


def test_executor_publishes_the_newest_export_and_the_eval_model(world: World) -> None:
    stages: list[str] = []

    class Stages(RunObserver):
        def on_stage(self, name: str) -> None:
            stages.append(name)

    with observing(Stages()):
        world.do(Executor(), TRAINER_FN)
    assert (world.model / "Format-Serving" / "saved_model.pb").read_text() == "export/final/100"
    assert (world.model / "Format-TFMA" / "saved_model.pb").read_text() == "eval"
    assert sorted(p.name for p in world.model.iterdir()) == ["Format-Serving", "Format-TFMA"]
    assert (world.run / "Format-Serving" / "checkpoint").exists()
    assert (world.run / "Format-TFMA" / "55").is_dir()
    estimator, train_spec, _ = world.trained[0]
    assert estimator.features == []
    assert train_spec.max_steps == 7
    assert stages == [
        "loading module.py",
        "calling trainer_fn",
        "training and evaluating",
        "exporting the eval model",
        "publishing the model",
    ]


def test_executor_parses_the_schema(world: World) -> None:
    world.inputs["schema"] = [Schema(world.root / "schema")]
    world.do(Executor(), TRAINER_FN)
    assert world.trained[0][0].features == ["x"]


def test_executor_of_an_unparsable_schema(world: World) -> None:
    world.inputs["schema"] = [Schema(world.root / "schema")]
    (world.root / "schema" / "schema.pbtxt").write_text("feature {")
    with pytest.raises(SchemaError, match=f"{world.root}/schema"):
        world.do(Executor(), TRAINER_FN)


def test_executor_without_a_model_run_output(world: World) -> None:
    del world.outputs["model_run"]
    context = Executor.Context(tmp_dir=str(world.root / "tmp"), unique_id="1")
    world.do(Executor(context), TRAINER_FN)
    assert (world.model / "Format-Serving" / "saved_model.pb").exists()
    assert world.trained[0][0].model_dir.startswith(f"{world.root}/tmp/1/model_run-")
    assert not list((world.root / "tmp" / "1").iterdir())


def test_executor_on_a_task_that_is_not_the_chief(world: World) -> None:
    stages: list[str] = []

    class Stages(RunObserver):
        def on_stage(self, name: str) -> None:
            stages.append(name)

    with observing(Stages()):
        world.do(Executor(), TRAINER_FN, custom_config={"chief": False, "exports": []})
    assert "the chief exports the model" in stages[-1]
    assert not world.model.exists()


def test_executor_without_any_export(world: World) -> None:
    with pytest.raises(ExportError, match="'final' wrote nothing into .*export"):
        world.do(Executor(), TRAINER_FN, custom_config={"exports": []})
    assert not world.model.exists()
    assert (world.run / "Format-Serving" / "checkpoint").exists()


def test_executor_of_a_trainer_fn_that_returns_too_little(world: World) -> None:
    with pytest.raises(UserCodeError, match=r"module\.py:trainer_fn must return .* Missing: eval"):
        world.do(
            Executor(),
            "def trainer_fn(a, s): return dict(estimator=1, train_spec=2, eval_spec=None,"
            "eval_input_receiver_fn=3)",
        )
    assert not world.trained


def test_executor_of_a_training_that_fails(world: World) -> None:
    world.error = ValueError("loss must be a scalar")
    with pytest.raises(UserCodeError, match="Training failed: loss must be a scalar"):
        world.do(Executor(), TRAINER_FN)
    assert not world.model.exists()


def test_executor_again_over_an_old_model(world: World) -> None:
    world.do(Executor(), TRAINER_FN)
    (world.model / "Format-Serving" / "left-over").touch()
    world.run.rename(world.root / "old")
    world.do(Executor(), TRAINER_FN, custom_config={"exports": ["export/final/7"]})
    files = {p.name: p.read_text() for p in (world.model / "Format-Serving").iterdir()}
    assert files == {"saved_model.pb": "export/final/7"}


def test_inputs_are_checked_before_the_module_is_loaded(world: World) -> None:
    source = "raise AssertionError\ndef trainer_fn(): pass"
    with pytest.raises(SplitError, match="no split 'test'"):
        world.do(Executor(), source, eval_args={"splits": ["test"]})


def test_a_module_without_the_function(world: World) -> None:
    with pytest.raises(UserModuleError, match="no function trainer_fn .* run_fn"):
        world.do(Executor(), RUN_FN)
    assert not world.model.exists()


@pytest.mark.parametrize(
    ("executor", "key"), [(Executor(), "run_fn"), (GenericExecutor(), "trainer_fn")]
)
def test_the_function_of_the_other_executor(world: World, executor: Any, key: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"Got {key}='a.b'"):
        world.do(executor, RUN_FN, **{key: "a.b"})


def test_unknown_properties_warn(world: World) -> None:
    with pytest.warns(TrainwrightWarning, match="'custom_confg'. Did you mean"):
        world.do(GenericExecutor(), RUN_FN, custom_confg={})


def test_keywords_as_tfx_gives_them(world: World) -> None:
    (world.root / "module.py").write_text(RUN_FN)
    GenericExecutor().Do(
        input_dict=world.inputs,
        output_dict=world.outputs,
        exec_properties={
            "train_args": '{"num_steps": 3}',
            "eval_args": "{}",
            "module_file": str(world.root / "module.py"),
            "module_path": None,
            "run_fn": None,
            "trainer_fn": None,
            "custom_config": "null",
        },
    )
    assert (world.model / "Format-Serving" / "weights").read_text() == "3"
