from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from trainwright import aside
from trainwright.leaving import leave


def test_without_other_threads_it_is_an_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside._Process, "code", None)
    with pytest.raises(SystemExit) as caught:
        leave(7)
    gc.unfreeze()
    assert caught.value.code == 7


@pytest.mark.parametrize("users", [False, True])
def test_cycles_are_searched_at_the_end_where_users_code_has_run(users: bool) -> None:
    module = "trainwright.executor" if users else "trainwright"
    code = (
        f"import atexit, gc, sys, {module}\n"
        "from trainwright.leaving import leave\n"
        "before = gc.get_freeze_count()\n"  # some, in Python 3.12
        "atexit.register(lambda: print(gc.get_freeze_count() > before))\n"
        "leave(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{not users}\n"


@pytest.mark.parametrize(("seconds", "told"), [(0.01, False), (1000, True)])
def test_threads_do_not_keep_the_process(seconds: float, told: bool) -> None:
    code = (
        "import threading, time\n"
        "from trainwright.leaving import leave\n"
        f"threading.Thread(target=time.sleep, args=({seconds},), name='mine\\x1b').start()\n"
        "print('last words')\n"
        f"leave(3, {0.2 if told else 60})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stdout == "last words\n"
    assert ("still running, which the module has started: mine\\x1b." in done.stderr) == told
    assert "\x1b" not in done.stderr
