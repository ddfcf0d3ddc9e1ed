from __future__ import annotations

import inspect
import re

import pytest

from trainwright import errors

CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, errors.TrainwrightError)
]


def test_all_are_declared():
    assert {cls.__name__ for cls in CLASSES} <= set(errors.__all__)


@pytest.mark.parametrize("cls", CLASSES)
def test_the_tree_in_the_docstring_is_the_tree(cls):
    line = re.search(rf"{cls.__name__}\s+(\d+)", errors.__doc__)
    assert line is not None
    assert int(line.group(1)) == cls.exit_code


def test_message_and_hint():
    error = errors.TrainwrightError("Received 1.", hint="Give 2.")
    assert (error.message, error.hint, str(error)) == (
        "Received 1.",
        "Give 2.",
        "Received 1. Give 2.",
    )
    assert str(errors.TrainwrightError("Received 1.")) == "Received 1."


def test_wrong_arguments_are_value_errors():
    assert issubclass(errors.InvalidArgumentError, ValueError)
    assert issubclass(errors.ArtifactError, ValueError)


def test_corrupt_record():
    error = errors.CorruptRecordError("a.gz", record=3, offset=120, problem="checksum differs")
    assert "a.gz is damaged: checksum differs, at record 3 (byte 120" in str(error)
    assert (error.path, error.record, error.offset) == ("a.gz", 3, 120)


@pytest.mark.parametrize(
    ("received", "accepted", "text"),
    [
        ("exmaples", ["examples", "schema"], 'Did you mean "examples"?'),
        ("q", ["b", "a"], "Known: a, b."),
        ("q", [], "There are none."),
    ],
)
def test_did_you_mean(received, accepted, text):
    assert errors.did_you_mean(received, accepted) == text
