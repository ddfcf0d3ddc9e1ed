from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trainwright.lineage import (
    ArtifactRecord,
    LineageStore,
    PropertyType,
    RunContexts,
    TypeSpec,
)

sys.path.append(str(Path(__file__).parent / "support"))

if TYPE_CHECKING:
    from database_servers import DatabaseServer

BACKENDS = ("sqlite", "postgresql", "mariadb")
TRAINER = TypeSpec("tfx.components.trainer.component.Trainer", "mlmd.Train")
EXAMPLES = TypeSpec(
    "Examples",
    "mlmd.Dataset",
    {"span": PropertyType.INT, "version": PropertyType.INT, "split_names": PropertyType.STRING},
)
MODEL = TypeSpec("Model", "mlmd.Model")
MODEL_RUN = TypeSpec("ModelRun")
CONTEXTS = RunContexts("taxi", "run-1", "Trainer")


class Recording:
    """A store, and short ways to record runs in it."""

    def __init__(self, where: str):
        self.where = where
        self.store = LineageStore.open(where)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.store.transaction() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def examples(self, uri: str = "/data/examples", **kwargs: object) -> ArtifactRecord:
        return ArtifactRecord(EXAMPLES, uri, {"split_names": '["train"]'}, **kwargs)  # type: ignore[arg-type]

    def begin(self, contexts: RunContexts = CONTEXTS, **properties: object) -> int:
        return self.store.begin_execution(
            TRAINER, contexts, {"examples": [self.examples()]}, properties
        )

    def complete(self, execution_id: int, **properties: object) -> dict[str, list[int]]:
        model = ArtifactRecord(MODEL, f"/out/model/{execution_id}", {}, {"note": "x"})
        run = ArtifactRecord(MODEL_RUN, f"/out/model_run/{execution_id}")
        return self.store.complete_execution(
            execution_id, {"model": [model], "model_run": [run]}, properties
        )


def run_server(kind: str, driver: str, packages: str) -> Iterator[DatabaseServer]:
    """A server of this kind; tests of it skip where its programs or its driver are absent."""
    pytest.importorskip(driver)
    server = getattr(importlib.import_module("database_servers"), kind)
    programs = server.programs()
    if programs is None:
        pytest.skip(f"needs a {kind} server to start (Debian: apt-get install {packages})")
    running = server(programs)
    try:
        yield running
    finally:
        running.remove()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[DatabaseServer]:
    yield from run_server("PostgreSQL", "psycopg", "postgresql")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[DatabaseServer]:
    yield from run_server("MariaDB", "pymysql", "mariadb-server")


@pytest.fixture(params=BACKENDS[1:])
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    found: DatabaseServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(params=BACKENDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that is not there yet, or empty: on each kind of server, and a file."""
    if request.param == "sqlite":
        return str(tmp_path / "metadata.sqlite")
    server: DatabaseServer = request.getfixturevalue(f"{request.param}_server")
    return server.new_database()


@pytest.fixture
def recording_in() -> type[Recording]:
    return Recording


@pytest.fixture(params=BACKENDS)
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Recording:
    if request.param == "sqlite":
        return Recording(str(tmp_path / "metadata.sqlite"))
    server: DatabaseServer = request.getfixturevalue(f"{request.param}_server")
    return Recording(server.new_lineage_database())


@pytest.fixture
def tfx_database(shared_data: Path, tmp_path: Path) -> Path:
    """A copy of a database that TFX 1.15.1 wrote."""
    copy = tmp_path / "tfx.sqlite"
    shutil.copy(shared_data / "mlmd" / "tfx-1.15.1.sqlite", copy)
    return copy
