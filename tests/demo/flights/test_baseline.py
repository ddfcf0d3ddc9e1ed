from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from trainwright.demo.flights import baseline
from trainwright.demo.flights.baseline import baselines, logistic_regression, majority_class
from trainwright.errors import DataError, InvalidArgumentError


def test_the_majority_is_not_late(flights: pa.Table) -> None:
    metrics = majority_class(flights)

    assert metrics["auc"] == 0.5
    assert metrics["accuracy"] == pytest.approx(0.764, abs=0.001)
    assert metrics["log_loss"] == pytest.approx(0.546, abs=0.001)


def test_a_logistic_regression_is_better(some_flights: pa.Table) -> None:
    metrics = logistic_regression(some_flights)

    assert 0.65 < metrics["auc"] < 0.8
    assert metrics["log_loss"] < majority_class(some_flights)["log_loss"]


@pytest.mark.slow
def test_a_logistic_regression_of_all_flights(flights: pa.Table) -> None:
    assert logistic_regression(flights)["auc"] == pytest.approx(0.767, abs=0.003)


@pytest.mark.slow
def test_without_the_date_it_is_worse(flights: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "_CATEGORIES", ["carrier", "origin", "dest"])

    assert logistic_regression(flights)["auc"] == pytest.approx(0.70, abs=0.015)


def test_measures_once(
    tmp_path: Path, some_flights: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "read_flights", lambda: some_flights)
    first = baselines(tmp_path)
    monkeypatch.setattr(baseline, "read_flights", _must_not_be_called)

    assert baselines(tmp_path) == first
    assert list(first) == ["majority class", "logistic regression"]


def _must_not_be_called() -> Any:
    raise AssertionError


@pytest.mark.parametrize("contents", ["", "[]", "{}", json.dumps({"recipe": 0, "metrics": {}})])
def test_measures_again_what_it_cannot_use(
    tmp_path: Path, some_flights: pa.Table, monkeypatch: pytest.MonkeyPatch, contents: str
) -> None:
    (tmp_path / "baselines.json").write_text(contents)
    monkeypatch.setattr(baseline, "read_flights", lambda: some_flights)
    monkeypatch.setattr(baseline, "logistic_regression", majority_class)

    assert baselines(tmp_path)["logistic regression"]["auc"] == 0.5


def test_scikit_learn_is_to_be_installed(
    some_flights: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(DataError, match=r"needs scikit-learn.*trainwright\[demo\]"):
        logistic_regression(some_flights)


def test_a_directory_that_cannot_be_written(
    tmp_path: Path, some_flights: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(baseline, "read_flights", lambda: some_flights)
    monkeypatch.setattr(baseline, "logistic_regression", majority_class)

    with pytest.raises(InvalidArgumentError, match="cannot be written"):
        baselines(tmp_path / "file")
