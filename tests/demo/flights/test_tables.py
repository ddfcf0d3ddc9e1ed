from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from trainwright.demo.flights import tables
from trainwright.errors import DataError


def test_all_flights_that_arrived(flights: pa.Table) -> None:
    assert flights.num_rows == 327_346
    assert pc.mean(flights["late"]).as_py() == pytest.approx(0.237, abs=0.0005)


def test_nothing_that_is_known_only_later(flights: pa.Table) -> None:
    later = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}

    assert not later & set(flights.column_names)


def test_a_flight_with_all_that_is_known_of_it(flights: pa.Table) -> None:
    """The first line of flights.csv, with what the other tables say, looked up by hand."""
    flight = flights.slice(0, 1).to_pylist()[0]

    expected = {
        "month": 1,
        "day": 1,
        "carrier": "UA",
        "flight": 1545,
        "tailnum": "N14228",
        "origin": "EWR",
        "dest": "IAH",
        "distance": 1400,
        "hour": 5,
        "day_of_year": 1,
        "day_of_week": 1,  # from Monday, 0
        "departure_minute": 315,
        "arrival_minute": 499,
        "temp": 39.02,
        "wind_dir": 260,
        "wind_gust": None,
        "pressure": 1011.9,
        "plane_year": 1999,
        "plane_model": "737-824",
        "plane_seats": 149,
        "dest_alt": 97,
        "late": 0,
    }
    for name, value in expected.items():
        assert flight[name] == (pytest.approx(value) if isinstance(value, float) else value), name


def test_departures_are_counted_at_each_airport_and_hour(flights: pa.Table) -> None:
    first_hour = flights.filter(
        pc.and_(
            pc.and_(pc.equal(flights["day_of_year"], 1), pc.equal(flights["hour"], 5)),
            pc.equal(flights["origin"], "EWR"),
        )
    )

    assert set(first_hour["departures_this_hour"].to_pylist()) == {first_hour.num_rows}


def test_unknown_values_stay_unknown(flights: pa.Table) -> None:
    assert flights["wind_gust"].null_count == 249_912
    assert flights["plane_year"].null_count == 53_493
    assert flights["carrier"].null_count == 0


def test_features_are_of_three_types(flights: pa.Table) -> None:
    assert set(flights.schema.types) == {pa.int64(), pa.float32(), pa.string()}


def test_an_absent_package_is_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_PACKAGE", "nycflights_of_no_year")

    for function in (tables.read_flights, tables.package_version):
        with pytest.raises(DataError, match=r'pip install "trainwright\[demo\]"'):
            function()


@pytest.mark.parametrize("contents", [None, b"not a zip file"])
def test_damaged_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contents: bytes | None
) -> None:
    if contents is not None:
        (tmp_path / "flights.csv.zip").write_bytes(contents)
    monkeypatch.setattr(tables, "_data_folder", lambda: tmp_path)

    with pytest.raises(DataError, match=r"cannot be read.*--force-reinstall"):
        tables.read_flights()
