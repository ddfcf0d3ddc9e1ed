"""Tables as rich draws them: with colours, and folded where a terminal is too narrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from trainwright.cli.tables import Column

__all__ = ["sections", "table"]


def table(columns: Sequence[Column], gap: int) -> Table:
    """Columns beside each other.

    Args:
        columns: which ones.
        gap: blanks between them.
    """
    drawn = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for column in columns:
        drawn.add_column(
            Text(column.heading),
            justify="right" if column.right else "left",
            overflow="fold",
            min_width=column.width,
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        drawn.add_row(*(Text(cell.shown, style=cell.style) for cell in cells))
    return drawn


def sections(
    title: str,
    state: tuple[str, str],
    groups: Mapping[str, Sequence[tuple[str, str]]],
    label_widths: tuple[int, int],
    gap: int,
) -> list[RenderableType]:
    """A heading, and groups of labels and texts.

    Args:
        title: the heading.
        state: a text beside it, and its style.
        groups: labels and texts, all safe to print, by the name of their group.
        label_widths: the narrowest and the widest column of labels.
        gap: blanks between labels and texts.
    """
    parts: list[RenderableType] = [Text.assemble((title, "bold"), "  ", state)]
    for name, rows in groups.items():
        parts += [Text(f"\n{name}", style="bold")] if name else []
        parts.append(_pairs(rows, label_widths, gap))
    return parts


def _pairs(rows: Sequence[tuple[str, str]], label_widths: tuple[int, int], gap: int) -> Table:
    drawn = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), show_header=False)
    narrowest, widest = label_widths
    drawn.add_column(min_width=narrowest, max_width=widest, overflow="fold")
    drawn.add_column(overflow="fold")
    for label, text in rows:
        drawn.add_row(Text(label, style="dim"), Text(text))
    return drawn
