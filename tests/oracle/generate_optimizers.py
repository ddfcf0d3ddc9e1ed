"""Writes what the optimizers of TensorFlow 2.15 compute, for our own to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_optimizers.py tests/estimator/optimizers/expected.json

One small model is trained for five steps with each optimizer and setting, the way the canned
models of ``tf.estimator`` did: in a graph, under the name scope ``training``, with the global step
as the optimizer's iteration. Its kernel has dense gradients; its embedding has sparse ones, with
indices that repeat within a batch and rows that few batches touch, or none.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

STEPS = 5
DUMPED = (0, 1, STEPS)
"""Numbers of steps after which every variable is written down."""

DECAY = {"initial_learning_rate": 0.2, "decay_steps": 2, "decay_rate": 0.7}
SCHEDULES: list[dict[str, Any]] = [
    {"schedule": "ExponentialDecay", "config": DECAY},
    {"schedule": "ExponentialDecay", "config": {**DECAY, "staircase": True}},
    {
        "schedule": "PiecewiseConstantDecay",
        "config": {"boundaries": [1, 3], "values": [0.3, 0.2, 0.1]},
    },
    {"schedule": "PolynomialDecay", "config": {"initial_learning_rate": 0.2, "decay_steps": 4}},
    {"schedule": "InverseTimeDecay", "config": DECAY},
    {"schedule": "CosineDecay", "config": {"initial_learning_rate": 0.2, "decay_steps": 4}},
    {
        "schedule": "CosineDecayRestarts",
        "config": {"initial_learning_rate": 0.2, "first_decay_steps": 2},
    },
]
FAST = {"learning_rate": 0.1}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, **FAST}),
    ("SGD", {"momentum": 0.9, "nesterov": True, **FAST}),
    ("SGD", {"decay": 0.5, **FAST}),
    ("SGD", {"clipnorm": 0.3, **FAST}),
    ("SGD", {"clipvalue": 0.1, **FAST}),
    ("SGD", {"global_clipnorm": 0.3, **FAST}),
    ("SGD", {"clipvalue": 0.2, "clipnorm": 0.3, **FAST}),
    ("SGD", {"clipvalue": 0.2, "global_clipnorm": 0.3, **FAST}),
    *[("SGD", {"learning_rate": schedule}) for schedule in SCHEDULES],
    ("SGD", {"learning_rate": SCHEDULES[0], "decay": 0.5}),
    ("SGD", {"learning_rate": {"callable": 0.1}}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 0.0, "epsilon": 0.01, **FAST}),
    ("Adagrad", {"decay": 0.5, **FAST}),
    ("Adagrad", {"clipnorm": 0.3, **FAST}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01, **FAST}),
    ("Adam", {"amsgrad": True, **FAST}),
    ("Adam", {"decay": 0.5, **FAST}),
    ("Adam", {"learning_rate": SCHEDULES[0]}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.8, "epsilon": 0.01, **FAST}),
    ("RMSprop", {"momentum": 0.9, **FAST}),
    ("RMSprop", {"centered": True, **FAST}),
    ("RMSprop", {"centered": True, "momentum": 0.9, **FAST}),
    ("Ftrl", {}),
    ("Ftrl", {"l1_regularization_strength": 0.3, "l2_regularization_strength": 0.2, **FAST}),
    ("Ftrl", {"l2_shrinkage_regularization_strength": 0.2, **FAST}),
    ("Ftrl", {"beta": 0.3, **FAST}),
    ("Ftrl", {"learning_rate_power": -0.3, "initial_accumulator_value": 0.5, **FAST}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adamax", FAST),
    ("Nadam", FAST),
]


def make_inputs() -> dict[str, Any]:
    """Initial values of the variables and the batches of all steps."""
    random = np.random.RandomState(7)
    ids = random.randint(0, 3, size=[STEPS, 4, 3])
    ids[0, 1] = [3, 3, 1]  # row 3 is touched in the first step only, row 4 in none
    return {
        "kernel": random.normal(size=[3, 2]).round(3).tolist(),
        "embedding": random.normal(size=[5, 2]).round(3).tolist(),
        "dense": random.normal(size=[STEPS, 4, 3]).round(3).tolist(),
        "ids": ids.tolist(),
        "target": random.normal(size=[STEPS, 4, 2]).round(3).tolist(),
    }


def build_optimizer(name: str, kwargs: dict[str, Any]) -> Any:
    """The optimizer of the case, learning rates given as dicts made into what they describe."""
    kwargs = dict(kwargs)
    rate = kwargs.get("learning_rate")
    if isinstance(rate, dict) and "schedule" in rate:
        schedule = getattr(tf.keras.optimizers.schedules, rate["schedule"])
        kwargs["learning_rate"] = schedule(**rate["config"])
    elif isinstance(rate, dict):
        kwargs["learning_rate"] = lambda: tf.constant(rate["callable"])
    return getattr(tf.keras.optimizers.legacy, name)(**kwargs)


def run_case(
    inputs: dict[str, Any], name: str, kwargs: dict[str, Any], dtype: str, own_iterations: bool
) -> dict[str, Any]:
    """Trains the model with one optimizer; its configuration and its variables by step."""
    with tf.Graph().as_default() as graph:
        step = tf.compat.v1.train.get_or_create_global_step()
        kernel = variable("dnn/kernel", inputs["kernel"], dtype)
        embedding = variable("dnn/embedding_weights", inputs["embedding"], dtype)
        batches = {
            key: tf.gather(tf.constant(inputs[key], None if key == "ids" else dtype), step)
            for key in ("dense", "ids", "target")
        }
        embedded = tf.reduce_sum(tf.nn.embedding_lookup(embedding, batches["ids"]), axis=1)
        outputs = tf.matmul(batches["dense"], kernel) + embedded
        loss = tf.reduce_mean(tf.square(outputs - batches["target"]))

        optimizer = build_optimizer(name, kwargs)
        config = {} if isinstance(kwargs.get("learning_rate"), dict) else optimizer.get_config()
        if not own_iterations:
            optimizer.iterations = step
        with tf.name_scope("training"):
            train_op = optimizer.get_updates(loss, [kernel, embedding])[0]
        if own_iterations:
            with tf.control_dependencies([train_op]):
                train_op = step.assign_add(1)
        return {
            "optimizer": name,
            "kwargs": kwargs,
            "dtype": dtype,
            "own_iterations": own_iterations,
            "config": config,
            "values": run_steps(graph, train_op),
        }


def variable(name: str, value: list[Any], dtype: str) -> tf.Variable:
    """A resource variable with this initial value."""
    initializer = tf.constant(value, dtype)
    return tf.compat.v1.get_variable(name, initializer=initializer, use_resource=True)


def run_steps(graph: tf.Graph, train_op: Any) -> dict[str, dict[str, Any]]:
    """Values of all variables, by number of steps done and by name."""
    with tf.compat.v1.Session(graph=graph) as session:
        variables = {v.op.name: v for v in tf.compat.v1.global_variables()}
        session.run(tf.compat.v1.global_variables_initializer())
        values = {}
        for done in range(STEPS + 1):
            if done in DUMPED:
                dumped = session.run(variables)
                values[str(done)] = {k: shortest(v) for k, v in sorted(dumped.items())}
            if done < STEPS:
                session.run(train_op)
        return values


def shortest(value: np.ndarray) -> Any:
    """The array as nested lists of the shortest decimals that read back as the same floats."""
    if value.ndim:
        return [shortest(part) for part in value]
    return int(value) if value.dtype.kind == "i" else float(str(value))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    inputs = make_inputs()
    cases = [run_case(inputs, name, kwargs, "float32", False) for name, kwargs in CASES]
    for name in ("SGD", "Adagrad", "Adam", "RMSprop", "Ftrl"):
        cases.append(run_case(inputs, name, {}, "float32", True))
        cases.append(run_case(inputs, name, {}, "float64", False))
    lines = ",\n".join(json.dumps(case) for case in cases)
    output.write_text(
        f'{{"tensorflow": "{tf.__version__}",\n"inputs": {json.dumps(inputs)},\n'
        f'"cases": [\n{lines}\n]}}\n'
    )


if __name__ == "__main__":
    main()
