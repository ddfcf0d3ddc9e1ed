from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright.estimator.export import receivers
from trainwright.estimator.export.receivers import ServingInputReceiver, TensorServingInputReceiver

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def test_single_tensors_get_names():
    tensor = tf.constant([1.0])
    receiver = ServingInputReceiver(tensor, tensor, {"other": tensor})
    assert receiver == ({"feature": tensor}, {"input": tensor}, {"other": {"input": tensor}})


def test_a_bare_feature_stays_bare():
    tensor = tf.constant([1.0])
    assert TensorServingInputReceiver(tensor, tensor).features is tensor


def test_sparse_and_ragged_features():
    sparse = tf.sparse.from_dense([[1]])
    ragged = tf.ragged.constant([[1]])
    receiver = ServingInputReceiver({"s": sparse, "r": ragged}, tf.constant(["a"]))
    assert set(receiver.features) == {"s", "r"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda t: ServingInputReceiver(None, t), "features must be given"),
        (lambda t: ServingInputReceiver(t, None), "receiver_tensors must be given"),
        (lambda t: ServingInputReceiver({"a": 1}, t), r"features\['a'\] must be a Tensor"),
        (lambda t: ServingInputReceiver({"a": t}, {"b": 1}), r"receiver_tensors\['b'\] must be"),
        (lambda t: ServingInputReceiver({"a": t}, t, 1), "alternatives must be a dict. Got 1"),
        (lambda t: TensorServingInputReceiver({"a": t}, t), "features must be a Tensor"),
        (lambda t: TensorServingInputReceiver(None, t), "features must be given"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make(tf.constant([1.0]))


def test_parsing_receiver():
    receiver = receivers.build_parsing_serving_input_receiver_fn(
        {"x": tf.io.FixedLenFeature([2], tf.float32)}, default_batch_size=3
    )()
    (name,) = receiver.receiver_tensors
    placeholder = receiver.receiver_tensors[name]
    assert (name, placeholder.op.name) == ("examples", "input_example_tensor")
    assert placeholder.shape.as_list() == [3]
    assert receiver.features["x"].shape.as_list() == [3, 2]


def test_raw_receiver():
    features = {"x": v1.placeholder(tf.float32, [7, 2], name="x")}
    receiver = receivers.build_raw_serving_input_receiver_fn(features)()
    assert receiver.receiver_tensors["x"].shape.as_list() == [None, 2]
    assert receiver.features == receiver.receiver_tensors


def test_raw_receiver_of_eager_tensors():
    with tf.init_scope():
        features = {"x": tf.constant([[1.0, 2.0]])}
    receiver = receivers.build_raw_serving_input_receiver_fn(features, 4)()
    assert receiver.receiver_tensors["x"].shape.as_list() == [4, 2]


def test_raw_supervised_receiver():
    receiver = receivers.build_raw_supervised_input_receiver_fn(
        {"x": tf.constant([[1.0]])}, tf.constant([1])
    )()
    assert set(receiver.receiver_tensors) == {"x", "label"}
    assert receiver.labels is receiver.receiver_tensors["label"]
    tensors = {"x": tf.constant([1.0])}
    with pytest.raises(ValueError, match="must not share names. Both have: x"):
        receivers.build_raw_supervised_input_receiver_fn(tensors, tensors)


def test_raw_receivers_of_one_tensor_and_of_scalars():
    supervised = receivers.build_raw_supervised_input_receiver_fn(
        tf.constant([[1.0]]), tf.constant(1)
    )()
    assert set(supervised.receiver_tensors) == {"input", "label"}
    assert supervised.features is supervised.receiver_tensors["input"]
    assert supervised.features.shape.as_list() == [None, 1]
    assert supervised.labels.shape.as_list() == [None]
    anything = tf.compat.v1.placeholder(tf.float32)
    receiver = receivers.build_raw_serving_input_receiver_fn({"x": anything}, 3)()
    assert receiver.features["x"].shape.rank is None


def test_names_of_receiver_tensors_are_strings():
    with pytest.raises(ValueError, match="must be strings. Got 1 instead"):
        receivers.ServingInputReceiver({"x": tf.constant([1.0])}, {1: tf.constant(["a"])})
