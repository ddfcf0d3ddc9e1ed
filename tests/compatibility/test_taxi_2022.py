"""A wide-and-deep model that TensorFlow wrote in 2022: read, evaluated, trained on, exported.

The expected values were printed by ``tests/oracle/taxi_program.py tensorflow``, run with
TensorFlow 2.15 on a copy of the same model directory; here the same program runs on ours.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).parents[1] / "oracle" / "taxi_program.py"
EXPECTED = json.loads((Path(__file__).parent / "expected" / "taxi_2022.json").read_text())
STEPS = 10


def run(python, system, shared_data, model_dir, steps):
    command = [python, PROGRAM, system, shared_data / "taxi", model_dir, steps]
    done = subprocess.run(map(str, command), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def model_dir(shared_data, tmp_path_factory):
    copied = tmp_path_factory.mktemp("taxi") / "model"
    shutil.copytree(shared_data / "taxi" / "base_model" / "Format-Serving", copied)
    for path in [copied, *copied.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copied


@pytest.fixture(scope="module")
def results(shared_data, model_dir):
    return run(sys.executable, "trainwright", shared_data, model_dir, STEPS)


@pytest.mark.parametrize("part", ["evaluation", "evaluation_after"])
def test_metrics_before_and_after_training_on(results, part):
    assert results[part] == pytest.approx(EXPECTED[part], rel=1e-5)


def test_predictions(results):
    np.testing.assert_allclose(results["probabilities"], EXPECTED["probabilities"], rtol=1e-5)


def test_variables_and_optimizer_slots_after_training_on(results):
    assert set(results["variables_after"]) == set(EXPECTED["variables_after"])
    for name, values in EXPECTED["variables_after"].items():
        np.testing.assert_allclose(
            results["variables_after"][name], values, rtol=1e-5, atol=1e-7, err_msg=name
        )


@pytest.mark.oracle
def test_tensorflow_2_15_reads_what_we_wrote(results, model_dir, shared_data, oracle_python):
    theirs = run(oracle_python, "tensorflow", shared_data, model_dir, 0)
    assert theirs["evaluation"] == pytest.approx(results["evaluation_after"], rel=1e-5)
