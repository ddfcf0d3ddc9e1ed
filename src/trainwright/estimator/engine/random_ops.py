"""Random ops that can be gone on with.

A random op of a graph keeps its state in its kernel, where nobody can read or set it. The state is
nothing but a count of the numbers drawn, so here each such op of the training step is replaced
by the stateless one of the same generator (Philox), with a counter that follows from the number
of the step: the same numbers as before, but known for any step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.step_graph import all_operations

v1 = tf.compat.v1
_PHILOX = 1
_RESERVED = 256
"""For each number that an op draws it moves its counter on by so many."""
_WORDS = ("Random", "TruncatedNormal", "Multinomial", "CandidateSampler")
_OF_INPUTS = ("Dataset", "Iterator")


@dataclass(frozen=True)
class StepNumber:
    """The number of the step, as replaced ops read it.

    Args:
        variable: int64 scalar, in no collection; to be set to the global step in a new session.
        remaining: names of random ops that could not be replaced.
    """

    variable: Any
    remaining: tuple[str, ...]

    def moved_on(self, after: Iterable[Any]) -> Any:
        """An op that moves it on by a step.

        Args:
            after: tensors and ops of the step, to be done before.
        """
        with tf.control_dependencies([getattr(each, "op", each) for each in after]):
            return self.variable.assign_add(1, read_value=False)


def number_random_ops(fetches: Iterable[Any], seed: int) -> StepNumber | None:
    """Replaces the random ops that run for these fetches.

    Args:
        fetches: tensors and ops of the default graph, which no session has run yet.
        seed: for ops without a seed.

    Returns:
        None where there are no random ops.
    """
    fetches = list(fetches)
    operations = [op for op in all_operations(fetches) if _draws(op)]
    inside = _drawing_functions(fetches)
    if not operations and not inside:
        return None
    with tf.name_scope("step_number"):
        number = v1.Variable(
            0, trainable=False, collections=[], dtype=tf.int64, use_resource=True, name="number"
        )
        step = number.read_value()
    remaining = list(inside)
    for operation in operations:
        make = _REPLACEMENTS.get(operation.type)
        if make is None or operation._get_control_flow_context() is not None:
            remaining.append(operation.name)
            continue
        with v1.device(operation.device), tf.name_scope(f"{operation.name}/numbered/"):
            _put_in_place(operation, make(operation, step, _seeds(operation, seed)))
    return StepNumber(number, tuple(remaining))


def _draws(operation: Any) -> bool:
    return (
        any(word in operation.type for word in _WORDS)
        and operation.op_def.is_stateful
        and not any(word in operation.type for word in _OF_INPUTS)
    )


def _seeds(operation: Any, seed: int) -> tuple[int, int]:
    seeds = operation.get_attr("seed"), operation.get_attr("seed2")
    if any(seeds):
        return seeds
    digest = hashlib.sha256(f"{seed} {operation.name}".encode()).digest()
    return int.from_bytes(digest[:7], "big"), int.from_bytes(digest[7:14], "big")


def _put_in_place(operation: Any, tensor: Any) -> None:
    (old,) = operation.outputs
    tensor.set_shape(old.shape)
    for consumer in old.consumers():
        for index, read in enumerate(consumer.inputs):
            if read is old:
                consumer._update_input(index, tensor)


def _generator(shape: Any, step: Any, seeds: tuple[int, int]) -> dict[str, Any]:
    drawn = tf.reduce_prod(tf.cast(shape, tf.int64))
    offset = tf.cast(step * drawn * _RESERVED, tf.uint64)
    stream = tf.constant(seeds[1] % 2**64, tf.uint64)
    return {
        "shape": shape,
        "key": tf.constant([seeds[0] % 2**64], tf.uint64),
        "counter": tf.stack([offset, stream]),
        "alg": _PHILOX,
    }


def _of_shape(make: Callable[..., Any]) -> Callable[..., Any]:
    def replacement(operation: Any, step: Any, seeds: tuple[int, int]) -> Any:
        generator = _generator(operation.inputs[0], step, seeds)
        return make(dtype=operation.outputs[0].dtype, **generator)

    return replacement


def _whole_numbers(operation: Any, step: Any, seeds: tuple[int, int]) -> Any:
    shape, low, high = operation.inputs
    generator = _generator(shape, step, seeds)
    return tf.raw_ops.StatelessRandomUniformIntV2(minval=low, maxval=high, **generator)


def _shuffle(operation: Any, step: Any, seeds: tuple[int, int]) -> Any:
    seed = tf.stack([tf.constant(_mixed(seeds), tf.int64), step])
    return tf.random.experimental.stateless_shuffle(operation.inputs[0], seed)


def _categories(operation: Any, step: Any, seeds: tuple[int, int]) -> Any:
    seed = tf.stack([tf.constant(_mixed(seeds), tf.int64), step])
    logits, count = operation.inputs
    return tf.raw_ops.StatelessMultinomial(
        logits=logits, num_samples=count, seed=seed, output_dtype=operation.outputs[0].dtype
    )


def _mixed(seeds: tuple[int, int]) -> int:
    digest = hashlib.sha256(f"{seeds}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


_REPLACEMENTS: dict[str, Callable[..., Any]] = {
    "RandomUniform": _of_shape(tf.raw_ops.StatelessRandomUniformV2),
    "RandomStandardNormal": _of_shape(tf.raw_ops.StatelessRandomNormalV2),
    "TruncatedNormal": _of_shape(tf.raw_ops.StatelessTruncatedNormalV2),
    "RandomUniformInt": _whole_numbers,
    "RandomShuffle": _shuffle,
    "Multinomial": _categories,
}


def _drawing_functions(fetches: Iterable[Any]) -> list[str]:
    """Functions that the ops call and that hold random ops, however deep."""
    graph = v1.get_default_graph()
    called = {
        name
        for operation in all_operations(fetches)
        if not any(word in operation.type for word in _OF_INPUTS)
        for name in _functions_of(operation.node_def)
    }
    if not called:
        return []
    library = {each.signature.name: each for each in graph.as_graph_def().library.function}
    found, waiting = [], [name for name in called if name in library]
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        nodes = library[name].node_def
        if any(node.op in _STATEFUL_RANDOM for node in nodes):
            found.append(name)
        for node in nodes:
            for inner in _functions_of(node):
                if inner in library and inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)
    return sorted(found)


_STATEFUL_RANDOM = (
    *_REPLACEMENTS,
    "RandomGamma",
    "RandomPoissonV2",
    "ParameterizedTruncatedNormal",
)


def _functions_of(node: Any) -> list[str]:
    names = []
    for value in node.attr.values():
        if value.HasField("func"):
            names.append(value.func.name)
        names += [function.name for function in value.list.func]
    return names
