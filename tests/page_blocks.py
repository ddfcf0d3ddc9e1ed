"""The fenced blocks of a page of documentation, and how to run them.

A block of ``python`` or ``console`` runs as a test, in the order of the page, unless the comment
before it says otherwise: ``<!-- not run: why -->``, or ``<!-- tested: tests/test_x.py -->`` where
another test runs it. A page that has ``<!-- continues: other.md -->`` runs in the directory in
which the other one has run.

In a console block, lines after ``$`` are commands, and the lines below each what it prints:
``...`` stands for anything.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Block", "blocks_of", "commands_of", "continued_page", "run_page"]

_FENCED = re.compile(
    r"(?:<!-- (?P<mark>not run|tested): (?P<why>[^\n]*?) -->\n+)?"
    r"^```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^```$",
    re.S | re.M,
)


class Block(NamedTuple):
    """One fenced block.

    Attributes:
        language: ``python``, ``console``, ...
        text: its lines.
        mark: ``"not run"``, ``"tested"``, or empty.
        why: what the mark says.
    """

    language: str
    text: str
    mark: str
    why: str


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return [
        Block(found["language"], found["text"], found["mark"] or "", found["why"] or "")
        for found in _FENCED.finditer(page.read_text())
    ]


def continued_page(page: Path) -> Path | None:
    """The page in whose directory this one runs, None for one of its own."""
    found = re.search(r"<!-- continues: (\S+) -->", page.read_text())
    return page.parent / found[1] if found else None


def commands_of(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what it is to print."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        lines = part.splitlines()
        end = next(n for n, line in enumerate(lines, start=1) if not line.endswith("\\"))
        yield "\n".join(lines[:end]), "\n".join(lines[end:])


def run_page(page: Path, folder: Path) -> None:
    """Runs the blocks of a page, one after the other.

    Args:
        page: the page.
        folder: where to run them.

    Raises:
        AssertionError: one fails, or prints something else.
    """
    program: list[str] = []
    for block in blocks_of(page):
        if block.mark:
            continue
        if block.language == "python":
            program.append(block.text)
        elif block.language == "console":
            _run_python(program, folder)
            program.clear()
            for command, expected in commands_of(block.text):
                _compare(command, expected, _run(["bash", "-c", _ours(command)], command, folder))
    _run_python(program, folder)


def _run_python(program: list[str], folder: Path) -> None:
    if program:
        _run([sys.executable, "-c", "\n".join(program)], "the page's Python", folder)


def _ours(command: str) -> str:
    """The command, by the Python of this process."""
    ours = f"{shlex.quote(sys.executable)} -m trainwright "
    return re.sub(r"^trainwright ", lambda _: ours, command)


def _run(arguments: list[str], name: str, folder: Path) -> str:
    done = subprocess.run(
        arguments,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{name}\n{done.stdout}"
    return done.stdout


def _compare(command: str, expected: str, printed: str) -> None:
    """A line of dots alone stands for any lines, or none; dots in a line for any of its text."""
    if not expected.strip():
        return
    lines = [
        r"(?:.*\n)*?"
        if line == "..."
        else ".*".join(re.escape(piece) for piece in line.rstrip().split("...")) + r" *\n"
        for line in expected.strip("\n").splitlines()
    ]
    assert re.fullmatch("".join(lines), printed.rstrip() + "\n"), (
        f"{command}\nprints\n{printed}\nwhere the page has\n{expected}"
    )
