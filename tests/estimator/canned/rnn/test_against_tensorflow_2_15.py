"""The recurrent estimators compute what those of TensorFlow 2.15 did, under the same names.

``tests/oracle/generate_rnn.py`` wrote what is expected.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest
import tensorflow as tf

from trainwright import estimator as tfe

sys.path.append(str(Path(__file__).parents[3] / "oracle"))
comparison = import_module("comparison")
CASES = import_module("rnn_cases").all_cases(tfe, tf.keras.layers)
EXPECTED = import_module("arrays").read_arrays(Path(__file__).parent / "expected.bin")


# Between them these have each kind of cell and column, one layer and two, one label and many.
FAST = ("simple", "lstm_3_classes", "sequences_sparse")
NAMES = [pytest.param(name, marks=[] if name in FAST else pytest.mark.slow) for name in CASES]


@pytest.mark.filterwarnings("ignore::trainwright.errors.TrainwrightWarning")
@pytest.mark.parametrize("name", NAMES)
def test_same_numbers_from_the_same_variables(name: str, tmp_path: Path) -> None:
    wanted = comparison.of_case(EXPECTED, name)
    start = comparison.of_part(wanted, "start")
    config = tfe.RunConfig(save_summary_steps=1000)
    made = comparison.outcome(CASES[name], start, tmp_path, config)
    comparison.assert_same(made, wanted)
