"""Whether XLA compiles a model's training steps: what was chosen, kept in its directory.

Compiled steps round otherwise. So that a training that goes on computes what it would have
computed without a stop, the choice is on disk before the first step that follows it, and names the
step from which on it holds. It also holds for later trainings in that directory, as long as their
steps consist of the same ops.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import tensorflow as tf

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.durable import read_whole, write_whole

__all__ = ["StepChoice", "digest_of"]

_NAME = "step_choice.json"


@dataclass(frozen=True)
class StepChoice:
    """What was chosen for a model's training steps.

    Args:
        step_graph: the :func:`digest_of` their ops.
        compiled: whether XLA compiles them.
        from_step: the global step from which on that holds.
        batch_size: length of the batches that take the compiled ops.
        reason: what it was chosen for, to be read by people.
    """

    step_graph: str
    compiled: bool
    from_step: int
    batch_size: int
    reason: str

    def save(self, model_dir: str) -> None:
        """Writes it, in place of an earlier one; it is on disk when this returns."""
        write_whole(f"{model_dir}/{_NAME}", json.dumps(asdict(self), indent=1).encode())

    @classmethod
    def read(cls, model_dir: str) -> StepChoice | None:
        """The one of a model directory, None where there is none.

        Raises:
            CheckpointError: the file is damaged.
        """
        path = f"{model_dir}/{_NAME}"
        contents = read_whole(path)
        if contents is None:
            return None
        try:
            return cls(**json.loads(contents))
        except (ValueError, TypeError) as problem:
            raise CheckpointError(
                f"{path} is damaged: {problem}.",
                hint="Remove it to have it chosen anew whether XLA compiles training steps.",
            ) from problem


def digest_of(operations: Iterable[Any]) -> str:
    """A digest of a step's ops and of TensorFlow's version.

    It knows kinds and shapes, not names, which differ from one graph to the next of the same
    process, and not the values of constants: seeds and hyperparameters.

    Args:
        operations: the ops.
    """
    lines = sorted(_line(operation) for operation in operations)
    return hashlib.sha256("\n".join([tf.__version__, *lines]).encode()).hexdigest()


def _line(operation: Any) -> str:
    outputs = [f"{tensor.dtype.name}{tensor.shape}" for tensor in operation.outputs]
    return " ".join([operation.type, *outputs, "of", *(t.op.type for t in operation.inputs)])
