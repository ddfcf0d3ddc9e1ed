"""Tables of what was measured, on the terminal and in ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Measured", "Part", "machine", "write_results"]

_RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass
class Measured:
    """One quantity, on several sides.

    Attributes:
        name: what was measured.
        unit: its unit; of seconds and megabytes less is better, of rates more.
        values: side -> a value for each round. The first side is ours.
        goal: what is aimed at, in words.
    """

    name: str
    unit: str
    values: dict[str, list[float]]
    goal: str = ""

    def rows(self) -> list[str]:
        """Lines of a Markdown table."""
        ours, *others = self.values
        mine = statistics.median(self.values[ours])
        lines = [self._row(self.name, ours, self.values[ours], "", self.goal)]
        for side in others:
            theirs = statistics.median(self.values[side])
            ratio = mine / theirs if self.unit.endswith("/s") else theirs / mine
            lines.append(self._row("", side, self.values[side], f"{ratio:.2f}", ""))
        return lines

    def _row(self, name: str, side: str, values: Sequence[float], ratio: str, goal: str) -> str:
        middle = number(statistics.median(values))
        spread = f"{number(min(values))} to {number(max(values))}"
        return f"| {name} | {side} | {middle} {self.unit} | {spread} | {ratio} | {goal} |"


@dataclass
class Part:
    """What belongs in one table.

    Attributes:
        title: the table's.
        notes: sentences above it.
        measured: its quantities.
    """

    title: str
    notes: str = ""
    measured: list[Measured] = field(default_factory=list)

    def markdown(self) -> str:
        """The heading and the table."""
        head = "| | side | median | spread | ours is better by | goal |\n|---|---|---|---|---|---|"
        rows = "\n".join(row for measured in self.measured for row in measured.rows())
        notes = f"{self.notes}\n\n" if self.notes else ""
        return f"## {self.title}\n\n{notes}{head}\n{rows}\n"


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine() -> str:
    """What it runs on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores of {model}, {platform.system()}, load {load:.1f} before"


def write_results(parts: Mapping[str, Part], how: str, before: str) -> None:
    """Replaces the file where all parts were measured; else those parts of it."""
    today = datetime.date.today().isoformat()
    kept = _sections() if _RESULTS.exists() else {}
    for part in parts.values():
        stamp = f"Measured {today} ({how}; {before})."
        kept[part.title] = part.markdown().replace("\n\n", f"\n\n{stamp}\n\n", 1)
    head = "# Benchmarks\n\nWritten by `make bench`. Sides take turns; ratios are of medians.\n"
    _RESULTS.write_text("\n".join([head, *kept.values()]))


def _sections() -> dict[str, str]:
    _, *sections = _RESULTS.read_text().split("\n## ")
    return {text.partition("\n")[0]: f"## {text.rstrip()}\n" for text in sections}
