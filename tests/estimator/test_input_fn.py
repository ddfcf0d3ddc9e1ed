from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.input_fn import batch_size_of, call_input_fn

v1 = tf.compat.v1
TRAIN, PREDICT = tfe.ModeKeys.TRAIN, tfe.ModeKeys.PREDICT


def pairs():
    return tf.data.Dataset.from_tensor_slices(({"x": [1.0, 2.0]}, [3.0, 6.0])).batch(2)


def read(input_fn, mode=TRAIN):
    """What a session reads of the input: (features, labels, batch size)."""
    with tf.Graph().as_default():
        model_input = call_input_fn(input_fn, mode, {"p": 1}, "config")
        fetches = [model_input.features, model_input.batch_size()]
        if model_input.labels is not None:
            fetches.append(model_input.labels)
        hooks = model_input.hooks
        with v1.train.MonitoredSession(hooks=hooks) as session:
            features, size, *labels = session.run(fetches)
    return features, labels, size


def test_dataset_of_pairs():
    features, labels, size = read(pairs)
    np.testing.assert_array_equal(features["x"], [1.0, 2.0])
    np.testing.assert_array_equal(labels[0], [3.0, 6.0])
    assert size == 2


def test_labels_are_dropped_to_predict():
    _, labels, _ = read(pairs, PREDICT)
    assert labels == []


def test_v1_dataset_and_its_iterator():
    def one_shot():
        return v1.data.make_one_shot_iterator(v1.data.Dataset.range(3).batch(3)).get_next()

    features, _, size = read(one_shot)
    np.testing.assert_array_equal(features, [0, 1, 2])
    assert size == 3
    assert read(lambda: v1.data.make_one_shot_iterator(v1.data.Dataset.range(3).batch(2)))[2] == 2


def test_plain_tensors_and_pairs_of_them():
    assert read(lambda: {"x": tf.constant([1.0, 2.0, 3.0])})[2] == 3
    features, labels, _ = read(lambda: (tf.constant([1.0]), tf.constant([2.0])))
    assert (features.tolist(), labels[0].tolist()) == ([1.0], [2.0])
    assert read(lambda: [tf.constant([1.0]), tf.constant([2.0])])[1][0].tolist() == [2.0]


def test_arguments_by_name():
    seen = {}

    def input_fn(mode, params, config):
        seen.update(mode=mode, params=params, config=config)
        return pairs()

    read(input_fn)
    assert seen == {"mode": TRAIN, "params": {"p": 1}, "config": "config"}


def test_partial_functions_and_callable_objects():
    class Input:
        def __call__(self, params):
            return pairs().take(params["p"])

    def input_fn(rows, mode):
        del mode
        return pairs().unbatch().batch(rows)

    assert read(Input())[2] == 2
    assert read(functools.partial(input_fn, 1))[2] == 1
    assert read(functools.partial(input_fn, rows=1))[2] == 1


def test_a_tuple_that_is_no_pair():
    with pytest.raises(ValueError, match="must return features, or a pair.*Got 3 values"):
        read(lambda: (tf.constant([1]), tf.constant([2]), tf.constant([3])))


def test_input_is_placed_on_the_cpu():
    with tf.Graph().as_default(), tf.device("/device:GPU:0"):
        model_input = call_input_fn(lambda: tf.constant([1.0]), TRAIN, {}, None)
    assert "CPU:0" in model_input.features.device


def test_batch_size_of_composite_tensors():
    with tf.Graph().as_default(), v1.Session() as session:
        sparse = tf.sparse.from_dense([[0, 1], [1, 0], [0, 0]])
        ragged = tf.ragged.constant([[1], [2, 3]])
        scalar = tf.constant(1)
        sizes = session.run([batch_size_of({"s": sparse}), batch_size_of([scalar, ragged])])
        assert batch_size_of(scalar) is None
    assert sizes == [3, 2]


def test_features_named_by_strings_and_numbers():
    with tf.Graph().as_default(), v1.Session() as session:
        features = {"x": tf.constant([1.0, 2.0]), 42: tf.constant([3.0, 4.0])}
        assert session.run(batch_size_of(features)) == 2
