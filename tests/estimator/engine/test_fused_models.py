"""Models of all kinds: both loops come to the same variables, summaries and checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe

v1 = tf.compat.v1
fc = tf.feature_column
DRAW = np.random.RandomState(0)
NUMBERS = DRAW.rand(160, 1).astype(np.float32)
NAMES = np.array([[f"name {index % 20}"] for index in range(160)])
SEQUENCES = DRAW.randint(0, 10, [160, 5])
LABELS = (DRAW.rand(160, 1) > 0.5).astype(np.int64)
SUMMARIES = [1, 10, 19, 28, 37, 46]
"""Steps of the summaries of a training of 51 steps, every 9."""
Maker = Callable[[str, Any], Any]


def examples(batch: int = 16, epochs: int = 7) -> Callable[[], Any]:
    """Ten batches an epoch."""
    features = {"a": NUMBERS, "c": NAMES}
    return lambda: (
        tf.data.Dataset.from_tensor_slices((features, LABELS)).batch(batch).repeat(epochs)
    )


def only_a() -> Any:
    return examples()().map(lambda features, labels: ({"a": features["a"]}, labels))


def without_labels() -> Any:
    return examples()().map(lambda features, labels: {"a": features["a"]})


def sequences() -> Any:
    dataset = tf.data.Dataset.from_tensor_slices((SEQUENCES, LABELS)).batch(16).repeat(7)
    return dataset.map(lambda ids, labels: ({"t": tf.sparse.from_dense(ids)}, labels))


def columns() -> tuple[Any, Any]:
    names = fc.categorical_column_with_vocabulary_list("c", [f"name {i}" for i in range(15)])
    return names, [fc.numeric_column("a"), fc.embedding_column(names, 4)]


def combined(model_dir: str, config: Any) -> Any:
    names, deep = columns()
    return tfe.DNNLinearCombinedClassifier(
        linear_feature_columns=[names],
        dnn_feature_columns=deep,
        dnn_hidden_units=[8, 4],
        dnn_dropout=0.2,
        batch_norm=True,
        model_dir=model_dir,
        config=config,
    )


def older_combined(model_dir: str, config: Any) -> Any:
    names, deep = columns()
    return tfe.compat.v1.DNNLinearCombinedClassifier(
        linear_feature_columns=[names],
        dnn_feature_columns=deep,
        dnn_hidden_units=[8],
        model_dir=model_dir,
        config=config,
    )


def recurrent(model_dir: str, config: Any) -> Any:
    ids = fc.sequence_categorical_column_with_identity("t", 10)
    embedding = fc.embedding_column(ids, 4)
    return tfe.experimental.RNNClassifier(
        [embedding], units=[4], model_dir=model_dir, config=config
    )


def clusters(model_dir: str, config: Any) -> Any:
    return tfe.experimental.KMeans(
        3, model_dir=model_dir, config=config, seed=1, use_mini_batch=True
    )


def keras_model(model_dir: str, config: Any) -> Any:
    layers = tf.keras.layers
    given = tf.keras.Input((1,), name="a")
    hidden = layers.Dropout(0.2)(layers.Dense(4, activation="relu", name="hidden")(given))
    model = tf.keras.Model({"a": given}, layers.Dense(1, name="out")(hidden))
    model.compile(optimizer="adam", loss="mse")
    model.set_weights([np.full_like(weights, 0.1) for weights in model.get_weights()])
    return tfe.model_to_estimator(keras_model=model, model_dir=model_dir, config=config)


def custom(network: Callable[[Any, bool], Any]) -> Maker:
    """An Estimator around a function from ``[batch, 4]`` and is-training to ``[batch, 1]``."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        points = tf.concat([features["a"]] * 4, 1)
        output = network(points, mode == tfe.ModeKeys.TRAIN)
        loss = tf.reduce_mean((output - tf.cast(labels, tf.float32)) ** 2)
        optimizer = v1.train.AdamOptimizer(0.01)
        with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
            train_op = optimizer.minimize(loss, v1.train.get_global_step())
        return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)

    return lambda model_dir, config: tfe.Estimator(model_fn, model_dir, config)


def variables_and_control_flow(points: Any, training: bool) -> Any:
    """Old variables, moving averages, dropout, a loop, a branch, Python and a summary."""
    weights = v1.get_variable("weights", [4, 1])
    average = v1.get_variable("average", [], trainable=False)
    update = average.assign(average * 0.9 + 0.1 * tf.reduce_mean(points))
    v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
    v1.summary.histogram("weights", weights)
    v1.summary.scalar("mean", tf.reduce_mean(points))
    output = tf.nn.dropout(points, rate=0.4) @ weights
    output = v1.cond(tf.reduce_mean(points) > 0.5, lambda: output * 2.0, lambda: output)
    _, output = v1.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 1.1), [0, output])
    return output + v1.py_func(lambda: np.float32(1.0), [], tf.float32)


def layers_of(keras: Any) -> Callable[[Any, bool], Any]:
    def network(points: Any, training: bool) -> Any:
        start = keras.initializers.GlorotUniform(3)
        hidden = keras.layers.Dense(8, kernel_initializer=start)(points)
        normal = keras.layers.BatchNormalization()
        hidden = normal(hidden, training=training)
        for update in getattr(normal, "updates", ()):
            v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
        hidden = keras.layers.Dropout(0.3, seed=3)(hidden, training=training)
        return keras.layers.Dense(1, kernel_initializer=start)(hidden)

    return network


def tf_keras_layers(points: Any, training: bool) -> Any:
    return layers_of(pytest.importorskip("tf_keras"))(points, training)


MODELS: dict[str, tuple[Maker, Callable[[], Any]]] = {
    "combined": (combined, examples()),
    "combined of compat.v1": (older_combined, examples()),
    "recurrent": (recurrent, sequences),
    "clusters": (clusters, without_labels),
    "Keras model": (keras_model, only_a),
    "variables": (custom(variables_and_control_flow), examples()),
    "Keras layers": (custom(layers_of(tf.keras)), examples()),
    "tf_keras layers": (custom(tf_keras_layers), examples()),
}


def trained_one_by_one(train: Any, make: Maker, input_fn: Callable[[], Any]) -> Any:
    """The training of single steps, again where TensorFlow's own hook mistook a step.

    It reads the global step beside the op that moves it. Where it reads late, it takes the step for
    the next one, and writes summaries one step early.
    """
    for _ in range(5):
        trained = train(make, input_fn, fused=False, steps=51)
        if [step for step, _ in trained.events] == SUMMARIES:
            break
    return trained


@pytest.mark.slow
@pytest.mark.parametrize(("make", "input_fn"), MODELS.values(), ids=MODELS)
def test_both_loops_do_the_same(train, make, input_fn):
    one_by_one = trained_one_by_one(train, make, input_fn)
    fused = train(make, input_fn, fused=True, steps=51)
    assert [step for step, _ in fused.events] == SUMMARIES
    for name, value in one_by_one.variables.items():
        if value.dtype.kind in "fiub":
            np.testing.assert_allclose(fused.variables[name], value, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(fused.variables[name], value)
    assert fused.variables.keys() == one_by_one.variables.keys()
    assert fused.events == one_by_one.events
    assert fused.watcher.checkpoints == one_by_one.watcher.checkpoints
    assert fused.watcher.steps[-1][:2] == one_by_one.watcher.steps[-1][:2]
    assert fused.watcher.examples == one_by_one.watcher.examples == 51 * 16
    assert len(fused.watcher.steps) < len(one_by_one.watcher.steps) == 51
