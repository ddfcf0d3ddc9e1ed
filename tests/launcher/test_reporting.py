from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trainwright.events import RunObserver, announce, observing
from trainwright.launcher import launch
from trainwright.lineage import LineageStore, get_run
from trainwright.report import writing


class Warnings(RunObserver):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_warning(self, message: str) -> None:
        self.heard.append(message)


def body(inputs: Any, outputs: Any, properties: Any) -> None:
    model, run = (Path(outputs[key][0].uri) for key in ("model", "model_run"))
    (model / "Format-Serving").mkdir()
    (model / "Format-Serving" / "model.txt").write_text("model")
    (run / "model.ckpt-3.index").write_text("weights")
    announce.on_train_begin(0, 3, str(run))
    for step in (1, 2, 3):
        announce.on_steps(step, 1 / step, 32)
    announce.on_evaluation_end(None, {"auc": 0.75}, 3, 0.5)
    announce.on_train_end(3)


def test_a_run_leaves_its_report(launching) -> None:
    result = launch(launching.request(body))
    folder = Path(result.outputs["model_run"][0].uri)
    page = (folder / "report.html").read_text()
    assert "found AUC 0.7500" in page
    assert ".working" not in page
    assert "<dt>took</dt>" in page
    entries = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in entries] == [3, 3]


def test_a_run_does_not_fail_for_want_of_a_report(launching, monkeypatch) -> None:
    def broken(*_: Any) -> str:
        raise RuntimeError("no ink")

    monkeypatch.setattr(writing, "render", broken)
    warnings = Warnings()
    with observing(warnings):
        result = launch(launching.request(body))
    assert warnings.heard == ["The report could not be written: RuntimeError: no ink"]
    recorded = get_run(LineageStore.open(launching.metadata), result.execution_id).execution
    assert json.loads(str(recorded.properties["warnings"])) == warnings.heard
    assert not (Path(result.outputs["model_run"][0].uri) / "report.html").exists()


@pytest.mark.parametrize("name", ["report.html", "progress.jsonl"])
def test_failed_runs_leave_no_report(launching, name: str) -> None:
    def failing(inputs: Any, outputs: Any, properties: Any) -> None:
        announce.on_steps(1, 0.5, 32)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        launch(launching.request(failing))
    assert not list(launching.root.rglob(name))
