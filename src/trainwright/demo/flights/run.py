"""The demo from end to end: prepare, measure baselines, train, evaluate, export, record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from trainwright.demo.flights.baseline import Metrics, baselines
from trainwright.demo.flights.prepare import Prepared, prepare
from trainwright.events import announce
from trainwright.launcher import LaunchRequest, LaunchResult, launch
from trainwright.lineage import METADATA_FILE

__all__ = ["MODULE_FILE", "TRAIN_STEPS", "DemoResult", "run_demo"]

T = TypeVar("T")

MODULE_FILE = Path(__file__).with_name("module.py")
"""The module that is trained, written as a user's would be."""

TRAIN_STEPS = 2_000
"""About four epochs in batches of 512; the model overfits when it trains much longer."""


@dataclass(frozen=True)
class DemoResult:
    """What the demo did.

    Attributes:
        output: its directory, as given.
        metadata: the lineage database, a path or URL.
        prepared: the data.
        baselines: name -> metrics of what the model is measured against.
        launched: the run of the model.
        seconds: how long each part took.
    """

    output: Path
    metadata: str
    prepared: Prepared
    baselines: Mapping[str, Metrics]
    launched: LaunchResult
    seconds: Mapping[str, float]


def run_demo(
    output: str | Path, *, train_steps: int = TRAIN_STEPS, metadata: str | None = None
) -> DemoResult:
    """Runs the demo; progress is announced as events.

    Args:
        output: gets `data/` and the run's outputs.
        train_steps: batches of 512 to train on.
        metadata: the lineage database, a path or URL; None: `metadata.sqlite` in the output.

    Raises:
        DataError: a package is not installed.
        InvalidArgumentError: the output directory cannot be written.
        TrainwrightError: the run failed, as :func:`trainwright.launcher.launch` says.
    """
    directory = Path(output)
    seconds: dict[str, float] = {}
    prepared = _timed(
        seconds, "data", "preparing the data", lambda: prepare((directory / "data").absolute())
    )
    measured = _timed(
        seconds, "baselines", "fitting the baselines", lambda: baselines(prepared.directory)
    )
    database = metadata or str(directory / METADATA_FILE)
    launched = _timed(
        seconds,
        "model",
        "loading TensorFlow",
        lambda: launch(_request(prepared, directory, train_steps, database)),
    )
    return DemoResult(directory, database, prepared, measured, launched, seconds)


def _timed(seconds: dict[str, float], name: str, stage: str, work: Callable[[], T]) -> T:
    announce.on_stage(stage)
    begin = time.perf_counter()
    result = work()
    seconds[name] = time.perf_counter() - begin
    return result


def _request(prepared: Prepared, output: Path, train_steps: int, metadata: str) -> LaunchRequest:
    from trainwright.executor import Executor

    return LaunchRequest(
        executor_class=Executor,
        inputs={
            "examples": [prepared.examples],
            "schema": [prepared.schema],
            "statistics": [prepared.statistics],
        },
        exec_properties={
            "train_args": {"num_steps": train_steps, "splits": ["train"]},
            "eval_args": {"num_steps": 0, "splits": ["eval"]},  # 0: the whole split
            "module_file": str(MODULE_FILE),
        },
        output_root=output,
        metadata=metadata,
        pipeline="flights",
        cache=False,  # a demo of training trains
    )
