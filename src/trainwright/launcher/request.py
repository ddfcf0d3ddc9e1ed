"""What a run is asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from trainwright.artifacts import Artifact
from trainwright.lineage import ExecutionState, PropertyValue

__all__ = ["ExecutorLike", "LaunchRequest", "LaunchResult"]


class ExecutorLike(Protocol):
    """What can be launched: it reads the inputs and writes where the outputs' ``uri`` says."""

    def __init__(self, context: Any = None) -> None: ...

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> Any:
        """Runs."""


@dataclass(frozen=True)
class LaunchRequest:
    """What a run is asked to do.

    Attributes:
        executor_class: ``executor_class(context).Do(inputs, outputs, exec_properties)`` is called;
            the context is its nested class ``Context``, or None where it has none.
        inputs: the artifacts to read, by key.
        exec_properties: handed to the executor as they are; recorded as strings and numbers.
        output_root: a local directory; outputs go to ``{output_root}/{node}/{key}/{id}``.
        metadata: the lineage database, a path or URL; None: ``metadata.sqlite`` in output_root.
        pipeline: name of the pipeline that the run belongs to.
        run_id: id of the pipeline's run; None: the time, in UTC.
        node: the executor's place in the pipeline.
        cache: whether a complete run with the same inputs, properties and code may stand in.
        fresh: start over, rather than go on from the checkpoints of a run that was the same and
            did not succeed.
        allow_short: that the training input ends before the steps that were asked for is no error.
    """

    executor_class: type[ExecutorLike]
    inputs: Mapping[str, Sequence[Artifact]]
    exec_properties: Mapping[str, Any]
    output_root: str | Path
    metadata: str | Path | None = None
    pipeline: str = "trainwright"
    run_id: str | None = None
    node: str = "Trainer"
    cache: bool = True
    fresh: bool = False
    allow_short: bool = False


@dataclass(frozen=True)
class LaunchResult:
    """What came of a run that succeeded, or did not need to run.

    Attributes:
        execution_id: its number in the lineage database.
        state: COMPLETE, or CACHED where the outputs are those of an earlier run.
        outputs: the published artifacts with their ids, by key.
        metrics: the final metrics, by name.
        properties: everything that is recorded of it, by name.
    """

    execution_id: int
    state: ExecutionState
    outputs: Mapping[str, list[Artifact]]
    metrics: Mapping[str, float] = field(default_factory=dict)
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)
