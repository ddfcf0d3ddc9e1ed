"""Our executor in the Trainer of TFX 1.15.1, in a pipeline; its Python has TensorFlow 2.15."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

import trainwright

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.oracle
def test_a_pipeline(oracle_python: str, shared_data: Path, tmp_path: Path) -> None:
    module = ROOT / "examples" / "chicago_taxi" / "taxi_module.py"
    script = ROOT / "tests" / "oracle" / "run_adapter.py"
    source = str(Path(trainwright.__file__).parents[1])
    done = subprocess.run(
        [oracle_python, str(script), *map(str, (tmp_path, shared_data, module))],
        env={**os.environ, "PYTHONPATH": source, "TRAINWRIGHT_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["state"] == "COMPLETE"
    model = Path(told["model"])
    assert model.is_relative_to(tmp_path / "pipeline" / "Trainer" / "model")
    assert (model / "Format-TFMA" / "saved_model.pb").is_file()
    serving = tf.saved_model.load(str(model / "Format-Serving"))
    assert serving.tensorflow_version.startswith("2.2")  # not that of TFX's environment
