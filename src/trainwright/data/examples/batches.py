"""Cutting blocks of records into batches: whole blocks are parsed, not single batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.functions import as_written
from trainwright.data.examples.parsing import Parser

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Batches", "parsed_batches", "stack", "unstack", "whole_batches"]


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

    stacks = whole_batches(blocks, batches).map(
        as_written(parse_and_stack), num_parallel_calls=threads
    )
    return stacks.prefetch(1).flat_map(as_written(unstack))


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


def unstack(*stacked: Any) -> tf.data.Dataset:
    """The batches of a stack of them, one by one."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(stacked[0] if len(stacked) == 1 else stacked)
