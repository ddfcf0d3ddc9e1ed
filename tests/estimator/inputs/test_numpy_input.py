from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.compat import v1 as tfe
from trainwright.estimator.inputs import numpy_input_fn

v1 = tf.compat.v1
X = {"a": np.arange(6), "b": np.arange(12.0).reshape(6, 2)}
Y = np.arange(6)


def read(input_fn: Any, seed: int | None = None) -> list[Any]:
    """All batches of an input that ends."""
    batches = []
    with tf.Graph().as_default():
        if seed is not None:
            v1.set_random_seed(seed)
        given = input_fn()
        with v1.Session() as session:
            while True:
                try:
                    batches.append(session.run(given))
                except tf.errors.OutOfRangeError:
                    return batches


def order_of(input_fn: Any, seed: int | None = None) -> list[int]:
    return [int(row) for batch in read(input_fn, seed) for row in batch[0]["a"]]


@pytest.mark.parametrize("shuffle", [None, 1, "yes"])
def test_shuffle_must_be_given(shuffle: Any) -> None:
    with pytest.raises(ValueError, match=r"shuffle must be given, as True .* or False\. Got"):
        numpy_input_fn(X, Y, shuffle=shuffle)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, r"batch_size must be an int in the range \[1, inf\). Got 0"),
        ({"batch_size": 2.0}, "batch_size must be an int"),
        ({"num_epochs": -1}, r"num_epochs must be an int in the range \[0, inf\), or None"),
        ({"num_epochs": "1"}, "num_epochs must be an int"),
    ],
)
def test_batches_must_have_a_size_and_epochs_a_number(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        numpy_input_fn(X, Y, shuffle=False, **options)


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        ([1, 2], None, TypeError, "x must be a dict of numpy arrays, or one. Got list"),
        (None, None, TypeError, "Got NoneType"),
        ({}, None, ValueError, "x must not be an empty dict"),
        (X, {}, ValueError, "y must not be an empty dict. Leave it out"),
        (X, [1, 2], TypeError, "y must be a dict of numpy arrays"),
        ({"a": [1, 2]}, None, TypeError, r"x\['a'\] must be a numpy array. Got \[1, 2\]"),
        ({"a": tf.zeros([2])}, None, TypeError, r"x\['a'\] must be a numpy array"),
        (X, {"a": Y, "q": Y}, ValueError, "must not be in both x and y. Got 'a'"),
        (X, Y[:3], ValueError, r"same length.*x\['a'\] \(6,\), x\['b'\] \(6, 2\), y \(3,\)"),
        ({"a": np.zeros([0, 2])}, None, ValueError, "There are no examples"),
        ({"a": np.array(3)}, None, ValueError, r"x\['a'\] must have a first dimension"),
        ({"a": np.array(["2020-01-01"], "M8[D]")}, None, TypeError, "which is no dtype of tensors"),
        ({"a": np.array(["x", None])}, None, TypeError, "strings only. Got None as value 1"),
    ],
)
def test_wrong_data_is_told_when_it_is_read(x: Any, y: Any, error: Any, message: str) -> None:
    input_fn = numpy_input_fn(x, y, shuffle=False)
    with tf.Graph().as_default(), pytest.raises(error, match=message):
        input_fn()


def test_shuffling_keeps_rows_together_and_epochs_apart() -> None:
    input_fn = numpy_input_fn(X, Y, batch_size=4, num_epochs=5, shuffle=True)
    batches = read(input_fn)
    rows = [int(row) for batch in batches for row in batch[0]["a"]]
    assert all(sorted(rows[epoch * 6 : epoch * 6 + 6]) == list(range(6)) for epoch in range(5))
    assert [len(batch[1]) for batch in batches] == [4] * 7 + [2]
    for features, labels in batches:
        np.testing.assert_array_equal(features["a"], labels)
        np.testing.assert_array_equal(features["b"][:, 0], labels * 2)


def test_the_graph_s_seed_determines_the_order() -> None:
    input_fn = numpy_input_fn(X, Y, num_epochs=8, shuffle=True)
    assert order_of(input_fn, seed=1) == order_of(input_fn, seed=1)
    assert order_of(input_fn, seed=1) != order_of(input_fn, seed=2)
    assert order_of(input_fn) != order_of(input_fn)


def test_two_inputs_of_one_graph_have_different_orders() -> None:
    input_fn = numpy_input_fn(X, Y, num_epochs=8, shuffle=True)
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(1)
        first, second = session.run([input_fn()[1], input_fn()[1]])
    assert first.tolist() != second.tolist()


def test_the_graph_does_not_hold_the_data() -> None:
    with tf.Graph().as_default() as graph:
        numpy_input_fn({"a": np.zeros([1000, 1000])}, shuffle=False)()
        assert graph.as_graph_def().ByteSize() < 10_000


def test_an_estimator_trains_evaluates_and_predicts(tmp_path: Path) -> None:
    x = {"x": np.array([1.0, 2.0, 3.0, 4.0])}
    y = 2 * x["x"] + 1
    model = tfe.LinearRegressor(
        [tf.feature_column.numeric_column("x")], str(tmp_path), optimizer="Adagrad"
    )
    model.train(numpy_input_fn(x, y, 2, num_epochs=None, shuffle=True), steps=300)
    results = model.evaluate(numpy_input_fn(x, y, 2, shuffle=False))
    assert results["average_loss"] < 0.1
    assert results["loss"] == pytest.approx(2 * results["average_loss"], rel=1e-4)
    predicted = list(model.predict(numpy_input_fn(x, batch_size=3, shuffle=False)))
    assert len(predicted) == 4
