"""A transform function with features of each kind, some of them not given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.transform import TFTransformOutput


class Transform(tf.Module):
    """Has the function that TF Transform saves."""

    @tf.function(
        input_signature=[
            {
                "dense": tf.TensorSpec([None, 2], tf.float32),
                "ragged": tf.RaggedTensorSpec([None, None], tf.int64),
                "sparse": tf.SparseTensorSpec([None, None], tf.string),
            }
        ]
    )
    def transform_fn(self, inputs: Any) -> Any:
        dense, ragged, sparse = inputs["dense"], inputs["ragged"], inputs["sparse"]
        filled = tf.sparse.to_dense(sparse, "?")
        return {
            "both": tf.reduce_sum(dense, 1) + tf.cast(tf.reduce_sum(ragged, 1), tf.float32),
            "dense_xf": dense * 2,
            "lengths": ragged.row_lengths(),
            "ragged_xf": ragged + 1,
            "sparse_xf": tf.sparse.from_dense(filled),
            "words": filled,
        }


@pytest.fixture(scope="module", params=["as traced", "as a tf.function"])
def output(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TFTransformOutput:
    folder: Path = tmp_path_factory.mktemp("transform")
    model = Transform()
    if request.param == "as traced":
        model.transform_fn = model.transform_fn.get_concrete_function()
    tf.saved_model.save(model, str(folder / "transform_fn"))
    return TFTransformOutput(folder)


FEATURES = {
    "dense": lambda: tf.constant([[1.0, 2.0], [3.0, 4.0]]),
    "ragged": lambda: tf.ragged.constant([[1, 2], []], dtype=tf.int64),
    "sparse": lambda: tf.sparse.from_dense([["a", ""], ["", "b"]]),
}


def test_all_features(output: TFTransformOutput) -> None:
    got = output.transform_raw_features({name: make() for name, make in FEATURES.items()})
    np.testing.assert_array_equal(got["both"], [6, 7])
    np.testing.assert_array_equal(got["dense_xf"], [[2, 4], [6, 8]])
    np.testing.assert_array_equal(got["lengths"], [2, 0])
    assert got["ragged_xf"].to_list() == [[2, 3], []]
    assert tf.sparse.to_dense(got["sparse_xf"]).numpy().tolist() == [[b"a", b"?"], [b"?", b"b"]]
    assert got["words"].numpy().tolist() == [[b"a", b"?"], [b"?", b"b"]]


@pytest.mark.parametrize(
    ("given", "computed"),
    [
        ("dense", ["dense_xf"]),
        ("ragged", ["lengths", "ragged_xf"]),
        ("sparse", ["sparse_xf", "words"]),
        ("dense ragged", ["both", "dense_xf", "lengths", "ragged_xf"]),
    ],
)
def test_some_features(output: TFTransformOutput, given: str, computed: list[str]) -> None:
    got = output.transform_raw_features({name: FEATURES[name]() for name in given.split()})
    assert sorted(got) == computed
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        results = output.transform_raw_features({name: FEATURES[name]() for name in given.split()})
        session.run(results)


def test_it_is_loaded_once_per_graph(output: TFTransformOutput) -> None:
    assert output.load_transform_graph() is output.load_transform_graph()
    with tf.Graph().as_default():
        first = output.load_transform_graph()
        assert first is output.load_transform_graph()
    with tf.Graph().as_default():
        assert output.load_transform_graph() is not first
