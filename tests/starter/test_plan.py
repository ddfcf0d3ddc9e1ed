from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from trainwright.data.infer_schema import infer_schema
from trainwright.data.statistics import dataset_statistics
from trainwright.errors import InvalidArgumentError
from trainwright.starter import ModulePlan, plan_module

RANDOM = np.random.default_rng(3)
ROWS = 400
COLUMNS: dict[str, Any] = {
    "late": RANDOM.integers(0, 2, ROWS),
    "fare": RANDOM.normal(10, 2, ROWS),
    "miles": pa.array([None if n % 7 == 0 else float(n) for n in range(ROWS)]),
    "when": RANDOM.integers(1_500_000_000, 1_600_000_000, ROWS),
    "hour": RANDOM.integers(0, 24, ROWS),
    "id": np.arange(ROWS),
    "driver_id": RANDOM.integers(10_000, 90_000, ROWS),
    "city": RANDOM.choice(["Oslo", "Rome", "Bern"], ROWS),
    "street": RANDOM.choice([f"street {n}" for n in range(300)], ROWS),
    "token": [f"token {n}" for n in range(ROWS)],
    "tags": pa.array([["a", "b"][: n % 3] for n in range(ROWS)]),
    "path": pa.array([[1.0] * (n % 3) for n in range(ROWS)]),
    "same": [5.0] * ROWS,
    "country": ["NO"] * ROWS,
    "of space": RANDOM.choice(["a", "b"], ROWS),
    "truth": RANDOM.integers(0, 2, ROWS).astype(float),
    "share": np.r_[0.0, 1.0, RANDOM.uniform(0, 1, ROWS - 2)],
    "grade": RANDOM.choice(["good", "bad", "ugly"], ROWS),
}


def plan_of(label: str, statistics: bool = True, columns: Any = None) -> ModulePlan:
    columns = columns or COLUMNS
    known = dataset_statistics(columns) if statistics else None
    return plan_module(infer_schema(columns), label, known)


def test_each_column_finds_its_place() -> None:
    plan = plan_of("late")

    assert sorted(plan.numbers) == ["fare", "miles", "share", "truth", "when"]
    assert plan.numbers["fare"].mean == pytest.approx(10, abs=0.5)
    assert plan.numbers["when"].whole
    assert len(plan.numbers["when"].boundaries) == 9
    assert plan.identities == {"hour": 24}
    assert sorted(plan.vocabularies) == ["city", "grade", "tags"]
    assert plan.lists == ["tags"]
    assert 400 <= plan.hashed["street"] <= 2_000
    assert list(plan.hashed_integers) == ["driver_id"]
    assert sorted(plan.left_out) == ["country", "id", "of space", "path", "same", "token"]


def test_without_statistics_the_schema_tells() -> None:
    plan = plan_of("late", statistics=False)

    assert plan.numbers["fare"].deviation == 1.0
    assert 1_500_000_000 < plan.numbers["when"].mean < 1_600_000_000
    assert plan.hashed["token"] == 20_000


@pytest.mark.parametrize(
    ("label", "kind", "classes", "vocabulary"),
    [
        ("late", "binary", 2, None),
        ("hour", "classes", 24, None),
        ("grade", "classes", 3, ["bad", "good", "ugly"]),
        ("fare", "number", 0, None),
        ("when", "number", 0, None),
        ("truth", "binary", 2, None),
        ("share", "number", 0, None),
    ],
)
def test_what_the_label_asks_for(
    label: str, kind: str, classes: int, vocabulary: list[str] | None
) -> None:
    found = plan_of(label).label

    assert (found.kind, found.classes, found.vocabulary) == (kind, classes, vocabulary)


@pytest.mark.parametrize(
    ("label", "columns", "message"),
    [
        ("lat", None, "no column 'lat'"),
        ("token", None, "'token' is text of 400 different values, for which the schema has no dom"),
        ("country", None, "'country' is always 'NO': there is nothing to predict"),
        ("same", None, "'same' is always 5"),
        ("x", {"x": [0, 0], "y": [2.0, 1.0]}, "'x' is always 0"),
        ("miles", None, "'miles' has no value in 58 of 400 examples"),
        ("x", {"x": [0.5, float("inf")], "y": [2.0, 1.0]}, "'x' has values from 0.5 to inf"),
        ("x", {"x": [0, 1], "same": [2.0, 2.0]}, "no column to predict 'x' from"),
    ],
)
def test_labels_that_cannot_be_predicted(label: str, columns: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        plan_of(label, columns=columns)


def test_numbers_to_predict_have_a_scale() -> None:
    label = plan_of("when").label
    assert label.mean == pytest.approx(1_550_000_000, rel=0.01)
    assert label.deviation == pytest.approx(1e8 / 12**0.5, rel=0.1)
    assert (plan_of("when", statistics=False).label.deviation) == 1.0


def test_features_that_are_too_large_to_be_numbers_of_a_model() -> None:
    columns = {
        "y": [0, 1, 0, 1],
        "wide": [1.0, float("inf"), 2.0, 3.0],
        "large": np.array([2**63 - 4, 2**63 - 3, 2**63 - 2, 2**63 - 1]),
        "x": [1.0, 2.0, 3.0, 4.0],
    }
    plan = plan_of("y", columns=columns)
    assert plan.left_out == {
        "wide": "has infinite values: choose what to do with them",
        "large": "always about 9.22337e+18: as text, perhaps",
    }
    assert list(plan.numbers) == ["x"]
