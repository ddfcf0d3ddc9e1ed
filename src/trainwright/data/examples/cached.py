"""Batches of decoded records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.batches import Batches, stack, stacks_cut
from trainwright.data.examples.blocks import Order, permutation, seeds
from trainwright.data.examples.decoded_cache import DATA, PARTS, Entry
from trainwright.data.examples.functions import as_written
from trainwright.data.examples.row_form import no_rows, number_of_rows

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
        threads: blocks to work on at once, or AUTOTUNE.
    """
    import tensorflow as tf

    form = entry.form

    def restored(rows: Any) -> Any:
        size = (
            batches.size if batches.drop_final else tf.minimum(batches.size, number_of_rows(rows))
        )
        count = number_of_rows(rows) // size
        return tf.nest.map_structure(lambda v: stack(v, count, size), form.restore(rows))

    blocks = _blocks(entry, batches.size, num_epochs, order, threads)
    whole = _whole_batches(blocks, batches)
    cut = stacks_cut(whole, restored, threads)
    if form.finish is None:
        return cut
    return cut.map(as_written(form.finish), num_parallel_calls=threads)


def _blocks(
    entry: Entry, batch_size: int, num_epochs: int | None, order: Order | None, threads: int
) -> tf.data.Dataset:
    """Blocks of rows, mixed or not."""
    import tensorflow as tf

    chunks = _chunks(entry, order)
    spec = chunks.element_spec
    wanted = max(order.block if order else min(_BLOCK_RECORDS, 16 * entry.chunk), batch_size)
    grouped = chunks.repeat(num_epochs).ragged_batch(math.ceil(wanted / entry.chunk))

    def merged(group: Any) -> Any:
        return tf.nest.map_structure(_merged, group, spec)

    def mixed(group: Any, seed: tf.Tensor) -> Any:
        rows = merged(group)
        places = permutation(number_of_rows(rows), seed)
        return tf.nest.map_structure(lambda values: tf.gather(values, places), rows)

    if order is None:
        return grouped.map(as_written(merged), num_parallel_calls=threads)
    seeded = tf.data.Dataset.zip((grouped, seeds(order.seed)))
    return seeded.map(as_written(mixed), num_parallel_calls=threads)


def _chunks(entry: Entry, order: Order | None) -> tf.data.Dataset:
    """Chunks of all parts: one part after the other, or, to mix them, all at once."""
    import tensorflow as tf

    def read(parts: tf.data.Dataset) -> tf.data.Dataset:
        part = as_written(lambda part: part)
        if order is None:
            return parts.interleave(part, cycle_length=1)
        return parts.shuffle(PARTS, seed=order.seed).interleave(part, cycle_length=PARTS)

    chunks = tf.data.Dataset.load(str(entry.path / DATA), compression=None, reader_func=read)
    chunks = chunks.map(as_written(lambda _, rows: rows))
    if order is None:
        return chunks
    among = math.ceil(order.pool * order.chunk / entry.chunk)
    return chunks.shuffle(max(among, _CHUNKS_IN_POOL), seed=order.seed)


def _merged(chunks: Any, spec: Any) -> Any:
    """The rows of some chunks, of the kind that those of one are."""
    import tensorflow as tf

    if isinstance(spec, tf.RaggedTensorSpec):
        return chunks.merge_dims(0, 1)
    return chunks.values


def _whole_batches(blocks: tf.data.Dataset, batches: Batches) -> tf.data.Dataset:
    """Blocks of some whole batches each, and the last, smaller batch if that is wanted."""
    import tensorflow as tf

    spec = blocks.element_spec

    def cut(left: Any, block: Any) -> tuple[Any, Any]:
        """Adds what was left of the block before, and keeps what is left of this one."""
        rows, is_end = block
        before = [_of_parts(parts) for parts in left]
        flat = zip(before, tf.nest.flatten(rows), strict=True)
        rows = tf.nest.pack_sequence_as(spec, [tf.concat(values, 0) for values in flat])
        size = number_of_rows(rows)
        whole = tf.where(is_end, size, size // batches.size * batches.size)
        left = tuple(_parts(values[whole:]) for values in tf.nest.flatten(rows))
        return left, tf.nest.map_structure(lambda values: values[:whole], rows)

    nothing = tf.nest.map_structure(no_rows, spec)
    none_left = tuple(_parts(values) for values in tf.nest.flatten(nothing))
    if not batches.drop_final:
        end = tf.data.Dataset.from_tensors(nothing)
        ends = tf.data.Dataset.from_tensors(True)
        going_on = tf.data.Dataset.from_tensors(False).repeat()
        blocks = tf.data.Dataset.zip((blocks, going_on)).concatenate(
            tf.data.Dataset.zip((end, ends))
        )
    else:
        blocks = blocks.map(as_written(lambda rows: (rows, False)))
    taken = blocks.scan(none_left, as_written(cut))
    return taken.filter(as_written(lambda rows: number_of_rows(rows) > 0))


def _parts(values: Any) -> tuple[Any, ...]:
    """A tensor as dense ones: a scan cannot carry ragged tensors on."""
    import tensorflow as tf

    if isinstance(values, tf.RaggedTensor):
        return (values.flat_values, *values.nested_row_splits)
    return (values,)


def _of_parts(parts: tuple[Any, ...]) -> Any:
    """The inverse of :func:`_parts`."""
    import tensorflow as tf

    if len(parts) == 1:
        return parts[0]
    return tf.RaggedTensor.from_nested_row_splits(parts[0], parts[1:], validate=False)
