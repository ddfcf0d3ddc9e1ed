"""Cutting blocks of records into batches: whole blocks are parsed, not single batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.functions import as_written
from trainwright.data.examples.parsing import Parser

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Batches", "parsed_batches", "stack", "stacks_cut", "whole_batches"]


@dataclass(frozen=True)
class Batches:
    """How to cut blocks into batches."""

    size: int
    drop_final: bool


def parsed_batches(
    blocks: tf.data.Dataset, batches: Batches, parse: Parser, threads: int
) -> tf.data.Dataset:
    """Batches of parsed features.

    Args:
        blocks: serialized records, `[records]`.
        batches: their size.
        parse: makes features of records.
        threads: blocks to parse at once, or AUTOTUNE.
    """
    import tensorflow as tf

    if not parse.whole_blocks:
        cut = blocks.rebatch(batches.size, drop_remainder=batches.drop_final)
        return cut.map(as_written(parse), num_parallel_calls=threads)

    def parse_and_stack(block: tf.Tensor) -> Any:
        parsed = parse(block)
        # Only a last block of less than one batch has fewer rows than a batch.
        rows = batches.size if batches.drop_final else tf.minimum(batches.size, tf.size(block))
        count = tf.size(block) // rows
        return tf.nest.map_structure(lambda values: stack(values, count, rows), parsed)

    return stacks_cut(whole_batches(blocks, batches), parse_and_stack, threads)


def whole_batches(blocks: tf.data.Dataset, batches: Batches) -> tf.data.Dataset:
    """Cuts blocks so that each one is some whole batches or one smaller, last batch."""
    import tensorflow as tf

    def cut(block: tf.Tensor) -> tf.data.Dataset:
        whole = tf.size(block) // batches.size * batches.size
        parts = tf.data.Dataset.from_tensors(block[:whole])
        if not batches.drop_final:
            parts = parts.concatenate(tf.data.Dataset.from_tensors(block[whole:]))
        return parts.filter(as_written(lambda part: tf.size(part) > 0))

    return blocks.flat_map(as_written(cut))


def stack(values: Any, count: Any, rows: Any) -> Any:
    """`[count * rows, ...]` as `[count, rows, ...]`."""
    import tensorflow as tf

    if isinstance(values, tf.RaggedTensor):
        dtype = values.row_splits.dtype
        return tf.RaggedTensor.from_uniform_row_length(
            values, tf.cast(rows, dtype), tf.cast(count, dtype)
        )
    if isinstance(values, tf.SparseTensor):
        head = tf.stack([tf.cast(count, tf.int64), tf.cast(rows, tf.int64)])
        shaped = tf.sparse.reshape(values, tf.concat([head, values.dense_shape[1:]], 0))
        # Reshaping forgets what is known of the shape.
        known = [None, rows if isinstance(rows, int) else None, *values.shape[1:]]
        sizes = tf.unstack(shaped.dense_shape, num=len(known))
        sizes = [
            size if static is None else tf.constant(static, tf.int64)
            for size, static in zip(sizes, known, strict=True)
        ]
        return tf.SparseTensor(shaped.indices, shaped.values, tf.stack(sizes))
    return tf.reshape(values, [count, rows, *values.shape[1:]])


def stacks_cut(
    blocks: tf.data.Dataset, stacked: Callable[..., Any], threads: int
) -> tf.data.Dataset:
    """The batches of stacks of them, one by one.

    Args:
        blocks: what stacks are made of.
        stacked: makes `[batches, batch, ...]` of an element of `blocks`.
        threads: how many stacks to make at once, or AUTOTUNE.
    """
    import tensorflow as tf

    batch: list[Any] = []

    def divided(*block: Any) -> Any:
        stack = stacked(*block)
        batch.append(tf.nest.map_structure(_spec_of_batch, stack))
        return tf.nest.map_structure(_divided, stack)

    def batches(*stack: Any) -> tf.data.Dataset:
        one_by_one = tf.data.Dataset.from_tensor_slices(stack[0] if len(stack) == 1 else stack)
        variant = tf.data.experimental.to_variant(one_by_one)
        return tf.data.experimental.from_variant(variant, batch[-1])

    stacks = blocks.map(as_written(divided), num_parallel_calls=threads)
    return stacks.flat_map(as_written(batches))


def _divided(stack: Any) -> Any:
    """A stack as a tensor of its batches, in the form in which tf.data passes each on.

    Handing out slices then takes no work; it would be done by one thread.
    """
    import tensorflow as tf

    if isinstance(stack, tf.SparseTensor):
        return tf.raw_ops.SerializeManySparse(
            sparse_indices=stack.indices,
            sparse_values=stack.values,
            sparse_shape=stack.dense_shape,
            out_type=tf.variant,
        )
    if isinstance(stack, tf.RaggedTensor):
        return tf.raw_ops.RaggedTensorToVariant(
            rt_nested_splits=stack.nested_row_splits,
            rt_dense_values=stack.flat_values,
            batched_input=True,
        )
    return stack


def _spec_of_batch(stack: Any) -> Any:
    import tensorflow as tf

    shape = stack.shape[1:]
    if isinstance(stack, tf.SparseTensor):
        return tf.SparseTensorSpec(shape, stack.dtype)
    if isinstance(stack, tf.RaggedTensor):
        ragged_rank, splits = stack.ragged_rank - 1, stack.row_splits.dtype
        return tf.RaggedTensorSpec(shape, stack.dtype, ragged_rank, splits)
    return tf.TensorSpec(shape, stack.dtype)
