"""Batches of parsed examples from record files, fast.

Work on single records is the greatest cost of an input pipeline. This one never touches them:
it reads chunks of serialized records, shuffles chunks of several files, gathers a block of
records in random order, parses the block whole, and cuts it into batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trainwright.data.bad_records import current_bad_records
from trainwright.data.examples.batches import Batches, parsed_batches
from trainwright.data.examples.blocks import (
    Order,
    RecordFiles,
    block_size,
    is_unseeded,
    sequential_blocks,
    shuffled_blocks,
)
from trainwright.data.examples.cached import cached_batches
from trainwright.data.examples.decoded_cache import CacheDir, decoded
from trainwright.data.examples.fingerprints import FileStamp, changed_lately, stamps
from trainwright.data.examples.held import fits_memory, held_batches
from trainwright.data.examples.parsing import ExamplesParser, Parser
from trainwright.data.examples.tolerant import Tolerance, are_local
from trainwright.data.files import Patterns, matching_files
from trainwright.data.input_settings import input_settings
from trainwright.data.readings import note_reading
from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.input_passes import Passes, are_passes_expected, can_be_read_in_passes
from trainwright.input_tuning import needs_no_tuning

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["examples_dataset", "records_dataset"]


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
    cache_dir: CacheDir = None,
) -> tf.data.Dataset:
    """Batches of features parsed from files of serialized tf.train.Examples.

    Local files of up to about 16 MB of records, read more than once, are parsed once and held.

    Args:
        file_patterns: TFRecord files, plain or gzip, as names or glob patterns.
        feature_spec: name -> what ``tf.io.parse_example`` takes.
        batch_size: examples in a batch. Batches reach over the end of an epoch.
        num_epochs: how often to read the files; None: for ever.
        shuffle: mixes files and records, anew in each epoch. Otherwise records come in the
            order in which they lie in the files, and files in the order of their names.
        shuffle_buffer_size: records are carried at least as far as by a buffer of so many
            that shuffles them one by one. A data set held in memory is mixed as a whole.
        seed: makes the order the same each time the program runs.
        drop_final_batch: leaves out a last, smaller batch; batches then have static shapes.
        label_key: the feature to hand out as label.
        reader_num_threads: files to read at once when shuffling; None: up to 8.
        parser_num_threads: blocks to parse at once, each in many threads; None: one.
        prefetch_buffer_size: batches to keep ready; None: as tf.data finds best.
        sloppy_ordering: lets a slow file be overtaken, at the price of a fixed order.
        cache_dir: where to keep parsed records on disk, for the next epochs and runs to read
            instead of the files, until these change; None: as the run's settings say; False:
            nowhere. Data sets that are held in memory are not kept there.

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
        ExamplesParser(dict(feature_spec), label_key),
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
        cache_dir=cache_dir,
    )


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
    cache_dir: CacheDir = None,
    reader: Callable[[tf.Tensor], tf.data.Dataset] | None = None,
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
        cache_dir: where to keep parsed records on disk.
        reader: makes a dataset of records of a file's name, a string scalar; None: reads
            TFRecords, compressed as each file shows.

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
    files = _record_files(matching_files(file_patterns), reader, parse)
    batches = Batches(batch_size, drop_final_batch, endless=num_epochs is None)
    # TensorFlow parses a block of examples in many threads: two at once are in each other's way.
    is_parallel = isinstance(parse, ExamplesParser) and parse.whole_blocks
    threads = parser_num_threads or (1 if is_parallel else tf.data.AUTOTUNE)
    # Read once only, there is nothing to gain by keeping them.
    is_held = num_epochs != 1 and parse.separate_rows and fits_memory(files)
    if is_held:
        dataset = held_batches(files, batches, parse, num_epochs, shuffle, seed)
    else:
        block = block_size(files.names[0], batch_size, shuffle_buffer_size if shuffle else None)
        mixing = Order.mixing(shuffle_buffer_size, block, reader_num_threads, seed)
        order = mixing if shuffle else None
        where = input_settings().cache_dir if cache_dir is None else cache_dir
        entry = decoded(where, files, parse) if where and files.tolerance is None else None
        if entry is not None:
            dataset = cached_batches(entry, batches, num_epochs, order, threads)
        else:
            blocks = (
                sequential_blocks(files, block, num_epochs)
                if order is None
                else shuffled_blocks(files, order, num_epochs)
            )
            dataset = parsed_batches(blocks, batches, parse, threads)

    def finished(dataset: tf.data.Dataset) -> tf.data.Dataset:
        options = tf.data.Options()
        options.deterministic = not sloppy_ordering
        ready = dataset.prefetch(prefetch_buffer_size or tf.data.AUTOTUNE)
        # Blocks are made ahead anyway: to cut a batch off takes less than to wake a thread for it.
        alone = ready if prefetch_buffer_size else dataset
        ready = ready.with_options(options)
        needs_no_tuning(ready, alone.with_options(options))
        return ready

    done = finished(dataset)
    # A buffer that shuffles by a seed goes on with it where a new iterator would begin it anew.
    begins_alike = not shuffle or is_held or is_unseeded(seed)
    if are_passes_expected() and num_epochs is None and files.tolerance is None and begins_alike:
        passes = Passes(
            lambda size: finished(dataset.take(size).repeat()), lambda: _contents(files.names)
        )
        can_be_read_in_passes(done, passes)
    return done


def _contents(names: list[str]) -> list[FileStamp] | None:
    """What tells whether files are the same as before; None where nobody knows."""
    found = stamps(names)
    return None if found is None or changed_lately(found) else found


def _record_files(
    names: list[str], reader: Callable[[tf.Tensor], tf.data.Dataset] | None, parse: Parser
) -> RecordFiles:
    """The files, read as the settings say of bad records."""
    spec = parse.spec if isinstance(parse, ExamplesParser) else None
    bad = current_bad_records()
    if reader is not None:
        return RecordFiles(names, reader)
    if spec is not None:
        note_reading(names, spec)
    if bad is None or not are_local(names):
        return RecordFiles(names)
    return RecordFiles(names, tolerance=Tolerance(bad, spec))
