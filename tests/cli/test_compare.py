from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def rows(out: str) -> dict[str, list[object]]:
    return {f"{row['section']} {row['name']}": row["values"] for row in json.loads(out)["rows"]}


def test_what_differs(invoke, pair: Path) -> None:
    code, out, err = invoke("compare", 1, 2, "--metadata", pair, "--json")
    assert (code, err) == (0, "")
    found = rows(out)
    found.pop("times duration_seconds", None)
    assert found == {
        "code model.py": ["1" * 12, "2" * 12],
        "metrics auc": [0.7, 0.8],
        "properties custom_config.rate": [0.1, 0.25],
    }
    assert [run["id"] for run in json.loads(out)["runs"]] == [1, 2]


def test_all(invoke, pair: Path) -> None:
    found = rows(invoke("compare", 1, 2, "--metadata", pair, "--all", "--json").out)
    assert found["inputs examples"] == ["Examples 1 /data/examples"] * 2
    assert found["inputs contents of examples"][0].startswith("2 files, 10 bytes")
    assert found["versions tensorflow"] == ["2.21.0", "2.21.0"]
    assert found["run state"] == ["COMPLETE", "COMPLETE"]
    assert found["code git/dirty"] == [0, 0]
    assert found["times final_step"] == [10, 10]
    assert not any("cache/" in name for name in found)


def test_a_run_that_lacks_things(invoke, pair: Path) -> None:
    found = rows(invoke("compare", "latest", "run-1", "--metadata", pair, "--json").out)
    assert found["run state"] == ["CACHED", "COMPLETE"]
    assert found["metrics auc"] == [None, 0.7]


def test_for_people(invoke, pair: Path) -> None:
    _, out, _ = invoke("compare", 1, 2, "--metadata", pair, "--all")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][:3] == ["run", "1", "COMPLETE"]
    assert ["custom_config.rate", "0.1", "0.25"] in lines
    assert ["auc", "0.7000", "0.8000"] in lines
    assert ["custom_config.name", "[bold]x", "[bold]x"] in lines
    assert "\x1b" not in out
    assert "\\x1b[31mhelper.py" in out
    assert "no difference" in invoke("compare", 1, "run-1", "--metadata", pair).out


def test_a_narrow_terminal(terminal, pair: Path) -> None:
    for count, columns in ((2, 80), (3, 80), (6, 80)):
        shown = terminal(
            "compare", *[1, 2, 3, 1, 2, 3][:count], "--metadata", pair, columns=columns
        )
        lines = plain(shown).splitlines()
        assert max(map(len, lines)) <= columns
        assert any("custom_config.rate" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([1], 2, "at least two"),
        ([], 2, "Missing argument"),
        ([1, 99], 9, "no run '99'"),
    ],
)
def test_errors(invoke, pair: Path, arguments: list[int], code: int, message: str) -> None:
    ended = invoke("compare", *arguments, "--metadata", pair)
    assert ended.code == code
    assert message in ended.err
