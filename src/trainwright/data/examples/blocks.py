"""Blocks of serialized records, in the order of the files or mixed."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.functions import as_written
from trainwright.data.examples.tolerant import Tolerance
from trainwright.data.files import compression_of_file
from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "Order",
    "RecordFiles",
    "block_size",
    "permutation",
    "records_within",
    "seeds",
    "sequential_blocks",
    "shuffled_blocks",
]

_OPEN_FILES = 8
_CHUNK_RECORDS = 512
_LEAST_CHUNK_RECORDS = 32
_CHUNKS_IN_POOL = 16
_BLOCK_RECORDS = 16_384
_SEQUENTIAL_BLOCK_RECORDS = 4_096
_BLOCK_BYTES = 32 << 20
_SAMPLED_RECORDS = 16


@dataclass(frozen=True)
class RecordFiles:
    """Files of records, and how to read one.

    Attributes:
        names: the files.
        reader: makes a dataset of records of a file's name; None: reads TFRecords, compressed
            as each file shows.
        tolerance: skips bad records; None: they are errors.
    """

    names: list[str]
    reader: Callable[[tf.Tensor], tf.data.Dataset] | None = None
    tolerance: Tolerance | None = None

    def dataset(self) -> tf.data.Dataset:
        """A (name, compression) for each file."""
        import tensorflow as tf

        known = [compression_of_file(name) if self.reader is None else "" for name in self.names]
        return tf.data.Dataset.from_tensor_slices((self.names, known))

    def chunks(self, records: int) -> Callable[[tf.Tensor, tf.Tensor], tf.data.Dataset]:
        """A function of what :meth:`dataset` has to `[records]` of that file at a time."""
        import tensorflow as tf

        def read(name: tf.Tensor, compression: tf.Tensor) -> tf.data.Dataset:
            if self.reader is not None:
                return self.reader(name).batch(records)
            if self.tolerance is not None:
                return self.tolerance.chunks(name, compression, records)
            return tf.data.TFRecordDataset(name, compression).batch(records)

        return as_written(read)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Order:
    """How to mix records: the sizes are in records, but for `pool`, in chunks."""

    open_files: int
    chunk: int
    pool: int
    block: int
    seed: int | None

    @classmethod
    def mixing(cls, among: int, block: int, open_files: int | None, seed: int | None) -> Order:
        """Carries records as far as a buffer of so many would that shuffles them one by one.

        Chunks are shuffled in a pool that holds `among` records; the block that is filled from
        it, of at least a batch, is permuted record by record.

        Example:
            >>> Order.mixing(10_000, 9_728, None, None)
            Order(open_files=8, chunk=512, pool=20, block=9728, seed=None)
        """
        open_files = open_files or _OPEN_FILES
        # Of a small pool, small parts: some must come from its far end.
        fine = max(among // _CHUNKS_IN_POOL, _LEAST_CHUNK_RECORDS)
        chunk = max(1, min(_CHUNK_RECORDS, fine, block // open_files))
        return cls(open_files, chunk, math.ceil(among / chunk), block, seed)


def block_size(name: str, batch_size: int, among: int | None) -> int:
    """How many records to parse at once: whole batches, and no more memory than is sensible.

    Args:
        name: one of the files, as a sample.
        batch_size: records in a batch.
        among: how many records to mix; None: records stay in order.
    """
    fitting = records_within(_BLOCK_BYTES, name)
    if among is None:
        return _multiple(min(_SEQUENTIAL_BLOCK_RECORDS, fitting), batch_size)
    return _multiple(min(among, _BLOCK_RECORDS, fitting), batch_size)


def records_within(size: int, name: str) -> int:
    """How many records of a file fit into so many bytes, going by its first ones.

    A block of images must not fill the memory that a block of table rows would not.
    """
    if not Path(name).is_file():  # on a remote file system, where peeking costs time
        return _BLOCK_RECORDS
    sizes = []
    with contextlib.suppress(DataError):  # damage is reported when it is come to
        sizes = [len(record) for record in islice(read_records(name), _SAMPLED_RECORDS)]
    return max(1, size * len(sizes) // max(1, sum(sizes))) if sizes else _BLOCK_RECORDS


def _multiple(size: int, of: int) -> int:
    """The largest multiple that is not above `size`, but at least one."""
    return max(size // of, 1) * of


def permutation(size: Any, seed: tf.Tensor) -> tf.Tensor:
    """The numbers from 0 to `size` in an order that follows from the seed, int32 `[size]`."""
    import tensorflow as tf

    keys = tf.random.stateless_uniform([size], seed, minval=None, maxval=None, dtype=tf.int32)
    return tf.argsort(keys)


def seeds(seed: int | None) -> tf.data.Dataset:
    """Endless seeds `[2]`, the same ones for the same seed."""
    import tensorflow as tf

    # A stateful random op in a map could not be saved with the iterator; this dataset can.
    # In a v1 graph, make_one_shot_iterator takes none that is made anew for each iterator.
    anew = True if tf.executing_eagerly() else None
    numbers = tf.data.Dataset.random(seed, rerandomize_each_iteration=anew)
    return numbers.batch(2, drop_remainder=True)


def shuffled_blocks(files: RecordFiles, order: Order, num_epochs: int | None) -> tf.data.Dataset:
    """Blocks `[records]` of serialized examples in random order."""
    import tensorflow as tf

    def permuted(block: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return tf.gather(block, permutation(tf.size(block), seed))

    epoch = (
        files.dataset()
        .shuffle(len(files.names), seed=order.seed)
        .interleave(
            files.chunks(order.chunk),
            cycle_length=min(order.open_files, len(files.names)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .shuffle(order.pool, seed=order.seed)
    )
    blocks = epoch.repeat(num_epochs).rebatch(order.block)
    return tf.data.Dataset.zip((blocks, seeds(order.seed))).map(as_written(permuted))


def sequential_blocks(files: RecordFiles, block: int, num_epochs: int | None) -> tf.data.Dataset:
    """Blocks `[records]` of serialized examples in the order of the files."""
    epoch = files.dataset().interleave(files.chunks(block), cycle_length=1)
    return epoch.repeat(num_epochs).rebatch(block).prefetch(1)
