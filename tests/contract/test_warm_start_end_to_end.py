"""What a run that starts from a model takes of it, by its first checkpoint, that of step 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.artifacts import Artifact, Examples, Model, ModelRun
from trainwright.errors import ArtifactError, CheckpointError, InvalidArgumentError
from trainwright.executor import Executor, GenericExecutor

pytestmark = pytest.mark.slow

MODULE = Path(__file__).parents[1] / "user_modules" / "slots.py"
STATE = [
    "line/bias",
    "line/bias/Adagrad",
    "line/seen",
    "line/slope",
    "line/slope/Adagrad",
]


class World:
    """Runs of one module; the first has trained for ten steps."""

    def __init__(self, root: Path):
        self.root = root
        for split in ("train", "eval"):
            (root / "ex" / f"Split-{split}").mkdir(parents=True)
            (root / "ex" / f"Split-{split}" / "data").touch()
        self.count = 0
        self.first = self.run(steps=10, rate=0.5)
        self.trained = self.variables(self.first, 10)

    def run(self, base: Artifact | None = None, steps: int = 1, **config: Any) -> Path:
        self.count += 1
        place = self.root / str(self.count)
        names = ("warm_starting", "warm_start_from")
        properties = {name: config.pop(name) for name in names if name in config}
        Executor().Do(
            {"examples": [Examples(self.root / "ex")], "base_model": [base] if base else []},
            {"model": [Model(place / "model")], "model_run": [ModelRun(place / "run")]},
            {
                "train_args": {"num_steps": steps},
                "eval_args": {"num_steps": 1},
                "module_file": str(MODULE),
                "custom_config": {"rate": 0.0, **config},
                **properties,
            },
        )
        return place

    @staticmethod
    def variables(place: Path, step: int = 0) -> dict[str, Any]:
        prefix = str(place / "run" / "Format-Serving" / f"model.ckpt-{step}")
        reader = tf.train.load_checkpoint(prefix)
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("warm"))


def started(world: World, base: Artifact | None = None, **config: Any) -> list[str]:
    """The variables with which a run starts as the first one ended."""
    variables = world.variables(world.run(base, **config))
    assert variables["global_step"] == 0
    return [name for name in STATE if np.array_equal(variables[name], world.trained[name])]


def test_a_checkpoint_gives_all_that_a_model_has(world: World) -> None:
    assert sorted({*world.trained} - {"global_step"}) == STATE
    assert world.trained["line/seen"].tolist() == [10, 20]
    assert started(world, ModelRun(world.first / "run")) == STATE
    for place in ("run", "run/Format-Serving", "run/Format-Serving/model.ckpt-10"):
        origin = str(world.first / place)
        assert started(world, warm_starting="true", warm_start_from=origin) == STATE


def test_a_saved_model_gives_its_variables(world: World) -> None:
    own = ["line/bias", "line/seen", "line/slope"]
    assert started(world, Model(world.first / "model")) == own
    origin = str(world.first / "model")
    assert started(world, warm_starting=True, warm_start_from=origin) == own


def test_what_the_module_chooses_is_followed(world: World) -> None:
    run = ModelRun(world.first / "run")
    assert started(world, run, weights_only=True) == ["line/slope"]


def test_slots_of_another_optimizer_begin_anew(world: World) -> None:
    place = world.run(ModelRun(world.first / "run"), adam=True)
    variables = world.variables(place)
    assert np.array_equal(variables["line/slope"], world.trained["line/slope"])
    assert variables["line/slope/Adam"].tolist() == [[0.0]]
    again = world.variables(world.run(ModelRun(place / "run"), adam=True))
    ended = world.variables(place, 1)
    for name in ("line/slope/Adam", "line/bias/Adam_1", "beta1_power", "line/seen"):
        assert np.array_equal(again[name], ended[name]), name


def test_an_estimator_inside_of_a_run_fn(world: World) -> None:
    module = world.root / "inside.py"
    module.write_text(
        MODULE.read_text() + "\ndef run_fn(fn_args):\n"
        "    import os\n"
        "    fn_args.serving_model_dir, final = fn_args.model_run_dir, fn_args.serving_model_dir\n"
        "    spec = trainer_fn(fn_args, None)\n"
        "    tf.estimator.train_and_evaluate(\n"
        "        spec['estimator'], spec['train_spec'], spec['eval_spec'])\n"
        "    os.makedirs(final)\n"
        "    open(final + '/model', 'w').close()\n"
    )
    GenericExecutor().Do(
        {"examples": [Examples(world.root / "ex")], "base_model": [ModelRun(world.first / "run")]},
        {"model": [Model(world.root / "m")], "model_run": [ModelRun(world.root / "r")]},
        {
            "train_args": {"num_steps": 1},
            "eval_args": {"num_steps": 1},
            "module_file": str(module),
            "custom_config": {"rate": 0.0},
        },
    )
    reader = tf.train.load_checkpoint(str(world.root / "r" / "model.ckpt-0"))
    assert all(np.array_equal(reader.get_tensor(name), world.trained[name]) for name in STATE)


def test_no_base_model_is_no_warm_start(world: World) -> None:
    with pytest.warns(UserWarning, match="warm_starting is off"):
        assert started(world, warm_starting=False, warm_start_from=str(world.first)) == []


def test_conflicts_and_absence_are_errors(world: World) -> None:
    run, model = world.first / "run", Model(world.first / "model")
    with pytest.raises(InvalidArgumentError, match="name different models"):
        world.run(model, warm_starting=True, warm_start_from=str(run))
    with pytest.raises(ArtifactError, match="no directory .*absent"):
        world.run(warm_starting=True, warm_start_from=str(world.root / "absent"))
    with pytest.raises(InvalidArgumentError, match="does not say which model"):
        world.run(warm_starting=True)


def test_a_damaged_checkpoint_is_named(world: World) -> None:
    folder = world.root / "damaged"
    folder.mkdir()
    (folder / "model.ckpt-1.index").write_bytes(b"nothing")
    (folder / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-1"\n')
    with pytest.raises(CheckpointError, match="damaged"):
        world.run(warm_starting=True, warm_start_from=str(folder))
