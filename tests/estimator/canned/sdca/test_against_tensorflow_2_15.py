"""LinearSDCA computes what that of TensorFlow 2.15 did, under the same names.

``tests/oracle/generate_sdca.py`` wrote what is expected.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from trainwright import estimator as tfe
from trainwright.estimator.compat import v1

sys.path.append(str(Path(__file__).parents[3] / "oracle"))
comparison = import_module("comparison")
sdca_cases = import_module("sdca_cases")
EXPECTED = import_module("arrays").read_arrays(Path(__file__).parent / "expected.bin")
NAMES = sorted({key.partition(":")[0] for key in EXPECTED})


@pytest.mark.filterwarnings("ignore::trainwright.errors.TrainwrightWarning")
@pytest.mark.parametrize("name", NAMES)
def test_same_numbers(name: str, tmp_path: Path) -> None:
    case = sdca_cases.all_cases(tfe, v1)[name]
    config = tfe.RunConfig(save_summary_steps=1000)
    made = sdca_cases.compact(comparison.outcome(case, None, tmp_path, config))
    comparison.assert_same(made, comparison.of_case(EXPECTED, name))
