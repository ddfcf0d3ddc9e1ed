from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from trainwright.errors import TrainwrightWarning
from trainwright.events import announce
from trainwright.progress import show_progress
from trainwright.progress.live import LiveDisplay
from trainwright.progress.plain import PlainDisplay

SOURCE = """
    import os, sys
    from trainwright.events import announce
    from trainwright.progress import show_progress
    with show_progress():
        announce.on_stage("loading")
        print("printed by the user")
        os.write(1, b"written by native code\\n")
    print("a result")
"""


def run_python(**kwargs: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(SOURCE)]
    environ = os.environ | {"PYTHONUNBUFFERED": "1"}
    return subprocess.run(command, text=True, timeout=60, check=False, env=environ, **kwargs)


@pytest.mark.parametrize(
    ("terminal", "options", "kind"),
    [
        (True, {}, LiveDisplay),
        (False, {}, PlainDisplay),
        (True, {"verbose": True}, PlainDisplay),
        (True, {"plain": True}, PlainDisplay),
    ],
)
def test_the_display_suits_the_stream(terminal: bool, options: dict[str, bool], kind: type) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal, _environ={"TERM": "xterm"})
    with show_progress(console, **options) as display:
        assert type(display) is kind


def test_a_dumb_terminal_gets_lines() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    with show_progress(console) as display:
        assert type(display) is PlainDisplay


def test_events_arrive_only_while_the_block_runs() -> None:
    console = Console(file=io.StringIO())
    with show_progress(console):
        announce.on_stage("inside")
    announce.on_stage("outside")
    assert console.file.getvalue() == "inside\n"  # type: ignore[attr-defined]


def test_warnings_become_lines_once() -> None:
    console = Console(file=io.StringIO(), width=200)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        before = warnings.showwarning
        with show_progress(console):
            announce.on_warning("mind the step")
            warnings.warn("mind the step", TrainwrightWarning, stacklevel=1)
            warnings.warn("mind the gap", TrainwrightWarning, stacklevel=1)
        assert warnings.showwarning is before
    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert written == "warning: mind the step\nwarning: mind the gap\n"


def test_notes_become_lines() -> None:
    console = Console(file=io.StringIO(), width=200)
    with show_progress(console):
        announce.on_note("nothing [red]much[/red]")
    assert console.file.getvalue() == "note: nothing [red]much[/red]\n"  # type: ignore[attr-defined]


def test_all_is_restored_after_an_error() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "xterm"})
    before = sys.stdout, sys.stderr, warnings.showwarning
    with pytest.raises(ZeroDivisionError), show_progress(console):
        raise ZeroDivisionError
    assert (sys.stdout, sys.stderr, warnings.showwarning) == before


def test_progress_goes_to_stderr_and_results_to_stdout() -> None:
    done = run_python(capture_output=True)
    assert done.stderr == "loading\n"
    assert done.stdout == "printed by the user\nwritten by native code\na result\n"


def test_a_pipe_that_nobody_reads_does_not_stop_a_run() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = run_python(stdout=subprocess.PIPE, stderr=writer)
    os.close(writer)
    assert done.stdout.endswith("a result\n")


def test_a_closed_standard_error_does_not_stop_a_run(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SOURCE))
    command = f"{sys.executable} {script} 2>&-"
    done = subprocess.run(
        command, shell=True, text=True, stdout=subprocess.PIPE, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout.endswith("a result\n")


def test_progress_is_shown_while_the_descriptor_is_caught(tmp_path: Path) -> None:
    source = """
        from trainwright.events import announce
        from trainwright.progress import show_progress
        from trainwright.quiet import filtered_stderr
        import os
        with show_progress(), filtered_stderr():
            announce.on_stage("first")
            os.write(2, b"second\\n")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == "first\nsecond\n"
