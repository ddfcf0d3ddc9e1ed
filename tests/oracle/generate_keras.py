"""Writes what ``model_to_estimator`` of TensorFlow 2.15 computes, for our own to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_keras.py tests/estimator/keras/expected.json

Small models of each kind are made into Estimators, trained from given weights on given batches,
evaluated and asked for predictions. The functions that make the models take the module ``keras``
as their argument: the tests call them with Keras 3.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

STEPS = 4
BATCH = 4


def make_inputs() -> dict[str, Any]:
    """Features and labels of all batches, ``[steps, batch, ...]``."""
    random = np.random.RandomState(3)
    vectors = random.normal(size=[STEPS, BATCH, 3]).round(2)
    return {
        "x": vectors.tolist(),
        "z": random.normal(size=[STEPS, BATCH, 2]).round(2).tolist(),
        "image": random.normal(size=[STEPS, BATCH, 4, 4, 1]).round(2).tolist(),
        "ids": random.randint(0, 5, size=[STEPS, BATCH, 3]).tolist(),
        "real": (vectors.sum(-1, keepdims=True) * 2 - 1).round(2).tolist(),
        "binary": random.randint(0, 2, size=[STEPS, BATCH, 1]).tolist(),
        "class": random.randint(0, 3, size=[STEPS, BATCH, 1]).tolist(),
        "weight": random.uniform(0.5, 2.0, size=[STEPS, BATCH]).round(2).tolist(),
    }


def sequential(keras: Any, optimizers: Any) -> Any:
    """Two dense layers."""
    hidden = keras.layers.Dense(3, activation="tanh", name="h")
    layers = [keras.Input([3], name="x"), hidden, keras.layers.Dense(1, name="o")]
    model = keras.Sequential(layers, name="seq")
    model.compile(optimizers.SGD(0.1), "mse", metrics=["mae", "mse"])
    return model


def unbuilt(keras: Any, optimizers: Any) -> Any:
    """A Sequential model that learns its input's shape when it is called."""
    model = keras.Sequential([keras.layers.Dense(2, name="h"), keras.layers.Dense(1, name="o")])
    model.compile(optimizers.SGD(0.1, momentum=0.9), "mae")
    model.build([None, 3])
    return model


def normalized(keras: Any, optimizers: Any) -> Any:
    """Batch normalization, whose moving averages training changes."""
    model = keras.Sequential(
        [
            keras.Input([3], name="x"),
            keras.layers.Dense(3, name="h"),
            keras.layers.BatchNormalization(momentum=0.8, name="bn"),
            keras.layers.Dropout(0.0, name="drop"),
            keras.layers.Dense(1, name="o"),
        ],
        name="seq",
    )
    model.compile(optimizers.Adam(0.05), "mse", metrics=["mae"])
    return model


def several(keras: Any, optimizers: Any) -> Any:
    """Two inputs, two outputs, weighted losses, metrics of each output."""
    x, z = keras.Input([3], name="x"), keras.Input([2], name="z")
    both = keras.layers.concatenate([keras.layers.Dense(2, name="dx")(x), z], name="cat")
    real = keras.layers.Dense(1, name="real")(both)
    kind = keras.layers.Dense(3, activation="softmax", name="class")(both)
    model = keras.Model([x, z], [real, kind], name="several")
    model.compile(
        optimizers.RMSprop(0.02),
        {"real": "mse", "class": "sparse_categorical_crossentropy"},
        loss_weights={"real": 0.5, "class": 2.0},
        metrics={"real": ["mae"], "class": ["accuracy"]},
    )
    return model


def regularized(keras: Any, optimizers: Any) -> Any:
    """A model in a model; regularization of weights and outputs, a constraint, a frozen layer."""
    inner = [
        keras.Input([3], name="inner_x"),
        keras.layers.Dense(2, name="i1", kernel_regularizer="l2"),
        keras.layers.Dense(2, name="i2", trainable=False),
    ]
    x = keras.Input([3], name="x")
    hidden = keras.Sequential(inner, name="inner")(x)
    output = keras.layers.Dense(
        1,
        name="o",
        activity_regularizer=keras.regularizers.L2(0.1),
        kernel_constraint=keras.constraints.NonNeg(),
    )(hidden)
    model = keras.Model(x, output, name="outer")
    model.compile(
        optimizers.Adagrad(0.1),
        keras.losses.Huber(),
        metrics=[keras.metrics.RootMeanSquaredError()],
    )
    return model


def recurrent(keras: Any, optimizers: Any) -> Any:
    """An embedding, whose gradients are sparse, and recurrent layers."""
    model = keras.Sequential(
        [
            keras.Input([3], name="ids"),
            keras.layers.Embedding(5, 2, name="embed"),
            keras.layers.LSTM(2, name="lstm", return_sequences=True),
            keras.layers.Bidirectional(keras.layers.GRU(2, name="gru"), name="both"),
            keras.layers.Dense(1, activation="sigmoid", name="o"),
        ],
        name="seq",
    )
    metrics = ["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.Precision(name="precision")]
    model.compile(optimizers.Adam(0.05, amsgrad=True), "binary_crossentropy", metrics=metrics)
    return model


def convolutional(keras: Any, optimizers: Any) -> Any:
    """Convolution, pooling and three classes."""
    model = keras.Sequential(
        [
            keras.Input([4, 4, 1], name="image"),
            keras.layers.Conv2D(2, 2, activation="relu", name="conv"),
            keras.layers.MaxPooling2D(2, name="pool"),
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(3, name="o"),
        ],
        name="seq",
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizers.Ftrl(0.1), loss, metrics=["accuracy"])
    return model


def shared(keras: Any, optimizers: Any) -> Any:
    """One layer applied to two inputs."""
    x, z = keras.Input([3], name="x"), keras.Input([3], name="z3")
    layer = keras.layers.Dense(2, name="shared", activation="relu")
    joined = keras.layers.add([layer(x), layer(z)], name="sum")
    model = keras.Model([x, z], keras.layers.Dense(1, name="o")(joined), name="twins")
    model.compile(optimizers.Nadam(0.05), "mse")
    return model


CASES: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (sequential, {"features": "x", "labels": "real"}),
    (sequential, {"features": ["x"], "labels": "real", "checkpoint_format": "saver"}),
    (sequential, {"features": "x", "labels": "real", "weights": "weight"}),
    (unbuilt, {"features": "x", "labels": "real"}),
    (unbuilt, {"features": "x", "labels": "real", "checkpoint_format": "saver"}),
    (normalized, {"features": "x", "labels": "real"}),
    (normalized, {"features": "x", "labels": "real", "checkpoint_format": "saver"}),
    (several, {"features": ["x", "z"], "labels": ["real", "class"]}),
    (
        several,
        {
            "features": ["x", "z"],
            "labels": ["real", "class"],
            "metric_names_map": {"real_mae": "error", "class_accuracy": "right"},
        },
    ),
    (regularized, {"features": "x", "labels": "real"}),
    (regularized, {"features": "x", "labels": "real", "checkpoint_format": "saver"}),
    (recurrent, {"features": "ids", "labels": "binary"}),
    (convolutional, {"features": "image", "labels": "class"}),
    (shared, {"features": ["x", "z3"], "labels": "real"}),
]
"""Functions that make models, and how the Estimator is made and fed: names of inputs, where a
list makes a dict by these names."""


def make_input_fn(inputs: dict[str, Any], case: dict[str, Any]) -> Callable[[], Any]:
    """The batches of a case, once."""

    def pick(name: str) -> Any:
        values = inputs["x" if name == "z3" else name]
        kind = "int32" if name in ("ids", "binary", "class") else "float32"
        array = np.asarray(values, kind)
        return array[::-1] if name == "z3" else array

    def structure(names: Any) -> Any:
        return {n: pick(n) for n in names} if isinstance(names, list) else pick(names)

    features = structure(case["features"])
    if "weights" in case:
        features = {"features": features, "sample_weights": pick(case["weights"])}
    labels = structure(case["labels"])
    return lambda: tf.data.Dataset.from_tensor_slices((features, labels))


def initial_weights(model: Any) -> list[np.ndarray]:
    """Weights for the model.

    Moving averages are left at what they start from: TensorFlow 2.15 does not take them over.
    """
    random = np.random.RandomState(5)
    return [
        present
        if "moving" in weight.name
        else random.normal(size=present.shape, scale=0.5).round(2)
        for present, weight in zip(model.get_weights(), model.weights, strict=True)
    ]


class LossLog(tf.compat.v1.train.SessionRunHook):
    """Remembers the loss of each step."""

    def __init__(self) -> None:
        self.losses: list[Any] = []

    def before_run(self, run_context: Any) -> Any:
        del run_context
        loss = tf.compat.v1.get_collection(tf.compat.v1.GraphKeys.SUMMARIES, "loss")
        return tf.compat.v1.train.SessionRunArgs(loss[0].op.inputs[1])

    def after_run(self, run_context: Any, run_values: Any) -> None:
        del run_context
        self.losses.append(run_values.results)


def run_case(make: Callable[..., Any], case: dict[str, Any], inputs: dict[str, Any]) -> Any:
    """What TensorFlow 2.15 makes of a case."""
    model = make(tf.keras, tf.keras.optimizers.legacy)
    weights = initial_weights(model)
    model.set_weights(weights)
    options = {n: case[n] for n in ("checkpoint_format", "metric_names_map") if n in case}
    estimator = tf.keras.estimator.model_to_estimator(
        model, model_dir=tempfile.mkdtemp(), **options
    )
    input_fn = make_input_fn(inputs, case)
    plain = make_input_fn(inputs, {n: value for n, value in case.items() if n != "weights"})
    log = LossLog()
    estimator.train(input_fn, hooks=[log])
    read = tf.train.load_checkpoint(estimator.latest_checkpoint())
    names = [n for n in read.get_variable_to_shape_map() if n != "_CHECKPOINTABLE_OBJECT_GRAPH"]
    return {
        "model": make.__name__,
        "case": case,
        "initial": [shortest(w.astype(np.float32)) for w in weights],
        "losses": [shortest(loss) for loss in log.losses],
        "variables": {name: shortest(read.get_tensor(name)) for name in sorted(names)},
        "evaluation": {k: shortest(v) for k, v in sorted(estimator.evaluate(input_fn).items())},
        "predictions": [
            {k: shortest(v) for k, v in prediction.items()}
            for prediction, _ in zip(estimator.predict(plain), range(BATCH), strict=False)
        ],
    }


def shortest(value: Any) -> Any:
    """The array as nested lists of the shortest decimals that read back as the same floats."""
    if np.ndim(value):
        return [shortest(part) for part in value]
    return int(value) if np.asarray(value).dtype.kind == "i" else float(str(value))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    inputs = make_inputs()
    lines = []
    for make, case in CASES:
        tf.keras.backend.clear_session()
        lines.append(json.dumps(run_case(make, case, inputs)))
    cases = ",\n".join(lines)
    output.write_text(
        f'{{"tensorflow": "{tf.__version__}",\n"inputs": {json.dumps(inputs)},\n'
        f'"cases": [\n{cases}\n]}}\n'
    )


if __name__ == "__main__":
    main()
