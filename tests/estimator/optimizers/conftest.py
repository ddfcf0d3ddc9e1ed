"""The small model that the expectations from TensorFlow 2.15 were made with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

EXPECTED = Path(__file__).parent / "expected.json"


@dataclass
class Model:
    """A kernel with dense gradients and an embedding with sparse ones, in the current graph."""

    loss: tf.Tensor
    variables: list[tf.Variable]
    step: tf.Variable


@pytest.fixture(scope="session")
def expected() -> dict[str, Any]:
    return json.loads(EXPECTED.read_text())


@pytest.fixture(scope="session")
def build_model(expected: dict[str, Any]) -> Callable[..., Model]:
    inputs = expected["inputs"]

    def variable(name: str, value: Any, dtype: str) -> tf.Variable:
        initializer = tf.constant(value, dtype)
        return tf.compat.v1.get_variable(name, initializer=initializer, use_resource=True)

    def build(dtype: str = "float32") -> Model:
        step = tf.compat.v1.train.get_or_create_global_step()
        kernel = variable("dnn/kernel", inputs["kernel"], dtype)
        embedding = variable("dnn/embedding_weights", inputs["embedding"], dtype)
        dense, target = (
            tf.gather(tf.constant(inputs[key], dtype), step) for key in ("dense", "target")
        )
        ids = tf.gather(tf.constant(inputs["ids"]), step)
        embedded = tf.reduce_sum(tf.nn.embedding_lookup(embedding, ids), axis=1)
        outputs = tf.matmul(dense, kernel) + embedded
        loss = tf.reduce_mean(tf.square(outputs - target))
        return Model(loss, [kernel, embedding], step)

    return build


@pytest.fixture(scope="session")
def train(build_model: Callable[..., Model]) -> Callable[..., dict[int, dict[str, Any]]]:
    """Trains the model in a new graph; all variables by name, by number of steps done."""

    def run(
        make_optimizer: Callable[[], Any],
        dumped: Sequence[int] = (5,),
        dtype: str = "float32",
        own_iterations: bool = False,
    ) -> dict[int, dict[str, Any]]:
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            model = build_model(dtype)
            iterations = None if own_iterations else model.step
            op = make_optimizer().minimize_op(model.loss, model.variables, iterations)
            if own_iterations:
                with tf.control_dependencies([op]):
                    op = model.step.assign_add(1)
            return run_steps(session, op, dumped)

    return run


def run_steps(
    session: tf.compat.v1.Session, op: tf.Operation, dumped: Sequence[int]
) -> dict[int, dict[str, Any]]:
    variables = {v.op.name: v for v in tf.compat.v1.global_variables()}
    session.run(tf.compat.v1.global_variables_initializer())
    values = {}
    for done in range(max(dumped) + 1):
        if done in dumped:
            values[done] = session.run(variables)
        if done < max(dumped):
            session.run(op)
    return values


@pytest.fixture(scope="session")
def assert_same() -> Callable[..., None]:
    """Compares variables by name with expected ones."""

    def check(
        actual: dict[str, Any], wanted: dict[str, Any], rtol: float = 1e-6, atol: float = 1e-9
    ) -> None:
        assert sorted(actual) == sorted(wanted)
        for name, value in wanted.items():
            expected = np.asarray(value)
            # Steps that almost cancel leave the rounding of greater numbers.
            rounding = 1e-7 * np.abs(expected).max(initial=0.0)
            np.testing.assert_allclose(
                actual[name], expected, rtol=rtol, atol=max(atol, rounding), err_msg=name
            )

    return check
