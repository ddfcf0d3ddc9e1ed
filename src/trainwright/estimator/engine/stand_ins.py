"""Ops that stand for others: what depends on a replaced tensor is copied, and run instead.

An op of a graph reads what it was given when it was made, for good. To have a step read
something else, the ops that depend on it are imported into the graph a second time; whoever asks
a session for one of them gets its copy. Nothing else is done twice.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.old_loops import in_old_loops, users_of
from trainwright.estimator.engine.step_errors import COPIES, naming_the_op

v1 = tf.compat.v1
_SessionCreator: Any = v1.train.SessionCreator


class StandIns:
    """Copies of ops, in the same graph.

    Args:
        graph: the graph.
    """

    def __init__(self, graph: Any):
        self._graph = graph
        self._copies: dict[str, Any] = {}
        self._instead: dict[str, Any] = {}

    def make(
        self, instead: Mapping[str, Any], changed: Mapping[str, Any], functions: Iterable[Any]
    ) -> None:
        """Copies what depends on some tensors and ops. The graph must be the default graph.

        Args:
            instead: name of a tensor -> the tensor that takes its place.
            changed: name of an op -> the NodeDef of its copy; tensors that it reads under names
                that the graph does not know are looked up in ``instead``.
            functions: FunctionDefs that these nodes call, beside those of the graph.
        """
        self._instead = dict(instead)
        roots = {*(name.rpartition(":")[0] for name in instead), *changed}
        operations = _dependents(self._graph.get_operations(), roots, changed)
        definition = v1.GraphDef(versions=self._graph.graph_def_versions)
        definition.library.function.extend(functions)
        for operation in operations:
            node = definition.node.add()
            node.CopyFrom(changed.get(operation.name, operation.node_def))
            # Ops to be placed beside may not be among these; their devices are named in any case.
            node.attr.pop("_class", None)
            if "frame_name" in node.attr:
                node.attr["frame_name"].s += b"/" + COPIES.encode()
        copies = tf.graph_util.import_graph_def(
            definition,
            input_map=_read_by(definition, {**_outside(operations, instead), **instead}),
            return_elements=[operation.name for operation in operations],
            name=COPIES,
        )
        for operation, copy in zip(operations, copies, strict=True):
            self._copies[operation.name] = copy
            for old, new in zip(operation.outputs, copy.outputs, strict=False):
                new.set_shape(old.shape)

    def of(self, fetch: Any) -> Any:
        """What to run for a tensor, an op, or the name of one; itself where there is no copy."""
        if isinstance(fetch, (str, bytes)):
            name = fetch.decode() if isinstance(fetch, bytes) else fetch
            known = {name, name.rpartition(":")[0]} & self._copies.keys() or name in self._instead
            return self.of(self._graph.as_graph_element(name)) if known else fetch
        if getattr(fetch, "graph", None) is not self._graph:
            return fetch
        if isinstance(fetch, tf.Operation):
            instead = self._instead.get(f"{fetch.name}:0")
            return self._copies.get(fetch.name, fetch if instead is None else instead.op)
        if isinstance(fetch, tf.Tensor):
            copy = self._copies.get(fetch.op.name)
            instead = self._instead.get(fetch.name, fetch)
            return instead if copy is None else copy.outputs[fetch.value_index]
        return fetch

    def of_all(self, fetches: Any) -> Any:
        """The same for all that a session is asked for, in whatever structure."""
        if isinstance(fetches, Mapping):
            pairs = [(key, self.of_all(value)) for key, value in fetches.items()]
            return type(fetches)(pairs) if isinstance(fetches, dict) else dict(pairs)
        if isinstance(fetches, (list, tuple)):
            values = [self.of_all(each) for each in fetches]
            make: Any = getattr(fetches, "_make", type(fetches))
            return make(values)
        if isinstance(fetches, (tf.SparseTensor, tf.IndexedSlices, tf.RaggedTensor)):
            return tf.nest.map_structure(self.of, fetches, expand_composites=True)
        return self.of(fetches)

    def run_in(self, session: Any) -> None:
        """Has a session run copies from now on."""
        kind = type(session)
        itself = weakref.ref(session)
        graph = self._graph

        def instead(method: Callable[..., Any]) -> Callable[..., Any]:
            def run(fetches: Any, *arguments: Any, **options: Any) -> Any:
                with naming_the_op(graph):
                    return method(itself(), self.of_all(fetches), *arguments, **options)

            return run

        session.run = instead(kind.run)
        session.make_callable = instead(kind.make_callable)


class RunsStandIns(_SessionCreator):
    """Makes sessions that run copies.

    Args:
        creator: makes sessions.
        stand_ins: the copies.
    """

    def __init__(self, creator: Any, stand_ins: StandIns):
        self._creator = creator
        self._stand_ins = stand_ins

    def create_session(self) -> Any:
        """The session."""
        session = self._creator.create_session()
        self._stand_ins.run_in(session)
        return session


def _dependents(operations: Iterable[Any], roots: set[str], kept: Iterable[str]) -> list[Any]:
    """Ops that need one of these, and those of them that are kept, in the order of the graph.

    Of a loop of the old kind, all: nothing outside may use what is inside.
    """
    operations = list(operations)
    named = {operation.name: operation for operation in operations}
    users, loops = users_of(operations), in_old_loops(operations)
    found, waiting = set(kept), list(roots)
    while waiting:
        name = waiting.pop()
        near = list(users.get(name, ()))
        if loops and name in found:
            sources = (*(t.op for t in named[name].inputs), *named[name].control_inputs)
            near += [source.name for source in sources if source.name in loops]
        for other in near:
            if other not in found and (other not in roots or other in loops):
                found.add(other)
                waiting.append(other)
    return [operation for operation in operations if operation.name in found]


def _outside(operations: Iterable[Any], instead: Mapping[str, Any]) -> dict[str, Any]:
    """What these ops read and wait for that is not among them, by the name in their nodes."""
    operations = list(operations)
    inside = {operation.name for operation in operations}
    replaced = {name.rpartition(":")[0]: tensor for name, tensor in instead.items()}
    found = {
        tensor.name: tensor
        for operation in operations
        for tensor in operation.inputs
        if tensor.op.name not in inside
    }
    for before in {b.name: b for op in operations for b in op.control_inputs}.values():
        if before.name in replaced:
            found[f"^{before.name}"] = replaced[before.name]
        elif before.name not in inside:
            found[f"^{before.name}"] = _waiting_for(before)
    return found


def _read_by(definition: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the tensors that some node reads or waits for; others cannot be told to it."""
    read = {name for node in definition.node for name in node.input}
    named = {name if ":" in name or name.startswith("^") else f"{name}:0" for name in read}
    return {name: tensor for name, tensor in tensors.items() if name in named}


def _waiting_for(operation: Any) -> Any:
    """A tensor that is there once an op has run."""
    if operation.outputs:
        return operation.outputs[0]
    with tf.control_dependencies([operation]):
        return tf.constant(0, name="after")
