"""What ops do that can be seen outside of TensorFlow: Python, files, services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["seen_outside"]

_SEEN = (
    "PyFunc",
    "EagerPyFunc",
    "GeneratorDataset",
    "Print",
    "Write",
    "SaveDataset",
    "Snapshot",
    "DataService",
)
_CACHE = "CacheDataset"


def seen_outside(definition: Any, names: Iterable[str] | None = None) -> str | None:
    """Tells of an op that does something outside; None where there is none.

    Args:
        definition: the GraphDef. All functions of its library are looked at.
        names: of the nodes to look at; None: all.
    """
    named = {node.name: node for node in definition.node}
    nodes = named.values() if names is None else [named[name] for name in names]
    inside = [node for function in definition.library.function for node in function.node_def]
    for node in [*nodes, *inside]:
        if node.op.startswith(_SEEN):
            return f"{node.name!r} ({node.op}) does something outside of TensorFlow"
        if node.op.startswith(_CACHE) and not _in_memory(node, named):
            return f"{node.name!r} may cache the input in a file"
    return None


def _in_memory(cache: Any, nodes: dict[str, Any]) -> bool:
    """Whether a CacheDataset's filename is known to be empty."""
    filename = nodes.get(cache.input[1].partition(":")[0])
    return (
        filename is not None
        and filename.op == "Const"
        and list(filename.attr["value"].tensor.string_val) in ([b""], [])
    )
