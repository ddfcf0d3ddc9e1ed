from __future__ import annotations

import math
from pathlib import Path

from trainwright.report.curves import Curve, read_recordings


def points(folder: Path) -> dict[tuple[str, str], dict[int, float]]:
    found = read_recordings(folder).curves
    return {(one.name, one.source): dict(one.points) for one in found}


def test_a_run_that_left_nothing(tmp_path: Path) -> None:
    assert read_recordings(tmp_path).curves == []


def test_sources_are_called_what_people_call_them(tmp_path: Path, make) -> None:
    places = {
        "Format-Serving": "training",
        "Format-Serving/eval": "evaluation",
        "Format-Serving/eval_recent days": "evaluation recent days",
        "logs/validation": "logs/validation",
    }
    for place in places:
        make.write_events(tmp_path / place / "events.out.tfevents.1", [make.event(1, {"loss": 1})])
    assert {source for _, source in points(tmp_path)} == set(places.values())


def test_of_a_step_that_was_done_twice_the_newer_value_counts(tmp_path: Path, make) -> None:
    for number, loss in ((1, 0.5), (2, 0.25)):
        events = [make.event(10 * number, {"loss": loss}), make.event(20, {"loss": loss})]
        make.write_events(tmp_path / f"events.out.tfevents.{number}", events)
    assert points(tmp_path) == {("loss", "training"): {10: 0.5, 20: 0.25}}


def test_progress_and_event_files_make_one_curve(tmp_path: Path, make) -> None:
    make.write_events(tmp_path / "events.out.tfevents.1", [make.event(5, {"loss": 0.5})])
    lines = [
        '{"step": 9, "loss": 0.25, "examples_per_second": 70}',
        "[1]",
        '{"step": "x"}',
        '{"ste',
    ]
    (tmp_path / "progress.jsonl").write_text("\n".join(lines))
    assert points(tmp_path) == {
        ("loss", "training"): {5: 0.5, 9: 0.25},
        ("examples/s", "training"): {9: 70.0},
    }


def test_the_newest_counts_of_each_head(tmp_path: Path, make) -> None:
    rows = [[2.0, 0.0]] * 6
    events = [
        make.curve_event(1, "pr_curve/late", [[1.0, 0.0]] * 6),
        make.curve_event(2, "pr_curve/late", rows),
        make.curve_event(2, "pr_curve", rows),
    ]
    make.write_events(tmp_path / "eval" / "events.out.tfevents.1", events)
    counts = read_recordings(tmp_path).counts
    assert counts == {"evaluation, late": [2.0, 0.0] * 6, "evaluation": [2.0, 0.0] * 6}


def test_long_curves_are_thinned_and_keep_their_end() -> None:
    curve = Curve("loss", "training", {step: float(step) for step in range(12345)})
    thinned = curve.thinned()
    assert len(thinned) <= 1001
    assert (thinned[0], thinned[-1]) == ((0, 0.0), (12344, 12344.0))


def test_what_is_not_finite_is_a_gap() -> None:
    curve = Curve("loss", "training", {1: 1.0, 2: math.nan, 3: math.inf})
    assert curve.thinned() == [(1, 1.0), (2, None), (3, None)]
