"""The description of objects that TensorFlow keeps in object-based checkpoints.

Its format is the protocol buffer ``tensorflow.TrackableObjectGraph``. Readers match their own
objects with it along the names of edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pool, message_factory

from trainwright.estimator.keras.object_names import OPTIMIZER, SLOT, VALUE

KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
_ATTRIBUTE = "VARIABLE_VALUE"


def serialized_object_graph(names: Mapping[str, str]) -> bytes:
    """Describes a checkpoint's variables as a tree of objects.

    Args:
        names: key in the checkpoint -> the variable's name in its graph.

    Returns:
        The serialized protocol buffer. Keys that are no ways to objects are left out.
    """
    builder = _Builder()
    for key, name in sorted(names.items()):
        path, found, _ = key.rpartition(f"/{VALUE}")
        if not found:
            continue
        owner, is_slot, slot = path.partition(f"/{SLOT}/")
        if is_slot:
            builder.add_slot(owner, slot, key, name)
        else:
            builder.add_value(builder.node(path), key, name)
    return bytes(builder.graph.SerializeToString())


class _Builder:
    def __init__(self) -> None:
        # The message's class, from the descriptors that TensorFlow registers on import.
        pool = descriptor_pool.Default()
        message = pool.FindMessageTypeByName("tensorflow.TrackableObjectGraph")
        self.graph: Any = message_factory.GetMessageClass(message)()
        self.graph.nodes.add()
        self._ids = {"": 0}

    def node(self, path: str) -> int:
        """The number of the object at the end of a path, which is made where it is missing."""
        if path not in self._ids:
            parent, _, edge = path.rpartition("/")
            parent_id = self.node(parent)
            self._ids[path] = self._add()
            child = self.graph.nodes[parent_id].children.add()
            child.node_id, child.local_name = self._ids[path], edge
        return self._ids[path]

    def add_value(self, node: int, key: str, name: str) -> None:
        """Says under which key an object's value is saved."""
        value = self.graph.nodes[node].attributes.add()
        value.name, value.full_name, value.checkpoint_key = _ATTRIBUTE, name, key

    def add_slot(self, owner: str, slot: str, key: str, name: str) -> None:
        """Adds a variable that the optimizer keeps for another one."""
        reference = self.graph.nodes[self.node(OPTIMIZER)].slot_variables.add()
        reference.original_variable_node_id = self.node(owner)
        reference.slot_name = slot
        reference.slot_variable_node_id = self._add()
        self.add_value(reference.slot_variable_node_id, key, name)

    def _add(self) -> int:
        self.graph.nodes.add()
        return len(self.graph.nodes) - 1
