"""Tables for people and for pipes.

A terminal gets colours, and columns left out where it is too narrow for them. Anything else gets
the same columns in full, as plain text. What a table shows is data: never markup, and never
a control sequence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import click
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from trainwright.cli.text import printable

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
        return max(cell_len(text) for text in (self.heading, *(cell.shown for cell in self.cells)))

    @property
    def heading(self) -> str:
        """Its title, safe to print."""
        return printable(self.title)


def is_terminal() -> bool:
    """Whether a person is looking at standard output."""
    return sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of text that there is room for; as good as unlimited in a pipe."""
    return Console(file=sys.stdout).width if is_terminal() else _UNLIMITED


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
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column in kept:
        table.add_column(
            Text(column.heading),
            justify="right" if column.right else "left",
            overflow="fold",
            min_width=column.width,
        )
    for cells in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*(Text(cell.shown, style=cell.style) for cell in cells))
    _render(table)


def show_sections(title: str, state: Cell, sections: Mapping[str, Rows]) -> None:
    """Prints a heading and, below it, named groups of labels and texts; empty groups are left out.

    Line breaks in texts are kept.
    """
    heading = Text.assemble((title, "bold"), "  ", (state.text, state.style))
    parts: list[RenderableType] = [heading]
    for name, rows in sections.items():
        if rows:
            parts += [Text(f"\n{name}", style="bold")] if name else []
            parts.append(_pairs(rows))
    _render(*parts)


def show_lines(*renderables: RenderableType) -> None:
    """Prints texts and trees, one below the other."""
    _render(*renderables)


def _pairs(rows: Rows) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False)
    widest = _WIDEST_LABEL if is_terminal() else None
    table.add_column(min_width=_NARROWEST_LABEL, max_width=widest, overflow="fold")
    table.add_column(overflow="fold")
    for label, text in rows:
        shown = Text(printable(text, keep="\n").rstrip("\n"))
        table.add_row(Text(printable(label), style="dim"), shown)
    return table


def _render(*renderables: RenderableType) -> None:
    """Prints what rich can draw, without trailing blanks."""
    console = Console(file=sys.stdout, width=terminal_width(), highlight=False, emoji=False)
    with console.capture() as capture:
        console.print(*renderables, sep="\n")
    for line in capture.get().splitlines():
        click.echo(line.rstrip())
