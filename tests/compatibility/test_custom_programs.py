"""Ordinary tf.estimator programs: the same numbers, with nothing changed but the import.

The expected values were printed by ``tests/oracle/custom_programs.py tensorflow`` and
``tests/oracle/tf1_programs.py tensorflow``, run with TensorFlow 2.15; here the same files run on
ours.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FILES = ("custom_programs", "tf1_programs")
ORACLE = Path(__file__).parents[1] / "oracle"
EXPECTED = {
    name: json.loads((Path(__file__).parent / "expected" / f"{name}.json").read_text())
    for name in FILES
}


@functools.cache
def results_of(name, work_dir):
    command = [sys.executable, str(ORACLE / f"{name}.py"), "trainwright", work_dir]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    work_dirs = {name: str(tmp_path_factory.mktemp(name)) for name in FILES}
    return lambda name: results_of(name, work_dirs[name])


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
    return isinstance(value, list) and np.asarray(value).dtype.kind == "U"


@pytest.mark.parametrize(
    ("name", "program"), [(name, program) for name in FILES for program in EXPECTED[name]]
)
def test_program(results, name, program):
    same(results(name)[program], EXPECTED[name][program], program)
