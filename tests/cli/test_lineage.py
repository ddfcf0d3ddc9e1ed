from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import insert

from trainwright.lineage import EventKind, LineageStore
from trainwright.lineage.tables import event


def graph(invoke, path: Path, what: object, *options: object) -> dict:
    code, out, err = invoke("lineage", what, "--metadata", path, "--json", *options)
    assert (code, err) == (0, "")
    return json.loads(out)


def edges(found: dict) -> set[tuple[str, str, str]]:
    return {(edge["from"], edge["to"], edge["role"]) for edge in found["edges"]}


def test_the_graph_of_a_model(invoke, pair: Path) -> None:
    found = graph(invoke, pair, "/out/Trainer/model/2")
    assert found["start"] == "artifact:3"
    assert found["complete"]
    assert edges(found) == {
        ("artifact:1", "run:2", "input"),
        ("run:2", "artifact:3", "output"),
        ("artifact:3", "run:3", "reused"),
    }
    assert found["nodes"]["run:2"]["metrics"] == {"auc": 0.8}
    assert found["nodes"]["artifact:3"]["uri"] == "/out/Trainer/model/2"


def test_everything_from_the_data(invoke, pair: Path) -> None:
    found = graph(invoke, pair, "artifact:1")
    assert {"run:1", "run:2", "run:3", "artifact:2", "artifact:3"} < set(found["nodes"])
    assert found["edges"][0]["key"] == "examples"


@pytest.mark.parametrize(
    ("what", "start"),
    [
        ("1", "run:1"),
        ("run-2", "run:2"),
        ("latest", "run:3"),
        ("run:2", "run:2"),
        ("artifact:2", "artifact:2"),
        ("/out/Trainer/model/1", "artifact:2"),
        ("/out/Trainer/model/1/Format-Serving/saved_model.pb", "artifact:2"),
        ("/data/../data/examples/", "artifact:1"),
    ],
)
def test_names(invoke, pair: Path, what: str, start: str) -> None:
    assert graph(invoke, pair, what)["start"] == start


@pytest.mark.parametrize("what", ["99", "run:99", "artifact:99", "artifact:x", "/nowhere", "word"])
def test_nothing_of_that_name(invoke, pair: Path, what: str) -> None:
    ended = invoke("lineage", what, "--metadata", pair)
    assert ended.code == 9
    assert "has no " in ended.err


def test_depth_and_limit(invoke, pair: Path) -> None:
    found = graph(invoke, pair, "artifact:1", "--depth", 1)
    assert set(found["nodes"]) == {"artifact:1", "run:1", "run:2", "run:3"}
    assert not found["complete"]
    found = graph(invoke, pair, "artifact:1", "--depth", 0)
    assert (set(found["nodes"]), found["edges"]) == ({"artifact:1"}, [])
    found = graph(invoke, pair, "artifact:1", "--limit", 1)
    assert "run:2" not in found["nodes"]
    assert not found["complete"]


def test_for_people(invoke, pair: Path) -> None:
    _, out, _ = invoke("lineage", 1, "--metadata", pair)
    lines = out.splitlines()
    assert lines[0].startswith("run 1  COMPLETE  taxi.Trainer, ")
    assert lines[0].endswith(" ago, auc 0.7000")
    assert lines[2:4] == ["Made from", "└── examples: artifact 1  Examples  /data/examples"]
    assert lines[5:7] == ["Used for", "└── model: artifact 2  Model  /out/Trainer/model/1"]
    _, out, _ = invoke("lineage", "artifact:1", "--metadata", pair, "--limit", 1)
    assert "└── ... and 2 more" in out
    assert "reuses run 2" in invoke("lineage", 3, "--metadata", pair).out


def test_cycles_end(invoke, pair: Path) -> None:
    store = LineageStore.open(pair)
    with store.transaction() as connection:
        for artifact_id, execution_id in ((2, 1), (2, 2), (3, 1)):
            values = {"type": int(EventKind.INPUT), "milliseconds_since_epoch": 0}
            values |= {"artifact_id": artifact_id, "execution_id": execution_id}
            connection.execute(insert(event).values(**values))
    found = graph(invoke, pair, 1, "--depth", 50)
    assert ("artifact:2", "run:1", "input") in edges(found)
    assert "shown elsewhere" in invoke("lineage", 1, "--metadata", pair).out


def test_what_users_wrote_is_data(invoke, terminal, database: Path, tmp_path: Path) -> None:
    with LineageStore.open(database).transaction() as connection:
        connection.exec_driver_sql("UPDATE Artifact SET uri = '/d/\x1b[31m[red]x' WHERE id = 1")
    out = invoke("lineage", 1, "--metadata", database).out
    assert "/d/\\x1b[31m[red]x" in out
    shown = terminal("lineage", 1, "--metadata", database, columns=80)
    assert "\\x1b[31m[red]x" in shown
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in shown.splitlines()) <= 80


def test_a_database_of_tfx(invoke, shared_data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tfx.sqlite"
    copy.write_bytes((shared_data / "mlmd" / "tfx-1.15.1.sqlite").read_bytes())
    found = edges(graph(invoke, copy, "21"))
    assert {("artifact:4", "run:21", "input"), ("run:21", "artifact:7", "output")} <= found
    assert ("artifact:4", "run:8", "reused") in edges(graph(invoke, copy, "artifact:4"))
