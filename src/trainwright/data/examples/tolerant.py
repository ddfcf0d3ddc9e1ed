"""Reading record files that have bad records in them.

TensorFlow reads a file as long as it is sound. Only where what it has read is not all of the file
is the file read again, in Python, for the sound records after the damage. Only where a chunk cannot
be parsed are its records looked at one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwright.data.bad_records import BadRecords
from trainwright.data.examples.functions import as_written
from trainwright.data.salvage import is_complete, salvage
from trainwright.data.validation.misfits import expected_by_spec, misfit
from trainwright.errors import CorruptRecordError, DataError

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Tolerance", "are_local"]

_AROUND_RECORD = 16


@dataclass(frozen=True)
class Tolerance:
    """Skips bad records, and counts them.

    Attributes:
        bad: where they are counted.
        spec: how records are parsed; None: nobody knows, and all that can be read are taken.
    """

    bad: BadRecords
    spec: Mapping[str, Any] | None

    def chunks(self, name: tf.Tensor, compression: tf.Tensor, records: int) -> tf.data.Dataset:
        """`[records]` sound records of a file at a time."""
        import tensorflow as tf

        nothing = tf.zeros([0], tf.string)
        read = tf.data.TFRecordDataset(name, compression).batch(records).ignore_errors()
        # An empty chunk at the end asks whether that was all.
        counted = read.concatenate(tf.data.Dataset.from_tensors(nothing)).scan(
            tf.zeros([2], tf.int64), as_written(_counting)
        )

        def rest(chunk: tf.Tensor, total: tf.Tensor) -> tf.data.Dataset:
            more = self._after(name, compression, total)
            return tf.data.Dataset.from_tensor_slices(more).batch(records)

        def parted(chunk: tf.Tensor, total: tf.Tensor) -> tf.data.Dataset:
            whole = tf.data.Dataset.from_tensors((chunk, total))
            is_end = as_written(lambda c, t: tf.equal(tf.size(c), 0))
            is_chunk = as_written(lambda c, t: tf.greater(tf.size(c), 0))
            sound = whole.filter(is_chunk).map(as_written(lambda c, t: c))
            return sound.concatenate(whole.filter(is_end).flat_map(as_written(rest)))

        chunks = counted.flat_map(as_written(parted))
        return chunks if self.spec is None else self._parsable(chunks, name)

    def _after(self, name: tf.Tensor, compression: tf.Tensor, total: tf.Tensor) -> tf.Tensor:
        """The sound records beyond those that TensorFlow has read, string `[records]`."""
        import tensorflow as tf

        # Not stateful: it gives the same for the same file, so that an iterator may be saved.
        after = tf.numpy_function(
            self._read_rest, [name, compression, total], tf.string, stateful=False
        )
        return tf.ensure_shape(after, [None])

    def _read_rest(self, name: bytes, compression: bytes, total: Any) -> Any:
        path, done = name.decode(), int(total[0])
        found: list[bytes] = []
        try:
            if not is_complete(path, int(total[1]), compression.decode()):
                found = self._sound(path)[done:]
        except DataError as error:
            raise self.bad.stop(error) from error
        return np.array(found, dtype=object) if found else np.zeros([0], dtype=object)

    def _sound(self, path: str) -> list[bytes]:
        records = []
        for record in salvage(path):
            if isinstance(record, CorruptRecordError):
                self.bad.damaged(record)
            else:
                records.append(record)
        return records

    def _parsable(self, chunks: tf.data.Dataset, name: tf.Tensor) -> tf.data.Dataset:
        """The chunks without records that do not fit the spec."""
        import tensorflow as tf

        spec = dict(self.spec or {})
        expected = list(expected_by_spec(spec).values())

        def parsed(chunk: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            features = tf.nest.flatten(tf.io.parse_example(chunk, spec), expand_composites=True)
            # Of a result that nobody takes, the parse would be optimized away.
            return chunk, tf.add_n([tf.size(part) for part in features])

        def fitting(name: bytes, chunk: Any) -> Any:
            kept = []
            for record in chunk.tolist():
                found = misfit(record, expected)
                if found is None:
                    kept.append(record)
                else:
                    self.bad.unparsable(name.decode(), record, found[0])
            return np.array(kept, dtype=object) if kept else np.zeros([0], dtype=object)

        def one_by_one(chunk: tf.Tensor) -> tf.Tensor:
            kept = tf.numpy_function(fitting, [name, chunk], tf.string, stateful=False)
            return tf.ensure_shape(kept, [None])

        def tried(chunk: tf.Tensor) -> tf.data.Dataset:
            whole = tf.data.Dataset.from_tensors(chunk)
            checked = whole.map(as_written(parsed)).ignore_errors()
            checked = checked.map(as_written(lambda chunk, size: chunk))
            # The second is only asked where the first has nothing.
            return checked.concatenate(whole.map(as_written(one_by_one))).take(1)

        return chunks.flat_map(as_written(tried)).filter(
            as_written(lambda chunk: tf.greater(tf.size(chunk), 0))
        )


def _counting(total: tf.Tensor, chunk: tf.Tensor) -> tuple[tf.Tensor, Any]:
    """Adds up records, and the bytes that they take in the file."""
    import tensorflow as tf

    count = tf.size(chunk, tf.int64)
    size = tf.reduce_sum(tf.cast(tf.strings.length(chunk), tf.int64)) + _AROUND_RECORD * count
    total = total + tf.stack([count, size])
    return total, (chunk, total)


def are_local(names: list[str]) -> bool:
    """Whether Python can read the files, too."""
    return all(Path(name).is_file() for name in names)
