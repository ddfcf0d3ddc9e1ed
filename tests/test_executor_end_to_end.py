"""The Executor with the real estimator, on examples that the tests write."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.artifacts import Examples, Model, ModelRun, Schema
from trainwright.data.example_proto import encode_examples
from trainwright.data.input_settings import InputSettings, using_input
from trainwright.data.tfrecord import write_records
from trainwright.errors import (
    ArtifactError,
    CorruptRecordError,
    DataError,
    NonFiniteLossError,
    UserCodeError,
)
from trainwright.events import RunObserver, observing
from trainwright.executor import Executor

USUAL_THRESHOLD = gc.get_threshold()[0]
MODULE = Path(__file__).parent / "user_modules" / "line.py"
SCHEMA = """
feature { name: "x" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "y" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "above" type: INT presence { min_fraction: 1 } shape { dim { size: 1 } } }
"""


def rows(count: int, seed: int) -> list[bytes]:
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, count), np.float32)
    return list(encode_examples({"x": x, "y": y, "above": (x + y > 1).astype(np.int64)}))


class World:
    def __init__(self, root: Path):
        self.root = root
        self.train = root / "ex" / "Split-train" / "data-00000-of-00001.gz"
        write_records(self.train, rows(640, 1))
        write_records(root / "ex" / "Split-eval" / "data-00000-of-00001.gz", rows(320, 2))
        (root / "schema").mkdir()
        (root / "schema" / "schema.pbtxt").write_text(SCHEMA)
        self.inputs: dict[str, list[Any]] = {
            "examples": [Examples(root / "ex")],
            "schema": [Schema(root / "schema")],
        }

    def run(self, name: str = "1", steps: int = 100, **properties: Any) -> Path:
        outputs = {
            "model": [Model(self.root / name / "model")],
            "model_run": [ModelRun(self.root / name / "run")],
        }
        Executor().Do(
            self.inputs,
            outputs,
            {
                "train_args": {"num_steps": steps},
                "eval_args": {"num_steps": 10},
                "module_file": str(MODULE),
                **properties,
            },
        )
        return self.root / name


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class Heard(RunObserver):
    def __init__(self) -> None:
        self.stages: list[str] = []
        self.metrics: dict[str, Any] = {}
        self.garbage_thresholds: set[int] = set()

    def on_stage(self, name: str) -> None:
        self.stages.append(name)

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        assert gc.get_threshold()[0] > 10 * USUAL_THRESHOLD

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        self.garbage_thresholds.add(gc.get_threshold()[0])

    def on_evaluation_end(self, name: Any, metrics: Any, step: int, seconds: float) -> None:
        self.metrics = dict(metrics)


def test_a_run_leaves_an_evaluated_exported_model(world: World) -> None:
    import tensorflow as tf

    heard = Heard()
    with observing(heard):
        out = world.run(steps=300)
    assert heard.metrics["auc"] > 0.95
    assert heard.metrics["global_step"] == 300
    assert heard.garbage_thresholds == {USUAL_THRESHOLD}
    assert "publishing the export of 'final', out of final, latest" in heard.stages
    assert sorted(p.name for p in (out / "model").iterdir()) == ["Format-Serving", "Format-TFMA"]
    serving = tf.saved_model.load(str(out / "model" / "Format-Serving"))
    assert {"classification", "predict", "regression"} <= set(serving.signatures)
    answer = serving.signatures["predict"](examples=tf.constant(rows(4, 3)))
    assert answer["probabilities"].shape == (4, 2)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        eval_model = str(out / "model" / "Format-TFMA")
        loaded = tf.compat.v1.saved_model.load(session, ["eval"], eval_model)
    assert "eval" in loaded.signature_def
    run = out / "run" / "Format-Serving"
    assert (run / "checkpoint").exists()
    assert list(run.glob("events.out.tfevents.*"))
    exports = list((run / "export" / "final").iterdir())
    assert len(exports) == 1
    published = (out / "model" / "Format-Serving" / "saved_model.pb").read_bytes()
    assert published == (exports[0] / "saved_model.pb").read_bytes()


def test_a_model_starts_from_another(world: World) -> None:
    import tensorflow as tf

    first = world.run("1", steps=100)
    before = tf.train.load_checkpoint(str(first / "run" / "Format-Serving"))
    weights = before.get_tensor("linear/linear_model/x/weights")
    cold = custom_config = {"rate": 0.0}
    for name, inputs, properties in (
        ("2", {"base_model": [Model(first / "model")]}, {}),
        ("3", {}, {"warm_starting": True, "warm_start_from": str(first / "run")}),
    ):
        world.inputs |= inputs
        out = world.run(name, steps=1, custom_config=cold, **properties)
        after = tf.train.load_checkpoint(str(out / "run" / "Format-Serving"))
        np.testing.assert_array_equal(
            after.get_tensor("linear/linear_model/x/weights"), weights, err_msg=name
        )
        assert after.get_tensor("global_step") == 1
        world.inputs.pop("base_model", None)
    assert custom_config == {"rate": 0.0}


@pytest.mark.slow
def test_everything_is_remote(world: World) -> None:
    import fsspec
    import tensorflow as tf

    memory = fsspec.filesystem("memory")
    for folder in ("ex", "schema"):
        memory.put(str(world.root / folder), f"/far/{folder}", recursive=True)
    for name in ("line.py", "shapes.py"):
        memory.put(str(MODULE.parent / name), f"/far/{name}")
    inputs = {
        "examples": [Examples("memory://far/ex")],
        "schema": [Schema("memory://far/schema")],
    }
    outputs = {"model": [Model("memory://far/m")], "model_run": [ModelRun("memory://far/r")]}
    for steps in (20, 30):  # the second goes on from where the first one stopped
        properties = {
            "train_args": {"num_steps": steps},
            "eval_args": {"num_steps": 2},
            "module_file": "memory://far/line.py",
        }
        Executor().Do(inputs, outputs, properties)
    steps_kept = {name.rpartition("-")[2] for name in memory.glob("/far/r/Format-Serving/*.index")}
    assert {"0.index", "20.index", "30.index"} <= steps_kept
    memory.get("/far/m/Format-Serving", str(world.root / "got"), recursive=True)
    serving = tf.saved_model.load(str(world.root / "got"))
    assert "predict" in serving.signatures
    assert memory.exists("/far/m/Format-TFMA/saved_model.pb")
    memory.store.clear()


def test_a_base_model_that_is_absent(world: World) -> None:
    world.inputs["base_model"] = [Model(world.root / "none")]
    with pytest.raises(ArtifactError, match="none"):
        world.run()


@pytest.mark.parametrize("compression", [None, "GZIP", ""])
def test_a_truncated_file_is_named(world: World, compression: Any) -> None:
    for split in ("train", "eval"):
        path = world.root / "ex" / f"Split-{split}" / "data-00000-of-00001.gz"
        write_records(path, rows(640, 1), compression if compression is not None else "GZIP")
    world.train.write_bytes(world.train.read_bytes()[:-1000])
    config = {} if compression is None else {"compression": compression}
    with pytest.raises(CorruptRecordError, match=f"{world.train} is damaged") as caught:
        world.run(custom_config=config)
    assert caught.value.exit_code == 4
    assert not (world.root / "1" / "model").exists()


def test_a_loss_that_is_not_a_number(world: World) -> None:
    with pytest.raises(NonFiniteLossError, match="step"):
        world.run(custom_config={"rate": 3e38})


def test_an_input_fn_that_fails_is_named(world: World) -> None:
    with pytest.raises(UserCodeError, match=rf"Training failed at {MODULE}:\d+: KeyError: 'ouch'"):
        world.run(custom_config={"poison": "ouch"})


def test_an_operation_that_fails_is_traced_to_the_users_line(world: World) -> None:
    lines = MODULE.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "check_numerics" in line)
    with pytest.raises(UserCodeError, match=rf"at {MODULE}:{number}: .*not above a half"):
        world.run(custom_config={"logarithm": True})


def test_a_trainer_fn_that_exits_is_an_error(world: World) -> None:
    with pytest.raises(UserCodeError, match=r"sys\.exit\(0\)"):
        world.run(custom_config={"exit": True})


def test_examples_that_do_not_fit_the_schema(world: World) -> None:
    write_records(world.train, list(encode_examples({"x": np.zeros(100, np.float32)})))
    with pytest.raises(DataError, match=r"`y` is missing in 100 of 100 rows.*and 1 more") as caught:
        world.run()
    assert "--no-data-check" in str(caught.value)
    assert not (world.root / "1" / "model").exists()
    # What the check does not see is told when TensorFlow comes to it.
    expected = (
        rf"Record 0 of {world.train} cannot be parsed: it has no feature `y`, which the feature "
        "spec requires"
    )
    with (
        using_input(InputSettings(data_check=False)),
        pytest.raises(DataError, match=expected),
    ):
        world.run("2")


def test_bad_records_are_skipped_and_told(world: World) -> None:
    records = rows(640, 1)
    records[5] = b"garbage"
    write_records(world.train, records)

    class Skipped(Heard):
        def on_skipped_records(self, count: int, shown: Any) -> None:
            self.stages.append(f"{count}: {shown[0]}")

    heard = Skipped()
    with observing(heard):
        world.run("1", steps=40, max_bad_records=1)
    assert any(
        stage.startswith(f"1: A record of {world.train} cannot be parsed: A record of 7 bytes")
        for stage in heard.stages
    )
    records[9] = b"more of it"
    write_records(world.train, records)
    with pytest.raises(DataError, match="More than 1 records cannot be read or parsed"):
        world.run("2", steps=40, max_bad_records=1)
    assert not (world.root / "2" / "model").exists()


def test_the_same_module_again_after_an_edit(world: World) -> None:
    for name in ("line.py", "shapes.py"):
        shutil.copy(MODULE.parent / name, world.root / name)
    module = world.root / "line.py"
    world.run("1", steps=2, module_file=str(module))
    module.write_text(module.read_text().replace('"final"', '"other"'))
    shapes = world.root / "shapes.py"
    shapes.write_text(shapes.read_text().replace("BATCH = 32", "BATCH = 16"))

    class Batches(RunObserver):
        sizes: set[Any] = set()  # noqa: RUF012

        def on_steps(self, step: int, loss: float, examples: int | None) -> None:
            self.sizes.add(examples)

    with observing(Batches()):
        out = world.run("2", steps=2, module_file=str(module))
    assert (out / "run" / "Format-Serving" / "export" / "other").is_dir()
    assert {16} >= Batches.sizes - {None}
