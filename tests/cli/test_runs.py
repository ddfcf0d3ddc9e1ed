from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from trainwright.lineage import LineageStore


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_pipe_gets_everything_as_plain_text(invoke, database: Path) -> None:
    code, out, err = invoke("runs", "--metadata", database)
    assert (code, err) == (0, "")
    head, *lines = out.splitlines()
    assert head.split() == [
        *("run", "started", "ago", "state", "steps", "auc", "accuracy", "loss", "took"),
        *("pipeline", "error"),
    ]
    assert [line.split()[0] for line in lines] == ["4", "3", "2", "1"]
    assert [word for line in lines for word in line.split() if word.isupper()] == [
        *("RUNNING", "COMPLETE", "FAILED", "COMPLETE")
    ]
    assert "12,000  0.7621    0.8000   nan" in lines[3]
    assert lines[2].endswith("SplitError")
    assert "\x1b" not in out
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), [4, 3, 2, 1]),
        (("--limit", 2), [4, 3]),
        (("--limit", 0), [4, 3, 2, 1]),
        (("--pipeline", "penguin"), [3]),
        (("--state", "complete"), [3, 1]),
        (("--state", "FAILED"), [2]),
        (("--state", "cached"), []),
        (("--node", "Trainer"), [4, 3, 2, 1]),
        (("--node", "taxi.Trainer"), [4, 2, 1]),
        (("--node", "Evaluator"), []),
        (("--since", "1h"), [4, 3, 2, 1]),
        (("--since", "2100-01-01"), []),
        (("--sort", "auc"), [1, 3]),
        (("--sort", "auc", "--ascending"), [3, 1]),
        (("--ascending", "--limit", 1), [1]),
    ],
)
def test_filters(invoke, database: Path, options: tuple[object, ...], ids: list[int]) -> None:
    ended = invoke("runs", "--metadata", database, "--json", *options)
    assert [run["id"] for run in json.loads(ended.out)] == ids


def test_the_metric_sorted_by_is_shown(invoke, database: Path) -> None:
    head = invoke("runs", "--metadata", database, "--sort", "accuracy_baseline").out.splitlines()[0]
    assert "accuracy_baseline" in head


def test_json(invoke, database: Path) -> None:
    running, _, failed, complete = json.loads(invoke("runs", "--metadata", database, "--json").out)
    assert {key: complete[key] for key in complete if key not in ("started", "ended")} == {
        "id": 1,
        "state": "COMPLETE",
        "pipeline": "taxi",
        "run_id": "run-1",
        "node": "Trainer",
        "type": "tfx.components.trainer.component.Trainer",
        "duration_seconds": complete["duration_seconds"],
        "steps": 12000,
        "resumed_from": None,
        "metrics": {"accuracy": 0.8, "accuracy_baseline": 0.7, "auc": 0.7621, "loss": "nan"},
        "error": None,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", complete["started"])
    assert failed["error"]["type"] == "SplitError"
    assert (running["ended"], running["duration_seconds"], running["steps"]) == (None, None, None)


def test_a_terminal_gets_what_fits(terminal, database: Path) -> None:
    shown = terminal("runs", "--metadata", database)
    assert "\x1b[31mFAILED" in shown
    assert "\x1b[32mCOMPLETE" in shown
    lines = plain(shown).splitlines()
    assert max(map(len, lines[:-1])) <= 80
    assert lines[0].split()[:6] == ["run", "started", "ago", "state", "steps", "auc"]
    assert lines[-1] == f"4 runs, from {database}"


def test_a_terminal_hears_of_the_rest(terminal, database: Path) -> None:
    lines = plain(terminal("runs", "--metadata", database, "--limit", 1)).splitlines()
    assert lines[-1].startswith("1 run of 4; --limit 0 shows all, from ")


def test_no_runs(invoke, database: Path, tmp_path: Path) -> None:
    LineageStore.open(tmp_path / "empty.sqlite")
    ended = invoke("runs", "--metadata", tmp_path / "empty.sqlite")
    assert ended == (0, "", f"{tmp_path / 'empty.sqlite'} has no runs.\n")
    assert invoke("runs", "--metadata", database, "--state", "cached").err.endswith(
        "has no runs of that kind.\n"
    )
    assert json.loads(invoke("runs", "--metadata", tmp_path / "empty.sqlite", "--json").out) == []


def test_a_database_of_tfx(invoke, shared_data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tfx.sqlite"
    copy.write_bytes((shared_data / "mlmd" / "tfx-1.15.1.sqlite").read_bytes())
    code, out, _ = invoke("runs", "--metadata", copy)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["21", "16", "12", "8", "4"]
    assert "CACHED" in out


def test_a_file_that_is_no_database(invoke, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    code, _, err = invoke("runs", "--metadata", tmp_path / "notes.txt")
    assert code == 9
    assert err.startswith(f"Lineage database: {tmp_path / 'notes.txt'} is not an SQLite database.")
