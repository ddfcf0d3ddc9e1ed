from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.inputs import pandas_input_fn

v1 = tf.compat.v1
pd: Any = pytest.importorskip("pandas", reason="needs pandas, which the extra demo installs")
FRAME = pd.DataFrame({"a": [1, 2, 3], "word": ["x", "y", "z"]}, index=[10, 11, 12])
LABELS = pd.Series([0, 1, 0], index=FRAME.index)


def first(input_fn: Any) -> Any:
    with tf.Graph().as_default(), v1.Session() as session:
        return session.run(input_fn())


def test_without_pandas_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        pandas_input_fn(FRAME, shuffle=False)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((FRAME, LABELS), {"shuffle": None}, ValueError, "shuffle must be given"),
        ((FRAME, LABELS), {"batch_size": 0}, ValueError, "batch_size must be an int"),
        ((FRAME, LABELS), {"target_column": 3}, TypeError, "target_column must be a string"),
        ((FRAME, LABELS), {"target_column": "a"}, ValueError, "must not be the name of a column"),
        (({"a": np.arange(3)},), {}, TypeError, "x must be a pandas DataFrame. Got dict"),
        ((LABELS,), {}, TypeError, "x must be a pandas DataFrame. Got Series"),
        ((FRAME[[]],), {}, ValueError, "x must have columns"),
        ((FRAME[["a", "a"]],), {}, ValueError, r"each of its own name. Got \['a', 'a'\]"),
        ((FRAME[:0],), {}, ValueError, "There are no examples"),
        ((FRAME, np.arange(3)), {}, TypeError, "y must be a pandas Series or DataFrame"),
        ((FRAME, [0, 1, 0]), {}, TypeError, "y must be a pandas Series or DataFrame"),
        ((FRAME, pd.Series([0, 1, 0])), {}, ValueError, "must have the same index"),
        ((FRAME, LABELS[:2]), {}, ValueError, "must have the same index"),
        ((FRAME.astype({"word": "category"}),), {}, TypeError, r"x\['word'\] has the dtype cat"),
        ((FRAME.astype({"a": "Int64"}),), {}, TypeError, r"x\['a'\] has the dtype Int64"),
        ((FRAME.astype({"a": "datetime64[ns]"}),), {}, TypeError, "which is no dtype of tensors"),
        ((FRAME.assign(word=["x", None, "z"]),), {}, TypeError, "as value 1 instead"),
        ((FRAME, LABELS.astype("category")), {}, TypeError, "y has the dtype category"),
    ],
)
def test_wrong_arguments_are_told_at_once(
    arguments: Any, options: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        pandas_input_fn(*arguments, **{"shuffle": False, **options})


@pytest.mark.parametrize("kind", ["string", "object"])
def test_strings_are_strings_however_they_are_kept(kind: str) -> None:
    features = first(pandas_input_fn(FRAME.astype({"word": kind}), shuffle=False))
    assert features["word"].tolist() == [b"x", b"y", b"z"]


def test_columns_that_come_and_go_later_do_not_matter() -> None:
    frame = FRAME.copy()
    input_fn = pandas_input_fn(frame, LABELS, shuffle=False)
    frame["late"] = LABELS
    frame.pop("a")
    features, labels = first(input_fn)
    assert sorted(features) == ["a", "word"]
    assert labels.tolist() == [0, 1, 0]


def test_shuffling_keeps_rows_together() -> None:
    features, labels = first(pandas_input_fn(FRAME, LABELS, num_epochs=3, shuffle=True))
    assert sorted(features["a"][:3].tolist()) == [1, 2, 3]
    np.testing.assert_array_equal(labels, features["a"] == 2)
