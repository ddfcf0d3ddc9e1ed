"""A notebook's cell, as far as it can be had without a notebook."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from trainwright.events import announce
from trainwright.progress import show_progress
from trainwright.progress.notebook import NotebookDisplay, in_notebook


class ZMQInteractiveShell:
    pass


class TerminalInteractiveShell:
    pass


class Cell:
    """Takes what IPython's display would show."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> Cell:
        assert raw
        assert display_id
        self.update(bundle, raw=raw)
        return self

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(bundle["text/plain"])


def install(monkeypatch: pytest.MonkeyPatch, shell: Any) -> Cell:
    cell = Cell()
    package, display = ModuleType("IPython"), ModuleType("IPython.display")
    package.get_ipython = lambda: shell  # type: ignore[attr-defined]
    display.display = cell.display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return cell


def test_only_kernels_of_notebooks_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not in_notebook()
    install(monkeypatch, TerminalInteractiveShell())
    assert not in_notebook()
    install(monkeypatch, None)
    assert not in_notebook()
    install(monkeypatch, ZMQInteractiveShell())
    assert in_notebook()


def test_a_cell_shows_lines_and_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = install(monkeypatch, ZMQInteractiveShell())
    with show_progress() as display:
        assert isinstance(display, NotebookDisplay)
        announce.on_stage("loading module.py")
        assert "loading module.py" in cell.shown[-1]
        announce.on_train_begin(0, 1000, "model")
        before = len(cell.shown)
        for step in range(1, 1001):
            announce.on_steps(step, 0.5, 32)
        assert len(cell.shown) - before < 100, "it is drawn now and then, not at each step"
        announce.on_evaluation_begin(None, 5, 1000)
        announce.on_evaluation_step(5)
        announce.on_evaluation_end(None, {"auc": 0.75}, 1000, 1.0)
        assert "evaluated at step 1,000" in cell.shown[-1]
        announce.on_train_end(1000)
    last = cell.shown[-1].splitlines()
    assert any(line.startswith("trained to step 1,000") for line in last)
    assert not any("training" in line for line in last), "the picture is gone at the end"


def test_a_notebook_gets_lines_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = install(monkeypatch, ZMQInteractiveShell())
    with show_progress(plain=True) as display:
        assert not isinstance(display, NotebookDisplay)
    assert cell.shown == []
