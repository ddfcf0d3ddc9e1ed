"""Checkpoints of the compat.v1 estimators of TensorFlow 2.15, which ``v1_program.py`` wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.compat import v1 as tfe

ORACLE = Path(__file__).parents[3] / "oracle"
sys.path.append(str(ORACLE))
program = import_module("v1_program")
WRITTEN = Path(__file__).parent / "from_2_15"


@pytest.fixture
def model_dir(kind: str, tmp_path: Path) -> Path:
    """A model directory with the checkpoint of step 3."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in (WRITTEN / kind).glob("model.ckpt-3.*"):
        shutil.copyfile(file, folder / file.name)
    (folder / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-3"\n')
    return folder


def assert_same(actual: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name in ("losses", "probabilities"):
        np.testing.assert_allclose(actual[name], wanted[name], rtol=1e-5, atol=1e-5, err_msg=name)
    assert actual["metrics"] == pytest.approx(wanted["metrics"], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("kind", ["dnn", "linear"])
def test_training_goes_on_as_in_2_15(kind: str, model_dir: Path) -> None:
    wanted = json.loads((WRITTEN / kind / "expected.json").read_text())
    assert_same(program.run(tfe, kind, str(model_dir), 5), wanted)


@pytest.mark.parametrize(
    ("kind", "slot"),
    [
        ("dnn", "dnn/input_from_feature_columns/input_layer/city_embedding/embedding_weights/t_"),
        ("linear", "linear/linear_model/city/weights/part_"),
    ],
)
def test_each_piece_of_a_variable_has_its_slots(kind: str, slot: str, model_dir: Path) -> None:
    estimator = program.make(tfe, kind, str(model_dir))
    before = tf.train.load_checkpoint(estimator.latest_checkpoint()).get_variable_to_shape_map()
    estimator.train(program.input_fn(tfe, 1))
    after = tf.train.load_checkpoint(estimator.latest_checkpoint()).get_variable_to_shape_map()
    assert after == before
    assert {name[len(slot)] for name in after if name.startswith(slot)} == {"0", "1"}


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["dnn", "linear"])
def test_2_15_goes_on_from_ours(kind: str, model_dir: Path, oracle_python: str) -> None:
    program.run(tfe, kind, str(model_dir), 2)
    other = model_dir.with_name("ours")
    shutil.copytree(model_dir, other)
    command = [oracle_python, str(ORACLE / "v1_program.py"), "tensorflow", kind, str(other), "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert_same(program.run(tfe, kind, str(model_dir), 3), json.loads(done.stdout))
