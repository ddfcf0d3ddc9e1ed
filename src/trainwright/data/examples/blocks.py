"""Blocks of serialized records, in the order of the files or mixed."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.functions import as_written
from trainwright.data.examples.tolerant import Tolerance
from trainwright.data.files import compression_of_file
from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError
from trainwright.input_passes import are_passes_expected

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "Order",
    "RecordFiles",
    "block_size",
    "is_unseeded",
    "permutation",
    "rebatched",
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
_ALL_RECORDS = 1 << 40
_READ_BYTES = 256 << 10
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

        def read(name: tf.Tensor, compression: tf.Tensor) -> tf.data.Dataset:
            if self.reader is not None:
                return self.reader(name).batch(records)
            if self.tolerance is not None:
                return self.tolerance.chunks(name, compression, records)
            # Batched at once, its declared type would be doubted, in a warning of TensorFlow's.
            return _records(name, compression).repeat(1).batch(records)

        return as_written(read)  # type: ignore[no-any-return]

    def in_order(self, records: int, num_epochs: int | None) -> tf.data.Dataset:
        """`[records]` of all files at a time, one after the other, and of the next epoch."""
        if self.reader is not None or self.tolerance is not None:
            chunks = self.dataset().interleave(self.chunks(records), cycle_length=1)
            return rebatched(chunks.repeat(num_epochs), records)
        # Each function would take time to be made, and at each start.
        parts = [
            _records([*names], compression)
            for compression, names in groupby(self.names, compression_of_file)
        ]
        epoch = functools.reduce(lambda all_, part: all_.concatenate(part), parts)
        return epoch.repeat(num_epochs).batch(records)

    def at_once(self) -> tf.data.Dataset:
        """All records in one element, or no element if there are none."""
        import tensorflow as tf

        # Eager programs make many iterators of a dataset; in a graph, each one starts anew anyway.
        is_eager = tf.executing_eagerly()
        if not is_eager and self.reader is None and self.tolerance is None:
            return self.in_order(_ALL_RECORDS, 1)
        blocks = self.in_order(_SEQUENTIAL_BLOCK_RECORDS, 1)
        return rebatched(blocks.cache() if is_eager else blocks, _ALL_RECORDS)


def _records(names: Any, compression: Any) -> tf.data.Dataset:
    """As a TFRecordDataset, but by no function."""
    import tensorflow as tf

    variant = tf.raw_ops.TFRecordDataset(
        filenames=names, compression_type=compression, buffer_size=_READ_BYTES
    )
    return tf.data.experimental.from_variant(variant, tf.TensorSpec([], tf.string))


def rebatched(blocks: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Blocks `[...]` cut and joined to `[size]`, as dataset.rebatch() does, but by no function."""
    import tensorflow as tf

    dtype = blocks.element_spec.dtype
    variant = tf.raw_ops.RebatchDatasetV2(
        input_dataset=tf.data.experimental.to_variant(blocks),
        batch_sizes=[size],
        drop_remainder=False,
        output_types=[dtype],
        output_shapes=[[None]],
    )
    return tf.data.experimental.from_variant(variant, tf.TensorSpec([None], dtype))


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
    # As tf.argsort does, which looks at the shape first.
    return tf.math.top_k(tf.bitwise.invert(keys), size).indices


def seeds(seed: int | None) -> tf.data.Dataset:
    """Endless seeds `[2]`, the same ones for the same seed."""
    import tensorflow as tf

    if are_passes_expected() and is_unseeded(seed):
        # Each pass has an order of its own, and no position is kept of what is read in passes.
        def drawn(_: tf.Tensor) -> tf.Tensor:
            return tf.random.uniform([2], maxval=tf.int64.max, dtype=tf.int64)

        return tf.data.Dataset.from_tensors(0).repeat().map(as_written(drawn))
    # A stateful random op in a map could not be saved with the iterator; this dataset can.
    # In a v1 graph, make_one_shot_iterator takes none that is made anew for each iterator.
    anew = True if tf.executing_eagerly() else None
    numbers = tf.data.Dataset.random(seed, rerandomize_each_iteration=anew)
    return numbers.batch(2, drop_remainder=True)


def is_unseeded(seed: int | None) -> bool:
    """Whether neither this seed nor that of the graph asks for an order."""
    import tensorflow as tf

    # Not get_seed, which would hand out the seed that an op of the dataset is to have.
    return seed is None and tf.compat.v1.get_default_graph().seed is None


def shuffled_blocks(files: RecordFiles, order: Order, num_epochs: int | None) -> tf.data.Dataset:
    """Blocks `[records]` of serialized examples, and seeds of the order of records in them."""
    import tensorflow as tf

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
    blocks = rebatched(epoch.repeat(num_epochs), order.block)
    return tf.data.Dataset.zip((blocks, seeds(order.seed)))


def sequential_blocks(files: RecordFiles, block: int, num_epochs: int | None) -> tf.data.Dataset:
    """Blocks `[records]` of serialized examples in the order of the files."""
    return files.in_order(block, num_epochs).prefetch(1)
