"""The optimizers of the matrix.

Those of the compat.v1 estimators are ``tf.compat.v1.train``'s on both sides. All others are legacy
Keras ones for TensorFlow 2.15; ours take them too, and what people have of them today.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1
RATE = 0.05

SPECIAL: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "Adagrad": {"initial_accumulator_value": 0.3, "epsilon": 0.01},
    "Adam": {"beta_1": 0.8, "amsgrad": True},
    "Ftrl": {"l1_regularization_strength": 0.02, "l2_regularization_strength": 0.1, "beta": 0.2},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "Adadelta": {"rho": 0.8},
    "Adamax": {"beta_1": 0.8},
    "Nadam": {"beta_2": 0.99},
}
LIMITS: dict[str, dict[str, float]] = {
    "none": {},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.05},
    "global_clipnorm": {"global_clipnorm": 0.2},
    "decay": {"decay": 0.3},
}
OLDER: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "SGD": ("GradientDescentOptimizer", {}, {}),
    "Momentum": ("MomentumOptimizer", {"momentum": 0.9}, {"use_nesterov": True}),
    "Adagrad": ("AdagradOptimizer", {}, {"initial_accumulator_value": 0.3}),
    "Adam": ("AdamOptimizer", {}, {"beta1": 0.8, "epsilon": 1e-4}),
    "Ftrl": (
        "FtrlOptimizer",
        {},
        {
            "l1_regularization_strength": 0.02,
            "l2_regularization_strength": 0.1,
            "l2_shrinkage_regularization_strength": 0.05,
        },
    ),
    "RMSProp": ("RMSPropOptimizer", {}, {"momentum": 0.5, "centered": True}),
    "Adadelta": ("AdadeltaOptimizer", {}, {"rho": 0.8}),
    "AdagradDA": ("AdagradDAOptimizer", {}, {"l2_regularization_strength": 0.1}),
    "ProximalAdagrad": ("ProximalAdagradOptimizer", {}, {"l1_regularization_strength": 0.02}),
    "ProximalSGD": ("ProximalGradientDescentOptimizer", {}, {"l2_regularization_strength": 0.1}),
}


def schedule(keras: Any, way: str) -> Any:
    """A learning rate that falls from step to step."""
    schedules = keras.optimizers.schedules
    if way == "exponential":
        return schedules.ExponentialDecay(RATE, 2, 0.5)
    if way == "piecewise":
        return schedules.PiecewiseConstantDecay([0, 1], [RATE, RATE / 2, RATE / 4])
    return schedules.CosineDecay(RATE, 4)


def older_decay() -> Any:
    """The same for ``tf.compat.v1.train``."""
    return v1.train.exponential_decay(RATE, v1.train.get_or_create_global_step(), 2, 0.5)


def keras_optimizer(given: dict[str, str], flavours: Any) -> Any:
    """What an estimator takes as its optimizer.

    Args:
        given: an optimizer of the design.
        flavours: gives by name a Keras-like module with ``optimizers.schedules``, and the module
            with the optimizers.
    """
    way, extra = given["way"], given["extra"]
    if way == "name":
        return given["kind"]
    kind = "RMSprop" if given["kind"] == "RMSProp" else given["kind"]
    # The newer optimizers of tf_keras would make a variable of a learning rate that is a tensor.
    constant = way == "older_decay" and given["flavour"] == "tf_keras"
    keras, optimizers = flavours("legacy" if constant else given["flavour"])
    make = getattr(optimizers, kind)
    options = SPECIAL[kind] if extra == "special" else LIMITS[extra]
    if way == "class":
        return make
    if way == "object":
        return make(learning_rate=RATE, **options)
    if way == "function":
        return lambda: make(learning_rate=RATE, **options)
    if way == "older_decay":  # how programs for tf.estimator let a learning rate fall
        return lambda: make(learning_rate=older_decay(), **options)
    return make(learning_rate=schedule(keras, way), **options)


def older_optimizer(given: dict[str, str]) -> Any:
    """What a compat.v1 estimator takes as its optimizer."""
    if given["way"] == "name":
        return given["kind"]
    name, always, special = OLDER[given["kind"]]
    make: Callable[..., Any] = getattr(v1.train, name)
    options = always | (special if given["extra"] == "special" else {})

    def made() -> Any:
        steps = {}
        if given["kind"] == "AdagradDA":
            steps = {"global_step": v1.train.get_or_create_global_step()}
        rate = older_decay() if given["way"] == "decaying" else RATE
        return make(rate, **steps, **options)

    return made() if given["way"] == "object" else made
