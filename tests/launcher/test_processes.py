from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from trainwright.launcher import processes
from trainwright.launcher.processes import ProcessIdentity


@pytest.fixture
def here() -> ProcessIdentity:
    return ProcessIdentity.here()


def test_properties_there_and_back(here: ProcessIdentity) -> None:
    assert ProcessIdentity.from_properties(here.properties()) == here


@pytest.mark.parametrize("pid", [None, "12", 0, -1, 2**40])
def test_runs_without_a_process(here: ProcessIdentity, pid: object) -> None:
    assert ProcessIdentity.from_properties({**here.properties(), "process/pid": pid}) is None  # type: ignore[dict-item]


def test_this_process_lives(here: ProcessIdentity) -> None:
    assert not here.is_dead(here)


def test_a_process_that_has_ended(here: ProcessIdentity) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert replace(here, pid=ended.pid).is_dead(here)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_the_remains_of_a_process(here: ProcessIdentity) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # has ended, stays a zombie
        assert replace(here, pid=child.pid).is_dead(here)


def test_a_number_that_was_given_again(here: ProcessIdentity) -> None:
    assert replace(here, start="another boot 123").is_dead(here)


@pytest.mark.parametrize("change", [{"host": "elsewhere"}, {"machine": "another container"}])
def test_processes_elsewhere_are_not_judged(here: ProcessIdentity, change: dict[str, str]) -> None:
    assert not replace(here, pid=2**22 + 1, **change).is_dead(here)  # type: ignore[arg-type]


def test_systems_without_proc(here: ProcessIdentity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_read", lambda path: "")
    blind = ProcessIdentity.here()
    assert blind.start == ""
    assert not blind.is_dead(blind)
    assert replace(blind, pid=2**22 + 1).is_dead(blind)
