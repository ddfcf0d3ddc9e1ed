"""Estimators x heads x columns x optimizers, against TensorFlow 2.15.

``tests/oracle/matrix_design.py`` says which models there are: together they have every valid pair
of choices. ``tests/oracle/generate_matrix.py`` writes what 2.15 computes for them: the file holds
the first models of the design and a part of the others. The first of all have every single
choice; they are always tried. ``TRAINWRIGHT_MATRIX=all`` tries all that the file holds, which
takes some minutes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator import optimizers
from trainwright.estimator.compat import v1 as tfe_v1

ORACLE = Path(__file__).parents[2] / "oracle"
sys.path.append(str(ORACLE))
matrix_design = import_module("matrix_design")
matrix_models = import_module("matrix_models")
matrix_run = import_module("matrix_run")
arrays = import_module("arrays")

EXPECTED = arrays.read_arrays(Path(__file__).parent / "matrix.bin")
DESIGN = json.loads(bytes(EXPECTED.pop("design")))
TOLERANCE = 1e-5
ALL = os.environ.get("TRAINWRIGHT_MATRIX") == "all"
FIRST = 30
BELOW_BATCH_NORM = re.compile(r"final/dnn/hiddenlayer_\d/bias")
"""Where a unit's activation is linear for a whole batch, the gradient of its bias is a rounding
error, and optimizers that divide by its size make steps of it. Such a bias, also one of 2.15, is
no surer than its distance to what it becomes when each initial weight moves by one float32."""
MOVES = 4
OF_FILES = [13, 25]

pytestmark = pytest.mark.filterwarnings("ignore::trainwright.errors.TrainwrightWarning")


def by_case() -> dict[int, dict[str, Any]]:
    """What is expected, by the number of the case and by name."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in EXPECTED.items():
        number, _, name = key.partition(":")
        found.setdefault(int(number), {})[name] = value
    return found


WANTED = by_case()
CHOSEN = [number for number in WANTED if ALL or number < FIRST]


def flavours(name: str) -> Any:
    """A Keras with schedules, and a module of optimizers."""
    import tf_keras

    return {
        "legacy": (tf_keras, tf_keras.optimizers.legacy),
        "tf_keras": (tf_keras, tf_keras.optimizers),
        "keras_3": (tf.keras, tf.keras.optimizers),
        "own": (tf.keras, optimizers),
    }[name]


def api_of(case: Any) -> Any:
    return tfe if case["api"] == "v2" else tfe_v1


def unsure_biases(
    estimator: Any, case: Any, made: dict[str, Any], wanted: dict[str, Any]
) -> list[str]:
    """The biases below a batch norm that differ, but by no more than they are unsure."""

    def differing(name: str) -> Any:
        return np.abs(made[name] - wanted[name]) - TOLERANCE * (1 + np.abs(wanted[name]))

    found = [n for n in wanted if BELOW_BATCH_NORM.fullmatch(n) and np.any(differing(n) > 0)]
    others = [matrix_run.outcome(estimator, case, moved) for moved in range(MOVES) if found]
    moves = {n: np.max([np.abs(other[n] - made[n]) for other in others], 0) for n in found}
    return [name for name in found if np.all(differing(name) <= 2 * moves[name])]


def assert_same(actual: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert set(actual) == set(wanted)
    for name, value in wanted.items():
        made = np.asarray(actual[name])
        assert made.shape == value.shape, name
        if value.dtype.kind in "SU":
            np.testing.assert_array_equal(made, value, err_msg=name)
        else:
            assert made.dtype == value.dtype, name
            np.testing.assert_allclose(made, value, TOLERANCE, TOLERANCE, err_msg=name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("columns")


def name_of(number: int) -> str:
    return f"{number}-{DESIGN[number]['api']}-{DESIGN[number]['model']}-{DESIGN[number]['head']}"


@pytest.mark.parametrize("number", CHOSEN, ids=name_of)
def test_same_numbers(number: int, folder: Path) -> None:
    case = DESIGN[number]
    estimator = matrix_models.make(api_of(case), case, folder, flavours)
    made, wanted = matrix_run.outcome(estimator, case), WANTED[number]
    unsure = unsure_biases(estimator, case, made, wanted) if case.get("batch_norm") == "yes" else []
    made, wanted = (
        {name: value for name, value in results.items() if name not in unsure}
        for results in (made, wanted)
    )
    assert_same(made, wanted)


def test_the_models_always_tried_have_every_choice() -> None:
    every = {token for case in DESIGN for token in matrix_design.tokens(case)}
    tried = [DESIGN[number] for number in WANTED if number < FIRST]
    assert {token for case in tried for token in matrix_design.tokens(case)} == every
    assert {value for factor, value in every if factor == "kind"} == set(matrix_design.KINDS)
    assert {value for factor, value in every if factor == "head"} == set(matrix_design.HEADS)


@pytest.mark.skipif(not ALL, reason="takes some seconds: set TRAINWRIGHT_MATRIX=all")
def test_the_design_is_the_one_there_are_expected_values_of() -> None:
    assert matrix_design.design() == DESIGN


@pytest.mark.oracle
@pytest.mark.slow
def test_checkpoints_and_saved_models_go_either_way(oracle_python: str, tmp_path: Path) -> None:
    matrix_files = import_module("matrix_files")
    numbers = [n for n in WANTED if _has_files(DESIGN[n])][:24] if ALL else OF_FILES
    ours = {
        n: matrix_files.write(api_of(DESIGN[n]), DESIGN[n], tmp_path / "ours" / str(n), flavours)
        for n in numbers
    }
    (tmp_path / "design.json").write_text(json.dumps(DESIGN))
    program, chosen = ORACLE / "matrix_files.py", ",".join(map(str, numbers))
    paths = [tmp_path / name for name in ("design.json", "ours", "theirs", "results.bin")]
    command = [oracle_python, program, paths[0], chosen, *paths[1:]]
    done = subprocess.run(map(str, command), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = arrays.read_arrays(tmp_path / "results.bin")
    for n in numbers:
        assert_same(_part(results, f"{n}:read/"), ours[n])
        theirs = tmp_path / "theirs" / str(n)
        found = matrix_files.read(api_of(DESIGN[n]), DESIGN[n], theirs, flavours)
        assert_same(found, _part(results, f"{n}:written/"))


def _has_files(case: Any) -> bool:
    """Baseline models of 2.15 cannot be trained on a Dataset."""
    return case["model"] != "baseline"


def _part(found: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {key[len(prefix) :]: found[key] for key in found if key.startswith(prefix)}
