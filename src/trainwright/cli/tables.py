"""Tables for people and for pipes.

A terminal gets colours, and columns left out where it is too narrow for them. Anything else gets
the same columns in full, as plain text; rich, which takes longer to import than most runs take to
list, is not needed for that. What a table shows is data: never markup, and never a control
sequence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from trainwright.cli.text import cell_width, printable

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "Cell",
    "Column",
    "fit",
    "is_terminal",
    "show_lines",
    "show_sections",
    "show_table",
    "terminal_width",
]

_UNLIMITED = 100_000
_GAP = 2
_NARROWEST_LABEL, _WIDEST_LABEL = 14, 30

Rows = Sequence[tuple[str, str]]
"""Labels and texts."""


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table, and how."""

    text: str = ""
    style: str = ""

    @property
    def shown(self) -> str:
        """The text, safe to print."""
        return printable(self.text)


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: its heading.
        cells: from top to bottom.
        right: whether it is aligned to the right, as numbers are.
        rank: columns of higher rank are left out first where a terminal is narrow; 0 never is.
    """

    title: str
    cells: Sequence[Cell]
    right: bool = False
    rank: int = 0

    @property
    def width(self) -> int:
        """Terminal cells that it needs."""
        return max(
            cell_width(text) for text in (self.heading, *(cell.shown for cell in self.cells))
        )

    @property
    def heading(self) -> str:
        """Its title, safe to print."""
        return printable(self.title)


def is_terminal() -> bool:
    """Whether a person is looking at standard output."""
    return sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of text that there is room for; as good as unlimited in a pipe."""
    if not is_terminal():
        return _UNLIMITED
    from rich.console import Console

    return Console(file=sys.stdout).width


def fit(columns: Iterable[Column], width: int) -> list[Column]:
    """The columns that fit beside each other, in their order, least important left out first.

    Optional columns without any text are left out anyway.

    Example:
        >>> columns = [Column("id", [Cell("1")]), Column("note", [Cell("a long note")], rank=1)]
        >>> [column.title for column in fit(columns, 10)]
        ['id']
    """
    kept = [column for column in columns if not column.rank or any(c.text for c in column.cells)]
    while sum(column.width + _GAP for column in kept) - _GAP > width:
        worst = max(kept, key=lambda column: column.rank)
        if worst.rank == 0:
            break
        kept.remove(worst)
    return kept


def show_table(columns: Iterable[Column]) -> None:
    """Prints the columns that the output has room for."""
    kept = fit(columns, terminal_width())
    if is_terminal():
        from trainwright.cli.drawing import table

        show_lines(table(kept, _GAP))
        return
    rows = [[column.heading for column in kept]]
    rows += [[cell.shown for cell in cells] for cells in zip(*(c.cells for c in kept), strict=True)]
    widths = [column.width for column in kept]
    for row in rows:
        sides = zip(row, widths, (column.right for column in kept), strict=True)
        _print_line((" " * _GAP).join(_padded(text, width, right) for text, width, right in sides))


def show_sections(title: str, state: Cell, sections: Mapping[str, Rows]) -> None:
    """Prints a heading and, below it, named groups of labels and texts; empty groups are left out.

    Line breaks in texts are kept.
    """
    shown = {
        name: [(printable(label), printable(text, keep="\n").rstrip("\n")) for label, text in rows]
        for name, rows in sections.items()
        if rows
    }
    if is_terminal():
        from trainwright.cli.drawing import sections as drawn

        bounds = (_NARROWEST_LABEL, _WIDEST_LABEL)
        show_lines(*drawn(title, (state.text, state.style), shown, bounds, _GAP))
        return
    _print_line(f"{title}  {state.text}")
    for name, rows in shown.items():
        for line in ("", name) if name else ():
            _print_line(line)
        width = max(_NARROWEST_LABEL, *(cell_width(label) for label, _ in rows))
        for label, text in rows:
            for index, line in enumerate(text.split("\n")):
                start = _padded("" if index else label, width, right=False)
                _print_line(f"{start}{' ' * _GAP}{line}")


def show_lines(*renderables: RenderableType) -> None:
    """Prints what rich can draw, one below the other, without trailing blanks."""
    from rich.console import Console

    console = Console(file=sys.stdout, width=terminal_width(), highlight=False, emoji=False)
    with console.capture() as capture:
        console.print(*renderables, sep="\n")
    for line in capture.get().splitlines():
        _print_line(line)


def _padded(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - cell_width(text))
    return f"{blanks}{text}" if right else f"{text}{blanks}"


def _print_line(line: str) -> None:
    click.echo(line.rstrip())
