"""Fixtures that all tests may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names bytes by their argument: serialized maps differ from one process to the next.

    Processes that share the tests must all call them the same.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def cache_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests remember of files does not get into the user's cache."""
    before = os.environ.get("TRAINWRIGHT_CACHE_DIR")
    os.environ["TRAINWRIGHT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("TRAINWRIGHT_CACHE_DIR")
    if before is not None:
        os.environ["TRAINWRIGHT_CACHE_DIR"] = before


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real artifacts that lie beside the checkout; tests of them skip where they are absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real artifacts in {folder}, which are not there")
    return folder


@pytest.fixture(scope="session")
def oracle_python() -> str:
    """The python of an environment with TFX 1.15.1; tests of it skip where none is named."""
    python = os.environ.get("TRAINWRIGHT_ORACLE_PYTHON")
    if not python:
        pytest.skip("needs TRAINWRIGHT_ORACLE_PYTHON: the python of an environment with TFX 1.15.1")
    return python


@pytest.fixture(scope="session")
def mlmd_python() -> str:
    """The python of an environment with ML Metadata 1.17; tests of it skip where none is named."""
    python = os.environ.get("TRAINWRIGHT_MLMD_PYTHON")
    if not python:
        pytest.skip("needs TRAINWRIGHT_MLMD_PYTHON: the python of an environment with ml-metadata")
    return python
