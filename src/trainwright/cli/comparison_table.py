"""Runs side by side, on a terminal or in a pipe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from trainwright.cli.comparison import Row
from trainwright.cli.run_views import state_style
from trainwright.cli.tables import show_lines, terminal_width
from trainwright.cli.text import ago, number, printable
from trainwright.lineage import RunRecord

__all__ = ["show_comparison"]

_NARROWEST_VALUE = 14
_WIDEST_NAME = 30
_LONGEST_VALUE = 300
_GAP = 2


def show_comparison(runs: Sequence[RunRecord], rows: Sequence[Row]) -> None:
    """Prints a column for each run; where that is too narrow, the values below each other."""
    longest = max((cell_len(printable(row.name)) for row in rows), default=0)
    name_width = min(longest, _WIDEST_NAME)
    room = (terminal_width() - name_width) // len(runs) - _GAP
    if room >= _NARROWEST_VALUE:
        show_lines(_table(runs, rows, name_width if longest > _WIDEST_NAME else None))
    else:
        show_lines(*_stacked(runs, rows))


def _table(runs: Sequence[RunRecord], rows: Sequence[Row], name_width: int | None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    bounded = None if terminal_width() > 1000 else name_width
    table.add_column(Text(""), overflow="fold", max_width=bounded)
    for run in runs:
        table.add_column(_heading(run), overflow="fold", min_width=_NARROWEST_VALUE)
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            table.add_row("")
            table.add_row(Text(section.capitalize(), style="bold"))
        table.add_row(Text(printable(row.name), style="dim"), *_values(row))
    if not rows:
        table.add_row(Text("no difference", style="dim"))
    return table


def _stacked(runs: Sequence[RunRecord], rows: Sequence[Row]) -> list[Text]:
    lines: list[Text] = []
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines.append(Text(f"\n{section.capitalize()}", style="bold"))
        lines.append(Text(printable(row.name), style="dim"))
        for run, value in zip(runs, _values(row), strict=True):
            lines.append(Text.assemble(f"  run {run.execution.id}  ", value))
    return lines


def _heading(run: RunRecord) -> Text:
    record = run.execution
    state = (record.state.name, state_style(record.state))
    return Text.assemble(
        (f"run {record.id}", "bold"), " ", state, f"\n{ago(record.created_ms)} ago"
    )


def _values(row: Row) -> list[Text]:
    style = "bold" if row.differs else ""
    return [
        Text("-", style="dim") if value is None else Text(_shown(row, value), style=style)
        for value in row.values
    ]


def _shown(row: Row, value: Any) -> str:
    if isinstance(value, float) and row.section in ("metrics", "times"):
        return number(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = printable(re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b", r"\1", str(value)))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
