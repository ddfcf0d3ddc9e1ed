"""The batches are those of TensorFlow 2.15, which ``tests/oracle/generate_inputs.py`` wrote."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest

from trainwright.estimator import inputs

pytest.importorskip("pandas", reason="needs pandas, which the extra demo installs")
sys.path.append(str(Path(__file__).parents[2] / "oracle"))
inputs_cases = import_module("inputs_cases")
EXPECTED = json.loads((Path(__file__).parent / "expected.json").read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_same_batches(name: str) -> None:
    input_fn = inputs_cases.all_cases(inputs)[name]
    # Twice: the function may be called for one graph after the other.
    for _ in range(2):
        made = inputs_cases.outcome(input_fn)
        assert json.loads(json.dumps(made)) == EXPECTED[name]


def test_all_cases_have_expected_batches() -> None:
    assert set(inputs_cases.all_cases(inputs)) == set(EXPECTED)
