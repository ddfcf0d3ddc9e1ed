from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from trainwright.artifacts import Model, ModelRun
from trainwright.demo.flights.prepare import Prepared
from trainwright.demo.flights.run import DemoResult
from trainwright.demo.flights.summary import near, near_database, show_summary
from trainwright.launcher import LaunchResult
from trainwright.lineage import ExecutionState


@pytest.fixture(autouse=True)
def in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def summary(output: str = "demo-output", metadata: str | None = None, reused: bool = False) -> str:
    root = Path(output)
    launched = LaunchResult(
        execution_id=7,
        state=ExecutionState.COMPLETE,
        outputs={
            "model": [Model(root.absolute() / "Trainer" / "model" / "7")],
            "model_run": [ModelRun(root.absolute() / "Trainer" / "model_run" / "7")],
        },
        metrics={"auc": 0.8062, "accuracy": 0.8196, "average_loss": 0.4231},
    )
    result = DemoResult(
        output=root,
        metadata=metadata or str(root / "metadata.sqlite"),
        prepared=Prepared(root.absolute() / "data", {"train": 262_070, "eval": 65_276}, reused),
        baselines={"majority class": {"auc": 0.5, "accuracy": 0.7643, "log_loss": 0.5461}},
        launched=launched,
        seconds={"data": 5.2, "baselines": 6.9, "model": 40.0},
    )
    text = io.StringIO()
    show_summary(result, Console(file=text, width=80))
    return text.getvalue()


def test_metrics_stand_beside_each_other() -> None:
    lines = [line.split() for line in summary().splitlines()]

    assert ["majority", "class", "0.500", "0.764", "0.546"] in lines
    assert ["wide", "and", "deep", "0.806", "0.820", "0.423"] in lines


def test_where_things_are() -> None:
    text = summary()

    assert "model      demo-output/Trainer/model/7/Format-Serving\n" in text
    assert "lineage    demo-output/metadata.sqlite, run 7\n" in text
    assert "seconds    52: data 5, baselines 7, model 40\n" in text
    assert "65,276 flights" in text


def test_says_that_data_were_there() -> None:
    assert "data       demo-output/data (as prepared before)\n" in summary(reused=True)
    assert "prepared" not in summary()


def test_commands_name_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    text = summary("my output")

    assert "\n  trainwright runs --output 'my output'\n" in text
    assert "\n  trainwright show 7 --output 'my output'\n" in text
    assert "--logdir 'my output/Trainer/model_run/7'" in text


def test_commands_name_another_database() -> None:
    assert " runs --metadata postgresql://host/lineage\n" in summary(
        metadata="postgresql://host/lineage"
    )


def test_programs_beside_a_python_that_is_not_the_shells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "trainwright"):
        (programs / name).touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.setenv("PATH", "")

    text = summary()

    assert "\n  .venv/bin/trainwright runs --output demo-output\n" in text
    assert '\n  .venv/bin/python -c "import' in text


def test_lines_to_copy_are_not_broken() -> None:
    (line,) = [line for line in summary().splitlines() if "saved_model.load" in line]

    assert line.endswith("load('demo-output/Trainer/model/7/Format-Serving').signatures)\"")


def test_near(tmp_path: Path) -> None:
    assert near(tmp_path / "a") == "a"
    assert near("/") == "/"
    assert near_database("mysql://host/x") == "mysql://host/x"
