"""Training the same model by the loop of single steps and by the fused one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from trainwright import estimator as tfe
from trainwright.estimator.engine.event_files import read_scalars
from trainwright.events import RunObserver, observing


class Watcher(RunObserver):
    """What a training tells of itself."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, float, int | None]] = []
        self.checkpoints: list[int] = []

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        self.steps.append((step, loss, examples))

    def on_checkpoint(self, path: str, step: int) -> None:
        self.checkpoints.append(step)

    @property
    def examples(self) -> int:
        return sum(examples or 0 for _, _, examples in self.steps)


class Trained(NamedTuple):
    """A training that has ended."""

    estimator: Any
    watcher: Watcher
    variables: dict[str, Any]
    events: list[tuple[int, dict[str, float]]]


Make = Callable[[str, Any], Any]


def train_one(
    make: Make, model_dir: Path, input_fn: Any, fused: bool | None, **more: Any
) -> Trained:
    """Trains what the function makes of a directory and a RunConfig."""
    settings = {"save_checkpoints_steps": 20, "save_summary_steps": 9, "log_step_count_steps": 7}
    settings.update(more.pop("config", {}))
    estimator = make(str(model_dir), tfe.RunConfig(tf_random_seed=5, fused=fused, **settings))
    watcher = Watcher()
    with observing(watcher):
        estimator.train(input_fn, **more)
    names = [name for name in estimator.get_variable_names() if "CHECKPOINTABLE" not in name]
    events = [
        (step, {name: value for name, value in scalars.items() if name != "global_step/sec"})
        for path in sorted(model_dir.glob("events.out.*"))
        for step, scalars in read_scalars(str(path))
    ]
    return Trained(
        estimator,
        watcher,
        {name: np.asarray(estimator.get_variable_value(name)) for name in names},
        [event for event in events if event[1]],
    )


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Trained]:
    """``train(make, input_fn, fused=..., ...)`` in a directory of its own."""

    def trained(make: Make, input_fn: Any, *, fused: bool | None = True, **more: Any) -> Trained:
        folder = tmp_path / f"model_{len(list(tmp_path.iterdir()))}"
        return train_one(make, folder, input_fn, fused, **more)

    return trained
