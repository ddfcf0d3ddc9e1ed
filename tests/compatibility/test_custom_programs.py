"""Ordinary tf.estimator programs: the same numbers, with nothing changed but the import.

The expected values were printed by ``tests/oracle/custom_programs.py tensorflow``, run with
TensorFlow 2.15; here the same file runs on ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAMS = Path(__file__).parents[1] / "oracle" / "custom_programs.py"
EXPECTED = json.loads((Path(__file__).parent / "expected" / "custom_programs.json").read_text())


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    command = [sys.executable, str(PROGRAMS), "trainwright", str(tmp_path_factory.mktemp("work"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def same(found, expected, where):
    assert type(found) is type(expected), where
    if isinstance(expected, dict):
        assert set(found) == set(expected), where
        for name, value in expected.items():
            same(found[name], value, f"{where}/{name}")
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        assert len(found) == len(expected), where
        for index, value in enumerate(expected):
            same(found[index], value, f"{where}[{index}]")
    elif isinstance(expected, list | float | int) and not _is_text(expected):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6, err_msg=where)
    else:
        assert found == expected, where


def _is_text(value):
    return isinstance(value, list) and bool(value) and isinstance(value[0], str)


@pytest.mark.parametrize("program", EXPECTED)
def test_program(results, program):
    same(results[program], EXPECTED[program], program)
