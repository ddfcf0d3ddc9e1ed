"""Small data sets: parsed once, held in memory, mixed whole in each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.batches import Batches, whole_batches
from trainwright.data.examples.blocks import RecordFiles, permutation, rebatched, seeds
from trainwright.data.examples.columns import Column, apart, batches_of, column_of, taken_in_batches
from trainwright.data.examples.functions import as_written
from trainwright.data.examples.parsing import Parser, parsed
from trainwright.data.files import compression_of_file

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["fits_memory", "held_batches"]

_HELD_BYTES = 16 << 20
_COMPRESSION = 4
_BLOCK_RECORDS = 4_096


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

    held, columns = _held(files, parse)
    epochs = seeds(seed) if shuffle else tf.data.Dataset.from_tensors(0).repeat()
    epochs = epochs if num_epochs is None else epochs.take(num_epochs)
    block_rows = max(_BLOCK_RECORDS // batches.size, 1) * batches.size

    def blocks(size: tf.Tensor, *flat: tf.Tensor) -> tf.data.Dataset:
        """All features, and numbers of rows of some batches, or of the last one, in turn."""

        def order(epoch: tf.Tensor) -> tf.Tensor:
            return permutation(size, epoch) if shuffle else tf.range(size)

        rows = rebatched(epochs.map(as_written(order)), block_rows)
        # Blocks of the rows of nothing would be awaited for ever.
        times = tf.cast(-tf.sign(size), tf.int64)
        features = tf.data.Dataset.from_tensors(flat).repeat(times)
        return tf.data.Dataset.zip((features, whole_batches(rows, batches)))

    def stacked(flat: Sequence[tf.Tensor], rows: tf.Tensor) -> tuple[Any, Any]:
        numbers = batches.stacking(tf.size(rows)).dense(rows)
        parts = iter(flat)

        def stack(column: Column) -> tf.Tensor:
            own = [next(parts) for _ in range(column.width)]
            return taken_in_batches(own, numbers, column.is_list)

        return tf.nest.map_structure(stack, columns), columns

    taken_out = held.flat_map(as_written(blocks))
    return batches_of(taken_out, stacked, batches.static_size, tf.data.AUTOTUNE)


def _held(files: RecordFiles, parse: Parser) -> tuple[tf.data.Dataset, Any]:
    """A dataset of one element, the number of records and the tensors of columns; the columns."""
    import tensorflow as tf

    columns: list[Any] = []

    def gatherable(serialized: tf.Tensor) -> tuple[tf.Tensor, ...]:
        features, kinds = _gatherable(*parsed(parse, serialized))
        columns.append(tf.nest.map_structure(column_of, features, kinds))
        flat = [part for values in tf.nest.flatten(features) for part in apart(values)]
        return (tf.size(serialized), *flat)

    held = files.at_once().map(as_written(gatherable))
    return held, columns[-1]


def _gatherable(features: Any, kinds: Any) -> tuple[Any, Any]:
    """Rows of sparse tensors cannot be gathered; those of ragged ones that hold the same can."""
    import tensorflow as tf

    kinds = tf.nest.map_structure(lambda f, k: k or isinstance(f, tf.SparseTensor), features, kinds)
    features = tf.nest.map_structure(
        lambda f: tf.RaggedTensor.from_sparse(f) if isinstance(f, tf.SparseTensor) else f, features
    )
    return features, kinds
