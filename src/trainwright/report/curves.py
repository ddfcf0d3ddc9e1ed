"""Loss, metrics and speed by step, from what training has left in its directory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainwright.report.event_files import find_event_files, read_events
from trainwright.report.names import PROGRESS_FILE

__all__ = ["INPUT_WAIT", "TRAINING", "Curve", "Recordings", "read_recordings"]

TRAINING = "training"
INPUT_WAIT = "input wait"
_LAYOUT = ("Format-Serving", "serving_model_dir", ".")
_CURVE_PLUGIN = "pr_curves"
_MOST_POINTS = 1000
_RATES = {
    "examples_per_second": "examples/s",
    "steps_per_second": "steps/s",
    "input_wait": INPUT_WAIT,
}


@dataclass(frozen=True)
class Curve:
    """A number as it changed in the course of training.

    Attributes:
        name: what it is, such as ``auc``.
        source: who recorded it: ``training``, ``evaluation``, ``evaluation NAME``, a directory.
        points: step -> value, in the order of steps.
    """

    name: str
    source: str
    points: Mapping[int, float]

    def thinned(self) -> list[tuple[int, float | None]]:
        """At most some 1,000 of the points, the last among them; None where not finite."""
        points = list(self.points.items())
        stride = -(-len(points) // _MOST_POINTS)
        kept = points[:: max(1, stride)]
        if points and kept[-1] != points[-1]:
            kept.append(points[-1])
        return [(step, value if math.isfinite(value) else None) for step, value in kept]


@dataclass(frozen=True)
class Recordings:
    """What training has left.

    Attributes:
        curves: in a fixed order.
        counts: of the newest evaluation of each source with binary labels: true positives,
            false positives, true negatives and false negatives at each threshold, one after
            the other.
    """

    curves: list[Curve] = field(default_factory=list)
    counts: dict[str, list[float]] = field(default_factory=dict)

    def named(self, name: str) -> list[Curve]:
        """All curves of this name."""
        return [curve for curve in self.curves if curve.name == name]


def read_recordings(folder: Path) -> Recordings:
    """Reads the event files and the progress file below a directory.

    Args:
        folder: a ``model_run`` artifact, or any other.
    """
    points: dict[tuple[str, str], dict[int, float]] = {}
    counts: dict[str, list[float]] = {}
    for source, step, name, value in _progress(folder / PROGRESS_FILE):
        points.setdefault((name, source), {})[step] = value
    for place, paths in find_event_files(folder).items():
        source = _source(place)
        for path in paths:
            for event in read_events(path):
                if event.plugin == _CURVE_PLUGIN:
                    counts[_joined(source, event.tag)] = event.values
                elif len(event.values) == 1:
                    points.setdefault((event.tag, source), {})[event.step] = event.values[0]
    curves = [
        Curve(name, source, dict(sorted(found.items()))) for (name, source), found in points.items()
    ]
    return Recordings(sorted(curves, key=_order), counts)


def _order(curve: Curve) -> tuple[bool, str, bool, str]:
    return curve.name != "loss", curve.name, curve.source != TRAINING, curve.source


def _joined(source: str, tag: str) -> str:
    """The source, with the name of a head where there are several."""
    head = tag.partition("/")[2]
    return f"{source}, {head}" if head else source


def _source(place: str) -> str:
    """A directory as people call what is written there."""
    parts = [part for part in place.split("/") if part not in _LAYOUT]
    if not parts:
        return TRAINING
    first, _, rest = parts[-1].partition("_")
    if first == "eval":
        return f"evaluation {rest}".rstrip()
    return "/".join(parts)


def _progress(path: Path) -> Iterable[tuple[str, int, str, float]]:
    """Source, step, name and value of each number in a progress file; other lines are left out."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry: Any = json.loads(line)
        except ValueError:  # the last line of a run that was killed
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get("step"), int):
            continue
        for key, name in {"loss": "loss", **_RATES}.items():
            value = entry.get(key)
            if isinstance(value, (int, float)):
                yield TRAINING, entry["step"], name, float(value)
