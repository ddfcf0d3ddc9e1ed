"""Variables, names and arithmetic against TensorFlow 2.15.

``tests/oracle/generate_optimizers.py`` wrote what is expected.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator import optimizers

CASES = json.loads((Path(__file__).parent / "expected.json").read_text())["cases"]


def identify(case: dict[str, Any]) -> str:
    settings = ",".join(f"{key}={value}" for key, value in case["kwargs"].items())
    own = ",iter" if case["own_iterations"] else ""
    return f"{case['optimizer']}({settings}){own},{case['dtype']}"


def learning_rate(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    if "callable" in given:
        return lambda: tf.constant(given["callable"])
    return getattr(tf.keras.optimizers.schedules, given["schedule"])(**given["config"])


def make(case: dict[str, Any]) -> Any:
    kwargs = dict(case["kwargs"])
    if "learning_rate" in kwargs:
        kwargs["learning_rate"] = learning_rate(kwargs["learning_rate"])
    return getattr(optimizers, case["optimizer"])(**kwargs)


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_five_steps(
    case: dict[str, Any], train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    wanted = {int(step): values for step, values in case["values"].items()}
    actual = train(lambda: make(case), tuple(wanted), case["dtype"], case["own_iterations"])
    for step, values in wanted.items():
        assert_same(actual[step], values)


@pytest.mark.parametrize("case", [c for c in CASES if c["config"]], ids=identify)
def test_configuration(case: dict[str, Any]) -> None:
    assert make(case).get_config() == case["config"]
