from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright import estimator as tfe

TRAIN, EVAL, PREDICT = tfe.ModeKeys.TRAIN, tfe.ModeKeys.EVAL, tfe.ModeKeys.PREDICT


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def one():
    return tf.constant(1.0)


def test_defaults():
    loss = one()
    spec = tfe.EstimatorSpec(TRAIN, loss=loss, train_op=loss)
    assert (spec.mode, spec.predictions, spec.eval_metric_ops) == (TRAIN, {}, {})
    assert spec.export_outputs is None
    assert spec.training_hooks == spec.evaluation_hooks == spec.prediction_hooks == ()
    assert isinstance(spec.scaffold, tf.compat.v1.train.Scaffold)


def test_a_loss_of_one_element_becomes_a_scalar():
    spec = tfe.EstimatorSpec(TRAIN, loss=tf.constant([1.0]), train_op=one())
    assert spec.loss.shape == ()


def test_a_single_export_output_is_the_default_signature():
    output = tfe.export.PredictOutput(one())
    spec = tfe.EstimatorSpec(PREDICT, predictions={"a": one()}, export_outputs={"a": output})
    assert spec.export_outputs == {"a": output, "serving_default": output}


def test_predictions_are_the_default_export_output():
    prediction = one()
    spec = tfe.EstimatorSpec(PREDICT, predictions={"a": prediction})
    assert spec.export_outputs["serving_default"].outputs == {"a": prediction}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (lambda: {"mode": TRAIN}, ValueError, "missing loss"),
        (lambda: {"mode": TRAIN, "loss": one()}, ValueError, "missing train_op"),
        (lambda: {"mode": EVAL}, ValueError, "missing loss"),
        (lambda: {"mode": PREDICT}, ValueError, "missing predictions"),
        (lambda: {"mode": EVAL, "loss": tf.constant([1.0, 2.0])}, ValueError, r"shape \(2,\)"),
        (lambda: {"mode": EVAL, "loss": 1.0}, TypeError, r"loss must be a Tensor\. Got 1\.0"),
        (lambda: {"mode": TRAIN, "loss": one(), "train_op": 1}, TypeError, "train_op must be"),
        (
            lambda: {"mode": PREDICT, "predictions": {"a": 1}},
            TypeError,
            r"predictions\['a'\] must be a Tensor",
        ),
        (
            lambda: {"mode": EVAL, "loss": one(), "eval_metric_ops": [1]},
            TypeError,
            "eval_metric_ops must be a dict",
        ),
        (
            lambda: {"mode": EVAL, "loss": one(), "eval_metric_ops": {"a": (one(),)}},
            TypeError,
            r"eval_metric_ops\['a'\] must be a pair",
        ),
        (
            lambda: {"mode": PREDICT, "predictions": one(), "export_outputs": 1},
            TypeError,
            "export_outputs must be a dict",
        ),
        (
            lambda: {"mode": PREDICT, "predictions": one(), "export_outputs": {"a": 1}},
            TypeError,
            r"export_outputs\['a'\] must be an ExportOutput",
        ),
        (
            lambda: {
                "mode": PREDICT,
                "predictions": one(),
                "export_outputs": {n: tfe.export.PredictOutput(one()) for n in "ab"},
            },
            ValueError,
            "name the default one 'serving_default'",
        ),
        (
            lambda: {"mode": EVAL, "loss": one(), "training_hooks": [1]},
            TypeError,
            "training_hooks must be SessionRunHooks",
        ),
        (lambda: {"mode": EVAL, "loss": one(), "scaffold": 1}, TypeError, "scaffold must be"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        tfe.EstimatorSpec(**arguments())


def test_a_tensor_of_another_graph():
    loss = one()
    with tf.Graph().as_default(), pytest.raises(ValueError, match="belongs to another graph"):
        tfe.EstimatorSpec(TRAIN, loss=loss, train_op=loss)


def test_a_loss_of_a_batch_of_unknown_size():
    with tf.Graph().as_default():
        loss = tf.compat.v1.placeholder(tf.float32, [None, 1])
        spec = tfe.EstimatorSpec(tfe.ModeKeys.EVAL, loss=loss)
        assert spec.loss.shape.rank == 0


def test_predictions_may_be_an_empty_dict():
    assert tfe.EstimatorSpec(PREDICT, predictions={}).predictions == {}
