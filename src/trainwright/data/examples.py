"""Batches of parsed examples from record files, fast.

Work on single records is the greatest cost of an input pipeline. This one never touches them:
it reads chunks of serialized records, shuffles chunks of several files, gathers a block of
records in random order, parses the block whole, and cuts it into batches.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from trainwright.data.files import Patterns, compression_of_file, matching_files
from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError, InvalidArgumentError, did_you_mean

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Parser", "Patterns", "examples_dataset", "matching_files", "records_dataset"]

_OPEN_FILES = 8
_CHUNK_RECORDS = 512
_BLOCK_RECORDS = 16_384
_SEQUENTIAL_BLOCK_RECORDS = 4_096
_BLOCK_BYTES = 32 << 20
_SAMPLED_RECORDS = 16


def examples_dataset(
    file_patterns: Patterns,
    feature_spec: Mapping[str, Any],
    batch_size: int,
    *,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10_000,
    seed: int | None = None,
    drop_final_batch: bool = False,
    label_key: str | None = None,
    reader_num_threads: int | None = None,
    parser_num_threads: int | None = None,
    prefetch_buffer_size: int | None = None,
    sloppy_ordering: bool = False,
) -> tf.data.Dataset:
    """Batches of features parsed from files of serialized tf.train.Examples.

    Args:
        file_patterns: TFRecord files, plain or gzip, as names or glob patterns.
        feature_spec: name -> what ``tf.io.parse_example`` takes.
        batch_size: examples in a batch. Batches reach over the end of an epoch.
        num_epochs: how often to read the files; None: for ever.
        shuffle: mixes files and records, anew in each epoch. Otherwise records come in the
            order in which they lie in the files, and files in the order of their names.
        shuffle_buffer_size: how many records the order is mixed among, approximately: half in
            chunks, half one by one.
        seed: makes the order the same each time the program runs.
        drop_final_batch: leaves out a last, smaller batch; batches then have static shapes.
        label_key: the feature to hand out as label.
        reader_num_threads: files to read at once when shuffling; None: up to 8.
        parser_num_threads: blocks to parse at once; None: as tf.data finds best.
        prefetch_buffer_size: batches to keep ready; None: as tf.data finds best.
        sloppy_ordering: lets a slow file be overtaken, at the price of a fixed order.

    Returns:
        A dataset of dicts, or with `label_key` of (dict, label). Values are dense tensors of
        shape `[batch, ...]`, SparseTensors `[batch, width]` where width is at least that of the
        batch's longest row, or RaggedTensors `[batch, None]`, as the spec says.

    Raises:
        DataError: no file matches a pattern, or a file cannot be opened.
        InvalidArgumentError: an argument out of range, or a label that is not in the spec.
    """
    if label_key is not None and label_key not in feature_spec:
        raise InvalidArgumentError(
            f"The label {label_key!r} is none of the features.",
            hint=did_you_mean(label_key, feature_spec),
        )
    return records_dataset(
        file_patterns,
        _Parser(dict(feature_spec), label_key),
        batch_size,
        num_epochs=num_epochs,
        shuffle=shuffle,
        shuffle_buffer_size=shuffle_buffer_size,
        seed=seed,
        drop_final_batch=drop_final_batch,
        reader_num_threads=reader_num_threads,
        parser_num_threads=parser_num_threads,
        prefetch_buffer_size=prefetch_buffer_size,
        sloppy_ordering=sloppy_ordering,
    )


class Parser(Protocol):
    """Makes features of serialized records."""

    @property
    def whole_blocks(self) -> bool:
        """Whether a row's features are the same whatever records are parsed with it."""

    def __call__(self, serialized: tf.Tensor) -> Any:
        """Dense, sparse or ragged tensors `[records, ...]` of `[records]` strings."""


def records_dataset(
    file_patterns: Patterns,
    parse: Parser,
    batch_size: int,
    *,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10_000,
    seed: int | None = None,
    drop_final_batch: bool = False,
    reader_num_threads: int | None = None,
    parser_num_threads: int | None = None,
    prefetch_buffer_size: int | None = None,
    sloppy_ordering: bool = False,
) -> tf.data.Dataset:
    """Batches of what a parser makes of the records of files.

    Args:
        file_patterns: as for :func:`examples_dataset`.
        parse: makes features of serialized records.
        batch_size: records in a batch; this and the rest as for :func:`examples_dataset`.
        num_epochs: how often to read the files.
        shuffle: mixes files and records.
        shuffle_buffer_size: how many records the order is mixed among.
        seed: makes the order the same each time.
        drop_final_batch: leaves out a last, smaller batch.
        reader_num_threads: files to read at once when shuffling.
        parser_num_threads: blocks to parse at once.
        prefetch_buffer_size: batches to keep ready.
        sloppy_ordering: lets a slow file be overtaken.

    Returns:
        A dataset of what `parse` returns, for `batch_size` records each.

    Raises:
        DataError: no file matches a pattern, or a file cannot be opened.
        InvalidArgumentError: an argument out of range.
    """
    import tensorflow as tf

    sizes = {"batch_size": batch_size, "shuffle_buffer_size": shuffle_buffer_size}
    sizes |= {"num_epochs": num_epochs} if num_epochs is not None else {}
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InvalidArgumentError(
                f"{name} must be an int of 1 or more. Got {value!r} instead."
            )
    files = matching_files(file_patterns)
    batches = _Batches(batch_size, drop_final_batch)
    fitting = _records_within(_BLOCK_BYTES, files[0])
    if shuffle:
        block = _multiple(min(shuffle_buffer_size, _BLOCK_RECORDS, fitting), batch_size)
        order = _Order.mixing(shuffle_buffer_size, block, reader_num_threads, seed)
        blocks = _shuffled_blocks(files, order, num_epochs)
    else:
        block = _multiple(min(_SEQUENTIAL_BLOCK_RECORDS, fitting), batch_size)
        blocks = _sequential_blocks(files, block, num_epochs)
    threads = parser_num_threads or tf.data.AUTOTUNE
    dataset = _parsed_batches(blocks, batches, parse, threads)
    options = tf.data.Options()
    options.deterministic = not sloppy_ordering
    return dataset.prefetch(prefetch_buffer_size or tf.data.AUTOTUNE).with_options(options)


@dataclass(frozen=True)
class _Batches:
    """How to cut blocks into batches."""

    size: int
    drop_final: bool


@dataclass(frozen=True)
class _Order:
    """How to mix records: the sizes are in records, but for `pool`, in chunks."""

    open_files: int
    chunk: int
    pool: int
    block: int
    seed: int | None

    @classmethod
    def mixing(cls, among: int, block: int, open_files: int | None, seed: int | None) -> _Order:
        """Mixes each record among about so many others.

        Example:
            >>> _Order.mixing(10_000, 9_728, None, None)
            _Order(open_files=8, chunk=512, pool=19, block=9728, seed=None)
        """
        open_files = open_files or _OPEN_FILES
        chunk = max(1, min(_CHUNK_RECORDS, block // open_files))
        pool = math.ceil(max(among - block, min(among, block)) / chunk)
        return cls(open_files, chunk, pool, block, seed)


def _records_within(size: int, name: str) -> int:
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


def _files(names: list[str]) -> tf.data.Dataset:
    """(name, compression) of each file."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(
        (names, [compression_of_file(name) for name in names])
    )


def _shuffled_blocks(names: list[str], order: _Order, num_epochs: int | None) -> tf.data.Dataset:
    """Blocks `[records]` of serialized examples in random order."""
    import tensorflow as tf

    def chunks(name: tf.Tensor, compression: tf.Tensor) -> tf.data.Dataset:
        return tf.data.TFRecordDataset(name, compression).batch(order.chunk)

    def permuted(block: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        keys = tf.random.stateless_uniform(
            [tf.size(block)], seed, minval=None, maxval=None, dtype=tf.int32
        )
        return tf.gather(block, tf.argsort(keys))

    epoch = (
        _files(names)
        .shuffle(len(names), seed=order.seed)
        .interleave(
            _as_written(chunks),
            cycle_length=min(order.open_files, len(names)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .shuffle(order.pool, seed=order.seed)
    )
    blocks = epoch.repeat(num_epochs).rebatch(order.block)
    # A stateful random op in the map could not be saved with the iterator; this dataset can.
    # In a v1 graph, make_one_shot_iterator takes none that is made anew for each iterator.
    anew = True if tf.executing_eagerly() else None
    seeds = tf.data.Dataset.random(order.seed, rerandomize_each_iteration=anew)
    seeds = seeds.batch(2, drop_remainder=True)
    return tf.data.Dataset.zip((blocks, seeds)).map(_as_written(permuted))


def _sequential_blocks(names: list[str], block: int, num_epochs: int | None) -> tf.data.Dataset:
    """Blocks `[records]` of serialized examples in the order of the files."""
    import tensorflow as tf

    def chunks(name: tf.Tensor, compression: tf.Tensor) -> tf.data.Dataset:
        return tf.data.TFRecordDataset(name, compression).batch(block)

    epoch = _files(names).interleave(_as_written(chunks), cycle_length=1)
    return epoch.repeat(num_epochs).rebatch(block).prefetch(1)


class _Parser:
    """Parses serialized examples.

    Args:
        spec: what to parse.
        label_key: the feature to hand out as label.
    """

    def __init__(self, spec: dict[str, Any], label_key: str | None):
        import tensorflow as tf

        self._spec = spec
        self._label_key = label_key
        # Padded as far as the longest row, these differ with the records parsed together.
        self.whole_blocks = not any(
            isinstance(feature, tf.io.FixedLenSequenceFeature) for feature in spec.values()
        )

    def __call__(self, serialized: tf.Tensor) -> Any:
        """Features, or (features, label), of `[records]` serialized examples."""
        import tensorflow as tf

        features = tf.io.parse_example(serialized, self._spec)
        if self._label_key is None:
            return features
        label = features.pop(self._label_key)
        return features, label


def _as_written(function: Any) -> Any:
    """Keeps AutoGraph from rewriting a function that needs none of it, which is slow."""
    import tensorflow as tf

    return tf.autograph.experimental.do_not_convert(function)


def _parsed_batches(
    blocks: tf.data.Dataset, batches: _Batches, parse: Parser, threads: int
) -> tf.data.Dataset:
    import tensorflow as tf

    if not parse.whole_blocks:
        cut = blocks.rebatch(batches.size, drop_remainder=batches.drop_final)
        return cut.map(_as_written(parse), num_parallel_calls=threads)

    def parse_and_stack(block: tf.Tensor) -> Any:
        parsed = parse(block)
        # Only a last block of less than one batch has fewer rows than a batch.
        rows = batches.size if batches.drop_final else tf.minimum(batches.size, tf.size(block))
        count = tf.size(block) // rows
        return tf.nest.map_structure(lambda values: _stack(values, count, rows), parsed)

    stacks = _whole_batches(blocks, batches).map(
        _as_written(parse_and_stack), num_parallel_calls=threads
    )
    return stacks.prefetch(1).flat_map(_as_written(_unstack))


def _whole_batches(blocks: tf.data.Dataset, batches: _Batches) -> tf.data.Dataset:
    """Cuts blocks so that each one is some whole batches or one smaller, last batch."""
    import tensorflow as tf

    def cut(block: tf.Tensor) -> tf.data.Dataset:
        whole = tf.size(block) // batches.size * batches.size
        parts = tf.data.Dataset.from_tensors(block[:whole])
        if not batches.drop_final:
            parts = parts.concatenate(tf.data.Dataset.from_tensors(block[whole:]))
        return parts.filter(_as_written(lambda part: tf.size(part) > 0))

    return blocks.flat_map(_as_written(cut))


def _stack(values: Any, count: Any, rows: Any) -> Any:
    """`[count * rows, ...]` as `[count, rows, ...]`."""
    import tensorflow as tf

    if isinstance(values, tf.RaggedTensor):
        dtype = values.row_splits.dtype
        return tf.RaggedTensor.from_uniform_row_length(
            values, tf.cast(rows, dtype), tf.cast(count, dtype)
        )
    if isinstance(values, tf.SparseTensor):
        head = tf.cast(tf.stack([count, rows]), tf.int64)
        return tf.sparse.reshape(values, tf.concat([head, values.dense_shape[1:]], 0))
    return tf.reshape(values, [count, rows, *values.shape[1:]])


def _unstack(*stacked: Any) -> tf.data.Dataset:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(stacked[0] if len(stacked) == 1 else stacked)
