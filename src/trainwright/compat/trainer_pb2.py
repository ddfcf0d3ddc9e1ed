"""What module files use of ``tfx.proto.trainer_pb2``.

This module does not import TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["EvalArgs", "TrainArgs"]


@dataclass
class TrainArgs:
    """How long to train, and on what.

    Attributes:
        splits: names of splits; empty: the usual one.
        num_steps: batches; 0: until the input ends.
    """

    splits: list[str] = field(default_factory=list)
    num_steps: int = 0


@dataclass
class EvalArgs:
    """How long to evaluate, and on what; the same fields as of :class:`TrainArgs`."""

    splits: list[str] = field(default_factory=list)
    num_steps: int = 0
