"""Batches of decoded records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.batches import Batches
from trainwright.data.examples.blocks import Order, seeds
from trainwright.data.examples.columns import encoded, one_by_one
from trainwright.data.examples.cutter import Cutter
from trainwright.data.examples.decoded_cache import DATA, PARTS, Entry
from trainwright.data.examples.functions import as_written

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["cached_batches"]

_BLOCK_RECORDS = 4_096
_CHUNKS_IN_POOL = 16


def cached_batches(
    entry: Entry,
    batches: Batches,
    num_epochs: int | None,
    order: Order | None,
    threads: int,
) -> tf.data.Dataset:
    """Batches from an entry of the cache.

    Args:
        entry: where the records are.
        batches: their size.
        num_epochs: how often to go through it; None: for ever.
        order: how to mix records; None: not at all.
        threads: batches to pad at once, where that must be done, or AUTOTUNE.
    """
    chunks = _chunks(entry, order)
    _, spec = chunks.element_spec
    wanted = max(order.block if order else min(_BLOCK_RECORDS, 16 * entry.chunk), batches.size)
    groups = _encoded(chunks).repeat(num_epochs).batch(math.ceil(wanted / entry.chunk)).prefetch(1)
    cutter = Cutter(spec, entry.form, batches, order is not None)
    nothing = cutter.nothing()
    stacks = _with_end(groups, nothing, batches, order).scan(nothing, as_written(cutter))
    cut = one_by_one(stacks.prefetch(1), cutter.columns, batches.static_size)
    if entry.form.finish is None:
        return cut
    return cut.map(as_written(entry.form.finish), num_parallel_calls=threads)


def _chunks(entry: Entry, order: Order | None) -> tf.data.Dataset:
    """Chunks of all parts: one part after the other, or, to mix them, all at once."""
    import tensorflow as tf

    def read(parts: tf.data.Dataset) -> tf.data.Dataset:
        part = as_written(lambda part: part)
        if order is None:
            return parts.interleave(part, cycle_length=1)
        return parts.shuffle(PARTS, seed=order.seed).interleave(part, cycle_length=PARTS)

    chunks = tf.data.Dataset.load(str(entry.path / DATA), compression=None, reader_func=read)
    if order is None:
        return chunks
    among = math.ceil(order.pool * order.chunk / entry.chunk)
    return chunks.shuffle(max(among, _CHUNKS_IN_POOL), seed=order.seed)


def _encoded(chunks: tf.data.Dataset) -> tf.data.Dataset:
    """Chunks, of whatever size, in tuples of scalars: variants that hold a feature each."""
    import tensorflow as tf

    flat = tf.nest.flatten(chunks.element_spec[1])
    is_ragged = [isinstance(spec, tf.RaggedTensorSpec) for spec in flat]
    # As tf.data has them inside: ragged tensors are such variants already.
    inside = tuple(
        tf.TensorSpec([], tf.variant) if ragged else spec
        for spec, ragged in zip(flat, is_ragged, strict=True)
    )
    number = tf.TensorSpec([], tf.int64)
    found = tf.data.experimental.from_variant(
        tf.data.experimental.to_variant(chunks), (number, *inside)
    )

    def encode(_: tf.Tensor, *values: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return tuple(
            part if ragged else encoded((part,), batched=False)
            for part, ragged in zip(values, is_ragged, strict=True)
        )

    return found.map(as_written(encode))


def _with_end(
    groups: tf.data.Dataset, nothing: Any, batches: Batches, order: Order | None
) -> tf.data.Dataset:
    """What the cutter takes: a group, a seed, and whether it is the end, a group of nothing."""
    import tensorflow as tf

    drawn = seeds(order.seed) if order is not None else tf.data.Dataset.from_tensors(0).repeat()
    if batches.endless or batches.drop_final:
        return tf.data.Dataset.zip((groups, drawn))
    going_on = tf.data.Dataset.from_tensors(False).repeat()
    ends = tf.data.Dataset.from_tensors(True)
    end = tf.data.Dataset.from_tensors(nothing)
    return tf.data.Dataset.zip((groups, drawn, going_on)).concatenate(
        tf.data.Dataset.zip((end, drawn, ends))
    )
