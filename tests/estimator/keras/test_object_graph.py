from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pool, message_factory

from trainwright.estimator.keras.object_graph import serialized_object_graph

_VALUE = ".ATTRIBUTES/VARIABLE_VALUE"


def parsed(names: dict[str, str]) -> Any:
    message = descriptor_pool.Default().FindMessageTypeByName("tensorflow.TrackableObjectGraph")
    return message_factory.GetMessageClass(message).FromString(serialized_object_graph(names))


def child(graph: Any, node: Any, name: str) -> Any:
    (found,) = [edge.node_id for edge in node.children if edge.local_name == name]
    return graph.nodes[found]


def test_ways_lead_to_variables() -> None:
    key = f"layer_with_weights-0/kernel/{_VALUE}"
    graph = parsed({key: "dense/kernel", "plain": "plain"})
    kernel = child(graph, child(graph, graph.nodes[0], "layer_with_weights-0"), "kernel")
    (attribute,) = kernel.attributes
    assert (attribute.name, attribute.checkpoint_key) == ("VARIABLE_VALUE", key)
    assert attribute.full_name == "dense/kernel"
    assert len(graph.nodes) == 3


def test_slots_belong_to_the_optimizer() -> None:
    slot = f"a/kernel/.OPTIMIZER_SLOT/optimizer/m/{_VALUE}"
    names = {f"a/kernel/{_VALUE}": "k", slot: "k/m", f"optimizer/decay/{_VALUE}": "d"}
    graph = parsed(names)
    optimizer = child(graph, graph.nodes[0], "optimizer")
    (reference,) = optimizer.slot_variables
    kernel = child(graph, child(graph, graph.nodes[0], "a"), "kernel")
    assert graph.nodes[reference.original_variable_node_id] == kernel
    assert reference.slot_name == "m"
    slot_node = graph.nodes[reference.slot_variable_node_id]
    assert slot_node.attributes[0].checkpoint_key == slot
    assert child(graph, optimizer, "decay").attributes[0].full_name == "d"
