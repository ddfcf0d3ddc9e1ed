from __future__ import annotations

import inspect
from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.keras.methods import added, around
from trainwright.estimator.keras.objects import KerasObjects, remembered


class Subject:
    def method(self, value: int) -> int:
        """What it was."""
        return value


def test_a_method_is_replaced_in_graphs_only() -> None:
    def replacement(original: Any, objects: Any, self: Any, value: int) -> tuple[Any, int]:
        return objects, original(self, value) + 1

    signature = inspect.signature(Subject.method)
    around(Subject, "method", replacement)
    objects = KerasObjects(tf.Graph())
    assert Subject().method(1) == 1
    with remembered(objects):
        assert Subject().method(value=1) == (objects, 2)
    assert Subject().method(1) == 1
    assert Subject.method.__doc__ == "What it was."
    assert inspect.signature(Subject.method) == signature
    assert inspect.getfullargspec(Subject.method).args == ["self", "value"]


def test_a_method_is_added_in_graphs_only() -> None:
    added(Subject, "extra", lambda objects, self, value: (objects, value))
    objects = KerasObjects(tf.Graph())
    with remembered(objects):
        assert Subject().extra(3) == (objects, 3)  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="'Subject' object has no attribute 'extra'"):
        _ = Subject().extra  # type: ignore[attr-defined]


def test_a_method_that_is_there_stays() -> None:
    before = Subject.method
    added(Subject, "method", lambda objects, self: None)
    assert Subject.method is before
