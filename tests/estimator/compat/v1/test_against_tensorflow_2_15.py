"""The compat.v1 estimators compute what those of TensorFlow 2.15 did, under the same names.

``tests/oracle/generate_v1.py`` wrote what is expected.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from trainwright.estimator.compat import v1 as tfe

sys.path.append(str(Path(__file__).parents[3] / "oracle"))
v1_cases = import_module("v1_cases")
comparison = import_module("comparison")
EXPECTED = import_module("arrays").read_arrays(Path(__file__).parent / "expected.bin")
NAMES = sorted({key.partition(":")[0] for key in EXPECTED})


@pytest.mark.parametrize("name", NAMES)
def test_same_numbers_from_the_same_variables(name: str, tmp_path: Path) -> None:
    expected = comparison.of_case(EXPECTED, name)
    case = v1_cases.all_cases(tfe, tmp_path)[name]
    config = tfe.RunConfig(save_summary_steps=1000)
    start = comparison.of_part(expected, "start")
    made = comparison.outcome(case, start, tmp_path / "model", config)
    comparison.assert_same(made, expected)


def test_all_cases_have_expected_values(tmp_path: Path) -> None:
    assert sorted(v1_cases.all_cases(tfe, tmp_path)) == NAMES
