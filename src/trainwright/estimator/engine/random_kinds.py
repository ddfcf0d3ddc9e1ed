"""Stateless ops that stand for those random ops which keep their state to themselves.

``RandomUniform`` and its like draw the very numbers of the op that they replace: both are
Philox, and the state of the one is the counter of the other. Other kinds draw other numbers of
the same distribution.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

_PHILOX = 1
_RESERVED = 256
"""For each number that an op draws it moves its counter on by so many."""


@dataclass(frozen=True)
class Stream:
    """Where random numbers come from.

    Args:
        seeds: those of the op that is replaced.
        number: int64 scalar; another one, other numbers.
        counted: whether the number counts how often the op has run; else it may be any.
    """

    seeds: tuple[int, int]
    number: Any
    counted: bool

    def generator(self, shape: Any) -> dict[str, Any]:
        """Key, counter and algorithm, for an op that draws a tensor of this shape."""
        key, stream = (tf.constant(seed % 2**64, tf.uint64) for seed in self.seeds)
        if self.counted:
            drawn = tf.reduce_prod(tf.cast(shape, tf.int64))
            offset = tf.cast(self.number * drawn * _RESERVED, tf.uint64)
        else:
            offset = tf.constant(0, tf.uint64)
            key += tf.bitcast(self.number, tf.uint64)
        counter = tf.stack([offset, stream])
        return {"key": tf.stack([key]), "counter": counter, "alg": _PHILOX}

    def seed(self) -> Any:
        """A seed, int64 ``[2]``, for ops that take no generator."""
        digest = hashlib.sha256(f"{self.seeds}".encode()).digest()
        mixed = tf.constant(int.from_bytes(digest[:7], "big"), tf.int64)
        return tf.stack([mixed, self.number])


@dataclass(frozen=True)
class RandomKind:
    """How one type of random op is replaced.

    Args:
        draw: given inputs, stream and dtype, the tensor that takes the place of its output.
        input_types: of each input, the attribute that tells its dtype, or the dtype.
    """

    draw: Callable[[Sequence[Any], Stream, Any], Any]
    input_types: tuple[Any, ...]


def _of_shape(make: Callable[..., Any]) -> RandomKind:
    def draw(inputs: Sequence[Any], stream: Stream, dtype: Any) -> Any:
        return make(shape=inputs[0], dtype=dtype, **stream.generator(inputs[0]))

    return RandomKind(draw, ("T",))


def _whole_numbers(inputs: Sequence[Any], stream: Stream, dtype: Any) -> Any:
    del dtype
    shape, low, high = inputs
    generator = stream.generator(shape)
    return tf.raw_ops.StatelessRandomUniformIntV2(shape=shape, minval=low, maxval=high, **generator)


def _shuffle(inputs: Sequence[Any], stream: Stream, dtype: Any) -> Any:
    del dtype
    return tf.random.experimental.stateless_shuffle(inputs[0], stream.seed())


def _categories(inputs: Sequence[Any], stream: Stream, dtype: Any) -> Any:
    logits, count = inputs
    return tf.raw_ops.StatelessMultinomial(
        logits=logits, num_samples=count, seed=stream.seed(), output_dtype=dtype
    )


def _gamma(inputs: Sequence[Any], stream: Stream, dtype: Any) -> Any:
    del dtype
    shape, alpha = inputs
    whole = _with_parameters(shape, alpha)
    return tf.raw_ops.StatelessRandomGammaV2(shape=whole, seed=stream.seed(), alpha=alpha)


def _poisson(inputs: Sequence[Any], stream: Stream, dtype: Any) -> Any:
    shape, rate = inputs
    whole = _with_parameters(shape, rate)
    return tf.raw_ops.StatelessRandomPoisson(shape=whole, seed=stream.seed(), lam=rate, dtype=dtype)


def _with_parameters(shape: Any, parameters: Any) -> Any:
    """The shape of a sample of so many for each parameter."""
    return tf.concat([shape, tf.shape(parameters, shape.dtype)], 0)


def _between_bounds(inputs: Sequence[Any], stream: Stream, dtype: Any) -> Any:
    del dtype
    shape, *parameters = inputs
    # One for each row there, one for each number here.
    column = tf.concat([[-1], tf.ones([tf.size(shape) - 1], tf.int32)], 0)
    whole = [tf.broadcast_to(tf.reshape(each, column), shape) for each in parameters]
    means, deviations, lowest, highest = whole
    return tf.raw_ops.StatelessParameterizedTruncatedNormal(
        shape=shape,
        seed=stream.seed(),
        means=means,
        stddevs=deviations,
        minvals=lowest,
        maxvals=highest,
    )


RANDOM_KINDS = {
    "RandomUniform": _of_shape(tf.raw_ops.StatelessRandomUniformV2),
    "RandomStandardNormal": _of_shape(tf.raw_ops.StatelessRandomNormalV2),
    "TruncatedNormal": _of_shape(tf.raw_ops.StatelessTruncatedNormalV2),
    "RandomUniformInt": RandomKind(_whole_numbers, ("T", "Tout", "Tout")),
    "RandomShuffle": RandomKind(_shuffle, ("T",)),
    "Multinomial": RandomKind(_categories, ("T", tf.int32)),
    "RandomGamma": RandomKind(_gamma, ("S", "T")),
    "RandomPoissonV2": RandomKind(_poisson, ("S", "R")),
    "ParameterizedTruncatedNormal": RandomKind(_between_bounds, ("T", *["dtype"] * 4)),
}
"""By type of op."""

_OUTPUT_TYPES = {
    "RandomUniformInt": "Tout",
    "RandomShuffle": "T",
    "Multinomial": "output_dtype",
    "RandomGamma": "T",
}


def input_types(node: Any) -> list[Any]:
    """The dtypes of a random op's inputs.

    Args:
        node: its NodeDef, of one of the types above.
    """
    known = RANDOM_KINDS[node.op].input_types
    return [tf.as_dtype(node.attr[each].type) if isinstance(each, str) else each for each in known]


def output_type(node: Any) -> Any:
    """The dtype of what a random op draws.

    Args:
        node: its NodeDef, of one of the types above.
    """
    return tf.as_dtype(node.attr[_OUTPUT_TYPES.get(node.op, "dtype")].type)


def seeds_of(node: Any, seed: int) -> tuple[int, int]:
    """An op's seeds; where it has none, some that follow from its name.

    Args:
        node: its NodeDef.
        seed: makes the difference between runs.
    """
    seeds = node.attr["seed"].i, node.attr["seed2"].i
    if any(seeds):
        return seeds
    digest = hashlib.sha256(f"{seed} {node.name}".encode()).digest()
    return int.from_bytes(digest[:7], "big"), int.from_bytes(digest[7:14], "big")


_OF_INPUTS = ("Dataset", "Iterator", "Queue")


def keeps_random_state(node: Any) -> bool:
    """Whether an op draws numbers, of a state that it keeps to itself.

    Args:
        node: its NodeDef.
    """
    # The exception has seeds, and no use for them.
    return "seed2" in node.attr and not is_of_inputs(node) and node.op != "ComputeAccidentalHits"


def is_of_inputs(node: Any) -> bool:
    """Whether an op is part of an input, whose state is kept in another way.

    Args:
        node: its NodeDef.
    """
    return any(word in node.op for word in _OF_INPUTS)
