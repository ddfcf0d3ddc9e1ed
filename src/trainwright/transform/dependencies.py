"""Which outputs of a graph can be computed from some of its inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["computable"]


def computable(
    inputs: Mapping[str, Sequence[Any]],
    outputs: Mapping[str, Sequence[Any]],
    given: Iterable[str],
) -> list[str]:
    """The outputs that need none but the given inputs.

    Args:
        inputs: name -> its tensors in the graph (a sparse input has three).
        outputs: the same of the outputs.
        given: names of the inputs that are there.

    Returns:
        Names of outputs, in their order.
    """
    present = set(given)
    missing = {tensor.op for name in inputs if name not in present for tensor in inputs[name]}
    return [name for name, tensors in outputs.items() if not missing & _ancestors(tensors)]


def _ancestors(tensors: Iterable[Any]) -> set[Any]:
    """All operations whose results these tensors are computed from, their own included."""
    waiting = [tensor.op for tensor in tensors]
    seen = set(waiting)
    while waiting:
        for tensor in waiting.pop().inputs:
            if tensor.op not in seen:
                seen.add(tensor.op)
                waiting.append(tensor.op)
    return seen
