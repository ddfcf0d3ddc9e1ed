"""Programs as people wrote them for tf.estimator and tf.keras, but for the import."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from trainwright import estimator as tf_estimator

v1 = tf.compat.v1


def make_model() -> Any:
    return tf.keras.models.Sequential(
        [
            tf.keras.layers.Dense(8, activation="relu", kernel_regularizer="l2"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Dropout(0.1),
            tf.keras.layers.Dense(3, name="logits"),
        ]
    )


def my_model_fn(features: Any, labels: Any, mode: str) -> Any:
    """With losses, updates, metrics and the optimizer of Keras."""
    model = make_model()
    training = mode == tf_estimator.ModeKeys.TRAIN
    predictions = model(features, training=training)
    if mode == tf_estimator.ModeKeys.PREDICT:
        return tf_estimator.EstimatorSpec(mode=mode, predictions=predictions)
    loss_obj = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    reg_losses = model.get_losses_for(None) + model.get_losses_for(features)
    total_loss = loss_obj(labels, predictions) + tf.math.add_n(reg_losses)
    accuracy_obj = tf.keras.metrics.Accuracy(name="acc_obj")
    accuracy_obj.update_state(y_true=labels, y_pred=tf.math.argmax(predictions, axis=1))
    train_op = None
    if training:
        optimizer = tf.keras.optimizers.Adam(0.05)
        optimizer.iterations = v1.train.get_or_create_global_step()
        update_ops = model.get_updates_for(None) + model.get_updates_for(features)
        minimize_op = optimizer.get_updates(total_loss, model.trainable_variables)[0]
        train_op = tf.group(minimize_op, *update_ops)
    return tf_estimator.EstimatorSpec(
        mode=mode,
        predictions=predictions,
        loss=total_loss,
        train_op=train_op,
        eval_metric_ops={"Accuracy": accuracy_obj},
    )


def my_v1_model_fn(features: Any, labels: Any, mode: str) -> Any:
    """With metrics and the optimizer of TensorFlow 1."""
    model = make_model()
    predictions = model(features, training=mode == tf_estimator.ModeKeys.TRAIN)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=predictions)
    )
    total_loss = loss + tf.add_n(model.losses)
    accuracy = v1.metrics.accuracy(labels=labels, predictions=tf.math.argmax(predictions, axis=1))
    minimize_op = v1.train.AdamOptimizer(0.05).minimize(
        total_loss,
        var_list=model.trainable_variables,
        global_step=v1.train.get_or_create_global_step(),
    )
    train_op = tf.group(minimize_op, model.get_updates_for(features))
    return tf_estimator.EstimatorSpec(
        mode=mode, loss=total_loss, train_op=train_op, eval_metric_ops={"Accuracy": accuracy}
    )


def flowers() -> Any:
    """Three classes that lie apart."""
    random = np.random.RandomState(0)
    labels = random.randint(0, 3, size=[120])
    features = random.normal(size=[120, 4]) + 3 * np.eye(4)[labels]
    return features.astype(np.float32), labels


def input_fn() -> Any:
    return tf.data.Dataset.from_tensor_slices(flowers()).batch(24)


def learns(model_fn: Any) -> dict[str, Any]:
    estimator = tf_estimator.Estimator(model_fn, config=tf_estimator.RunConfig(tf_random_seed=1))
    estimator.train(lambda: input_fn().repeat(), max_steps=60)
    results: dict[str, Any] = estimator.evaluate(input_fn)
    return results


def test_a_model_fn_with_keras_objects_learns() -> None:
    results = learns(my_model_fn)
    assert results["global_step"] == 60
    assert results["Accuracy"] > 0.8


def test_a_model_fn_with_keras_layers_and_v1_optimizers_learns() -> None:
    assert learns(my_v1_model_fn)["Accuracy"] > 0.8


def test_a_keras_model_becomes_an_estimator_that_learns() -> None:
    """The features are called after the first layer, as Keras called its input then."""
    model = tf.keras.models.Sequential(
        [
            tf.keras.Input([4]),
            tf.keras.layers.Dense(16, activation="relu", name="dense"),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(3, name="logits"),
        ]
    )
    model.compile(
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="adam",
        metrics=["accuracy"],
    )
    estimator = tf_estimator.keras.model_to_estimator(keras_model=model)

    def named_input_fn() -> Any:
        return input_fn().map(lambda features, labels: ({"dense_input": features}, labels))

    estimator.train(lambda: named_input_fn().repeat(), steps=200)
    assert estimator.evaluate(named_input_fn, steps=5)["accuracy"] > 0.8
