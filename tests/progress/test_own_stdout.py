"""The standard output stream belongs to one writer."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from trainwright.progress import show_json_lines
from trainwright.progress.own_stdout import own_stdout

SOURCE = """
    import os, sys
    from trainwright.progress.own_stdout import own_stdout
    print("before")
    with own_stdout() as write:
        print("printed by the user")
        os.write(1, b"written by native code\\n")
        os.system("echo by a child")
        write("ours\\n")
    print("after")
"""


def test_everything_else_goes_to_standard_error() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SOURCE)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["before", "ours", "after"]
    assert set(done.stderr.splitlines()) == {
        "printed by the user",
        "written by native code",
        "by a child",
    }


def test_a_reader_that_has_gone_away_does_not_stop_a_run() -> None:
    reader = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.readline()"], stdin=subprocess.PIPE
    )
    code = "from trainwright.progress.own_stdout import own_stdout\nimport sys\n"
    code += "with own_stdout() as write:\n    for n in range(50000): write('x' * 80)\n"
    code += "print('done', file=sys.stderr)"
    with reader:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=reader.stdin,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "done" in done.stderr


def test_a_stream_in_memory(capsys: pytest.CaptureFixture[str]) -> None:
    with own_stdout() as write:
        sys.stdout.write("printed\n")
        write("ours\n")
    sys.stdout.write("after\n")
    captured = capsys.readouterr()
    assert captured.out == "ours\nafter\n"
    assert captured.err == "printed\n"


def test_an_error_is_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with show_json_lines() as lines:
            lines.on_stage("loading")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    out = capsys.readouterr().out.splitlines()
    assert '"event":"stage"' in out[0]
    assert '"message":"broken"' in out[-1]
