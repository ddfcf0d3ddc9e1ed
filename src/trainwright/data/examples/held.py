"""Small data sets: parsed once, held in memory, mixed whole in each epoch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.batches import Batches, stack, stacks_cut, whole_batches
from trainwright.data.examples.blocks import RecordFiles, permutation, seeds, sequential_blocks
from trainwright.data.examples.functions import as_written
from trainwright.data.examples.parsing import Parser
from trainwright.data.files import compression_of_file

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["fits_memory", "held_batches"]

_HELD_BYTES = 16 << 20
_COMPRESSION = 4
_BLOCK_RECORDS = 4_096
_ALL_RECORDS = 1 << 40


def fits_memory(files: RecordFiles) -> bool:
    """Whether the files are local and so small that nobody notices them in memory."""
    if files.reader is not None or not all(Path(name).is_file() for name in files.names):
        return False
    size = 0
    for name in files.names:
        expansion = _COMPRESSION if compression_of_file(name) else 1
        size += Path(name).stat().st_size * expansion
        if size > _HELD_BYTES:
            return False
    return True


def held_batches(
    files: RecordFiles,
    batches: Batches,
    parse: Parser,
    num_epochs: int | None,
    shuffle: bool,
    seed: int | None,
) -> tf.data.Dataset:
    """Batches from memory, in the order of the files or mixed as a whole, anew in each epoch.

    Args:
        files: what to read.
        batches: their size.
        parse: its features must have rows that can be taken out.
        num_epochs: how often to go through the records; None: for ever.
        shuffle: whether to mix them.
        seed: makes the order the same each time.
    """
    import tensorflow as tf

    held, was_sparse = _held(files, parse)
    epochs = tf.data.Dataset.range(num_epochs) if num_epochs else tf.data.Dataset.counter()
    parts = tf.data.Dataset.zip((held.repeat(), seeds(seed), epochs))

    def next_rows(left: tf.Tensor, part: Any) -> tuple[tf.Tensor, Any]:
        """Rows to hand out: an epoch's and those left of the last one, in whole batches."""
        features, row_seed, epoch = part
        size = _rows(features)
        rows = permutation(size, row_seed) if shuffle else tf.range(size)
        rows = tf.concat([left, rows], 0)
        whole = tf.size(rows) // batches.size * batches.size
        is_last = num_epochs is not None and epoch == num_epochs - 1
        taken = tf.where(is_last, tf.size(rows), whole)
        return rows[taken:], (features, rows[:taken])

    def blocks(features: Any, rows: tf.Tensor) -> tf.data.Dataset:
        """The features, and rows of them to take for some batches at a time."""
        numbers = tf.data.Dataset.from_tensors(rows).rebatch(most_rows)
        return whole_batches(numbers, batches).map(as_written(lambda block: (features, block)))

    def gather_and_stack(features: Any, rows: tf.Tensor) -> Any:
        size = batches.size if batches.drop_final else tf.minimum(batches.size, tf.size(rows))
        count = tf.size(rows) // size

        def taken(values: Any, sparse: bool) -> Any:
            of_rows = tf.gather(values, rows)
            return stack(of_rows.to_sparse() if sparse else of_rows, count, size)

        return tf.nest.map_structure(taken, features, was_sparse)

    most_rows = max(_BLOCK_RECORDS // batches.size, 1) * batches.size
    taken = parts.scan(tf.zeros([0], tf.int32), as_written(next_rows)).flat_map(as_written(blocks))
    return stacks_cut(taken, gather_and_stack, tf.data.AUTOTUNE)


def _held(files: RecordFiles, parse: Parser) -> tuple[tf.data.Dataset, Any]:
    """A dataset of one element, all features, and which of them were sparse.

    Rows of sparse tensors cannot be gathered; those of the ragged ones that hold the same can.
    """
    import tensorflow as tf

    was_sparse: list[Any] = []

    def gatherable(serialized: tf.Tensor) -> Any:
        features = parse(serialized)
        kinds = tf.nest.map_structure(lambda v: isinstance(v, tf.SparseTensor), features)
        was_sparse.append(kinds)
        return tf.nest.map_structure(
            lambda values, sparse: tf.RaggedTensor.from_sparse(values) if sparse else values,
            features,
            kinds,
        )

    records = sequential_blocks(files, _BLOCK_RECORDS, 1).rebatch(_ALL_RECORDS)
    # One function, since each one takes time to trace.
    parsed = records.map(as_written(gatherable))
    return parsed.cache(), was_sparse[-1]


def _rows(features: Any) -> tf.Tensor:
    """How many rows parsed features have, int32 scalar."""
    import tensorflow as tf

    first = tf.nest.flatten(features)[0]
    if isinstance(first, tf.RaggedTensor):
        return tf.cast(first.nrows(), tf.int32)
    return tf.shape(first)[0]
