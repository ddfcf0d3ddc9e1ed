from __future__ import annotations

import logging
import subprocess
import sys
import threading

import pytest

from trainwright import aside
from trainwright.aside import do_aside


def test_work_goes_on_after_the_wait() -> None:
    may_end, ended = threading.Event(), threading.Event()

    def work() -> None:
        may_end.wait()
        ended.set()

    do_aside(work, "test", wait=0.0)
    assert not ended.is_set()
    may_end.set()
    assert ended.wait(10)


def test_an_error_while_it_is_waited_for_is_raised() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        do_aside(work, "test", wait=10.0)


def test_a_later_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    may_end = threading.Event()

    def work() -> None:
        may_end.wait()
        raise ValueError("too late")

    with caplog.at_level(logging.ERROR):
        do_aside(work, "tidying", wait=0.0)
        may_end.set()
        for begun in aside._all_work:
            begun.wait()
    assert "tidying ended with an error" in caplog.text
    assert "too late" in caplog.text


def test_it_begins_while_a_thread_is_being_started() -> None:
    """As when Python frees an object there that does something at its end."""
    done = []
    with threading._active_limbo_lock:  # type: ignore[attr-defined]
        do_aside(lambda: done.append(True), "test", wait=10.0)
    assert done


_WORK = (
    "import atexit, os, sys, threading\n"
    "from trainwright.aside import do_aside\n"
    "from trainwright.leaving import leave\n"
    "may_end = threading.Event()\n"
    "def work():\n"
    "    may_end.wait()\n"
    "    os.write(1, b'done\\n')\n"
    "atexit.register(os.write, 1, b'bye\\n')\n"
    "do_aside(work, 'test', wait=0.0)\n"
)


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        # As long as the work takes, which here is until the others have been called.
        ("atexit.register(may_end.set)\nsys.exit(4)\n", 4, ["done", "bye"]),
        ("leave(3)\n", 3, ["bye"]),
    ],
)
def test_only_a_command_ends_without_waiting(end: str, code: int, said: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WORK + end], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    assert sorted(done.stdout.split()) == sorted(said)
    assert done.stderr == ""
