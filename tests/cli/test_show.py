from __future__ import annotations

import json
from pathlib import Path

import pytest


def sections(out: str) -> dict[str, list[list[str]]]:
    """The words of each line, by section; the first has no name."""
    found: dict[str, list[list[str]]] = {}
    for block in out.split("\n\n"):
        name, *lines = block.splitlines()
        found[name] = [line.split() for line in lines]
    return found


def test_a_complete_run(invoke, database: Path) -> None:
    code, out, err = invoke("show", 1, "--metadata", database)
    assert (code, err) == (0, "")
    found = sections(out)
    assert list(found) == [
        *("Run 1  COMPLETE", "Metrics", "Inputs", "Outputs", "Properties", "Stages")
    ]
    head = {words[0]: words[1:] for words in found["Run 1  COMPLETE"]}
    assert head["pipeline"] == ["taxi,", "run", "run-1,", "node", "Trainer"]
    assert head["steps"] == ["12,000"]
    assert head["training"] == ["1m", "15s"]
    assert head["speed"] == ["4,322", "examples/s"]
    assert found["Metrics"] == [
        ["accuracy", "0.8000"],
        ["accuracy_baseline", "0.7000"],
        ["auc", "0.7621"],
        ["loss", "nan"],
    ]
    assert found["Inputs"] == [["examples", "Examples", "1", "/data/examples"]]
    assert found["Outputs"] == [["model", "Model", "2", "/out/Trainer/model/1"]]
    assert found["Properties"] == [
        ["module_file", "module.py"],
        ["train_args", '{"num_steps":', "1000}"],
    ]
    assert found["Stages"] == [["loading", "module.py", "0.2", "s"], ["training", "1m", "15s"]]
    assert "\x1b" not in out


def test_a_failed_run_says_why(invoke, database: Path) -> None:
    out = invoke("show", "2", "--metadata", database).out
    assert out.startswith("Run 2  FAILED\n")
    assert "No split 'trian' \\x1b[31m[bold]here[/bold]." in out
    assert "Its splits: train." in out
    assert "`trainwright show -v 2` prints it" in out
    assert "most recent call" not in out


@pytest.mark.parametrize("arguments", [("show", "-v", "2"), ("-v", "show", "2")])
def test_verbose_shows_the_traceback(invoke, database: Path, arguments: tuple[str, ...]) -> None:
    out = invoke(*arguments, "--metadata", database).out
    *_, first, second, third = (line.split() for line in out.split("\n\n")[1].splitlines())
    assert first == ["traceback", "Traceback", "(most", "recent", "call", "last):"]
    assert (second, third) == (["in", "f"], ["SplitError"])


def test_latest_and_run_ids(invoke, database: Path) -> None:
    assert invoke("show", "latest", "--metadata", database).out.startswith("Run 4  RUNNING")
    assert invoke("show", "run-3", "--metadata", database).out.startswith("Run 3  COMPLETE")


def test_lineage_of_a_warm_start(invoke, database: Path) -> None:
    found = sections(invoke("show", 3, "--metadata", database).out)
    assert ["base_model", "Model", "2", "/out/Trainer/model/1"] in found["Inputs"]


def test_a_run_that_is_not_there(invoke, database: Path) -> None:
    code, out, err = invoke("show", "7", "--metadata", database)
    assert (code, out) == (9, "")
    assert err.startswith(f"Lineage database: {database} has no run '7'.\nHint: ")


def test_json(invoke, database: Path) -> None:
    run = json.loads(invoke("show", 1, "--metadata", database, "--json").out)
    assert run["id"] == 1
    assert run["properties"]["train_args"] == '{\n  "num_steps": 1000\n}'
    assert run["metrics"]["loss"] == "nan"
    (examples,) = run["inputs"]["examples"]
    assert examples == {
        "id": 1,
        "type": "Examples",
        "uri": "/data/examples",
        "state": "LIVE",
        "properties": {"split_names": '["train"]'},
        "custom_properties": {"is_external": 1},
    }
    (model,) = run["outputs"]["model"]
    assert model["uri"] == "/out/Trainer/model/1"
    failed = json.loads(invoke("show", 2, "--metadata", database, "--json").out)
    assert failed["properties"]["error_traceback"].startswith("Traceback")


def test_a_terminal_wraps_long_texts(terminal, database: Path) -> None:
    shown = terminal("show", 2, "--metadata", database, columns=40)
    assert "\x1b[31mFAILED" in shown
    assert "\\x1b[31m[bold]here" in shown.replace("\n", "").replace(" ", "")


def test_caching_and_the_commit(invoke, pair: Path) -> None:
    out = invoke("show", 2, "--metadata", pair).out
    assert "not cached      since run 1: rate: 0.1 -> 0.25" in out
    assert f"commit          {'c' * 40}" in out
    assert "cache/identity" not in out
    cached = invoke("show", 3, "--metadata", pair).out
    assert "reused          same inputs, properties, code and versions as run 2" in cached
    assert "cache/identity" in invoke("show", 2, "--metadata", pair, "--json").out
