"""What the page's script draws: charts as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainwright.report.curves import INPUT_WAIT, TRAINING, Curve
from trainwright.report.facts import RunFacts
from trainwright.report.quality import Quality

__all__ = ["curve_charts", "evaluated_once", "quality_charts", "speed_charts"]

_SPEEDS = {"examples/s": "examples per second", "steps/s": "steps per second"}
_OLD_SPEED = "global_step/sec"
_RANKED = ("loss", "auc", "accuracy", "auc_precision_recall", "precision", "recall", "average_loss")
Chart = dict[str, Any]


def curve_charts(runs: Sequence[RunFacts]) -> tuple[list[Chart], list[Chart]]:
    """Charts of loss and metrics, and those of what else training has recorded."""
    names = dict.fromkeys(curve.name for facts in runs for curve in facts.recordings.curves)
    main: list[Chart] = []
    others: list[Chart] = []
    for name in names:
        if name in (*_SPEEDS, _OLD_SPEED, INPUT_WAIT):
            continue
        chart = _chart(runs, name)
        evaluated = any(series["source"] != TRAINING for series in chart["series"])
        (main if evaluated or name == "loss" else others).append(chart)
    return sorted(main, key=_rank), others


def evaluated_once(charts: Sequence[Chart]) -> tuple[list[Chart], list[Chart]]:
    """Charts that have something to draw, and those with single values, to be told in a table."""
    single = [one for one in charts if all(len(line["points"]) < 2 for line in one["series"])]
    return [chart for chart in charts if chart not in single], single


def _rank(chart: Chart) -> tuple[int, str]:
    name = str(chart["title"])
    return (_RANKED.index(name) if name in _RANKED else len(_RANKED), name)


def _chart(runs: Sequence[RunFacts], name: str, title: str = "") -> Chart:
    series = [
        _series(facts, place, curve, several=len(runs) > 1)
        for place, facts in enumerate(runs)
        for curve in facts.recordings.named(name)
    ]
    return {"title": title or name, "x": "step", "series": series, "log": True, "smooth": True}


def _series(facts: RunFacts, place: int, curve: Curve, *, several: bool) -> Chart:
    """One line; of several runs each has a colour, of one run each source has."""
    run = f"run {facts.run.execution.id}"
    sources = list(dict.fromkeys(one.source for one in facts.recordings.curves))
    sources.sort(key=lambda source: source != TRAINING)
    own = sources.index(curve.source)
    return {
        "name": f"{run} {curve.source}" if several else curve.source,
        "source": curve.source,
        "color": place if several else own,
        "dash": own if several else 0,
        "points": curve.thinned(),
    }


def speed_charts(runs: Sequence[RunFacts]) -> list[Chart]:
    """Charts of throughput, and of how much of their time steps waited for their input."""
    waits = {**_chart(runs, INPUT_WAIT, "share of time waiting for input"), "zero": True}
    waiting = [{**waits, "log": False}] if _has_curve(waits) else []
    for name, title in (*_SPEEDS.items(), (_OLD_SPEED, _SPEEDS["steps/s"])):
        chart = _chart(runs, name, title)
        if _has_curve(chart):
            return [{**chart, "zero": True, "log": False}, *waiting]
    return waiting


def _has_curve(chart: Chart) -> bool:
    return any(len(series["points"]) > 1 for series in chart["series"])


def quality_charts(runs: Sequence[RunFacts]) -> list[Chart]:
    """ROC, precision and recall, calibration."""
    measured = [
        (_quality_name(facts, source, several=len(runs) > 1), quality)
        for facts in runs
        for source, quality in facts.quality.items()
    ]
    if not measured:
        return []
    square = {"xDomain": [0, 1], "yDomain": [0, 1], "square": True}
    diagonal = [[0, 0], [1, 1]]
    return [
        {
            **{"title": "ROC", "x": "false positive rate", "y": "true positive rate"},
            **square,
            "guide": {"name": "chance", "points": diagonal},
            "series": _lines(measured, _roc),
        },
        {
            **{"title": "Precision and recall", "x": "recall", "y": "precision"},
            **square,
            "series": _lines(measured, _precision_recall),
        },
        {
            **{"title": "Calibration", "x": "mean score", "y": "share of positives"},
            **square,
            "guide": {"name": "perfectly calibrated", "points": diagonal},
            "series": _lines(measured, _calibration),
            "markers": True,
        },
        {
            "title": "Examples by score",
            **{"x": "score", "y": "examples", "xDomain": [0, 1], "zero": True, "log": True},
            "markers": True,
            "series": _lines(measured, _scores),
        },
    ]


def _quality_name(facts: RunFacts, source: str, *, several: bool) -> str:
    return f"run {facts.run.execution.id} {source}" if several else source


def _lines(measured: Sequence[tuple[str, Quality]], points: Any) -> list[Chart]:
    return [
        {"name": name, "color": place, "dash": 0, **points(quality)}
        for place, (name, quality) in enumerate(measured)
    ]


def _roc(quality: Quality) -> Chart:
    return _by_threshold(quality, quality.fall_out, quality.recall)


def _precision_recall(quality: Quality) -> Chart:
    return _by_threshold(quality, quality.recall, quality.precision)


def _by_threshold(quality: Quality, x: Sequence[float], y: Sequence[float | None]) -> Chart:
    """Points from the highest threshold to the lowest, each with its threshold as a note."""
    rows = [
        (a, b, f"threshold {threshold:.3f}")
        for a, b, threshold in zip(x, y, quality.thresholds, strict=True)
        if b is not None
    ][::-1]
    return {"points": [[a, b] for a, b, _ in rows], "notes": [note for *_, note in rows]}


def _calibration(quality: Quality) -> Chart:
    return {
        "points": [[one.score, one.rate] for one in quality.bins],
        "notes": [f"{one.count:,.0f} examples" for one in quality.bins],
    }


def _scores(quality: Quality) -> Chart:
    return {
        "points": [[(one.low + one.high) / 2, one.count] for one in quality.bins],
        "notes": [f"scores {one.low:.2f} to {one.high:.2f}" for one in quality.bins],
    }
