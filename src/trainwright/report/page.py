"""The page: facts in, one HTML document out, with nothing to load from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from trainwright.report import formats
from trainwright.report.charts import curve_charts, evaluated_once, quality_charts, speed_charts
from trainwright.report.curves import INPUT_WAIT
from trainwright.report.facts import RunFacts
from trainwright.report.feature_shapes import Shapes
from trainwright.report.words import as_list, as_mapping, summarize
from trainwright.version import __version__

__all__ = ["Difference", "render"]

_TELLING = ("auc", "accuracy", "average_loss", "loss")
_ENVIRONMENT = ("version/", "process/", "git/", "executor", "output_root")
_NOT_SHOWN = ("process/machine", "process/start")
_KNOWN = (
    *(*_ENVIRONMENT, "cache/", "output_files/", "export/", "last_checkpoint", "metric/", "error_"),
    *("stage_seconds", "warnings", "final_step", "train_seconds", "evaluate_seconds"),
    *("examples_per_second", "kept_checkpoints", "workspace", "resumed_"),
    *("examples_seen", "input_ended_at", "skipped_records"),
)


class Difference(NamedTuple):
    """In what runs differ.

    Attributes:
        section: such as ``properties``.
        name: the thing.
        values: one for each run; None where it has none.
    """

    section: str
    name: str
    values: Sequence[Any]


def render(runs: Sequence[RunFacts], differences: Sequence[Difference] = ()) -> str:
    """The page of one run, or of several side by side.

    Args:
        runs: in the order in which they are to appear; at least one.
        differences: of several runs.

    Returns:
        An HTML document. It runs no script but its own, and loads nothing.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("trainwright.report"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: formats.plain(value) if type(value) is str else value,
    )
    for name in ("byte_size", "count", "duration", "moment", "number", "percent"):
        environment.filters[name] = getattr(formats, name)
    sources = {name: _source(environment, name) for name in ("style.css", "script.js")}
    script = hashlib.sha256(sources["script.js"].encode()).digest()
    curves, others = curve_charts(runs)
    curves, single = evaluated_once(curves)
    groups = {
        "curves": curves,
        "others": others,
        "speed": speed_charts(runs),
        "quality": quality_charts(runs),
    }
    return environment.get_template("report.html.jinja").render(
        views=[_view(facts) for facts in runs],
        several=len(runs) > 1,
        differences=differences,
        groups=groups,
        single=single,
        charts=_embedded(groups),
        style=jinja2_markup(sources["style.css"]),
        script=jinja2_markup(sources["script.js"]),
        script_hash=base64.b64encode(script).decode(),
        shapes=Shapes,
        version=__version__,
    )


def jinja2_markup(text: str) -> Any:
    """Text that goes into the page as it is: a file of this package, or JSON without markup."""
    from markupsafe import Markup

    return Markup(text)


def _source(environment: Any, name: str) -> str:
    return str(environment.loader.get_source(environment, name)[0])


def _embedded(groups: Any) -> Any:
    """JSON that is safe within a script element: without the characters that could end it."""
    text = json.dumps(_plain(groups), allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return jinja2_markup(text)


def _plain(value: Any) -> Any:
    """The same with all strings made plain."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return formats.plain(value) if isinstance(value, str) else value


def _view(facts: RunFacts) -> dict[str, Any]:
    """What the template needs of a run besides its facts."""
    record = facts.run.execution
    properties = record.properties
    return {
        "facts": facts,
        "record": record,
        "sentences": summarize(facts),
        "figures": _figures(facts),
        "times": _times(facts),
        "waited": _waited(facts),
        "warnings": [str(one) for one in as_list(properties, "warnings")],
        "environment": _rows(properties, _ENVIRONMENT),
        "properties": {
            name: _text(value)
            for name, value in sorted(properties.items())
            if not name.startswith(_KNOWN)
        },
    }


def _figures(facts: RunFacts) -> list[tuple[str, str]]:
    """The few numbers to see at a glance: label, value."""
    record = facts.run.execution
    found = [
        (name, formats.number(record.metrics[name])) for name in _TELLING if name in record.metrics
    ]
    figures = found[:3]
    speed = record.properties.get("examples_per_second")
    if isinstance(speed, (int, float)):
        figures.append(("examples/s", f"{speed:,.0f}"))
    if facts.model is not None and facts.model.parameters:
        figures.append(("parameters", f"{facts.model.parameters:,}"))
    if record.duration_seconds is not None:
        figures.append(("took", formats.duration(record.duration_seconds)))
    return figures


def _times(facts: RunFacts) -> list[tuple[str, float]]:
    """What the run's time went into, in seconds: stages, training, evaluation, the rest."""
    record = facts.run.execution
    named = {"training": "train_seconds", "evaluating": "evaluate_seconds"}
    found = {
        str(name): float(seconds)
        for name, seconds in as_mapping(record.properties, "stage_seconds").items()
        if isinstance(seconds, (int, float))
    }
    for label, name in named.items():
        seconds = record.properties.get(name)
        if isinstance(seconds, (int, float)):
            found[label] = float(seconds)
    if record.duration_seconds is not None and found:
        found["everything else"] = max(0.0, record.duration_seconds - sum(found.values()))
    return [(name, seconds) for name, seconds in found.items() if seconds >= 0.05]


def _waited(facts: RunFacts) -> float | None:
    """The share of its time that training waited for its input; None where it is not known."""
    shares = [
        share for curve in facts.recordings.named(INPUT_WAIT) for share in curve.points.values()
    ]
    return sum(shares) / len(shares) if shares else None


def _rows(properties: Any, prefixes: tuple[str, ...]) -> dict[str, str]:
    return {
        name.rpartition("/")[2]: _text(value)
        for name, value in sorted(properties.items())
        if name.startswith(prefixes) and name not in _NOT_SHOWN
    }


def _text(value: Any) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)
