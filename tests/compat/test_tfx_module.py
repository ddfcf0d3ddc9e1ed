"""A module file in the style of TFX, run by the command line on the taxi example's artifacts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tensorflow as tf

from trainwright.cli.main import main
from trainwright.data.tfrecord import read_records

MODULE = Path(__file__).parents[1] / "user_modules" / "taxi_for_tfx.py"


@pytest.mark.parametrize("function", ["trainer_fn", "run_fn"])
def test_it_runs_unchanged(function: str, shared_data: Path, tmp_path: Path) -> None:
    taxi = shared_data / "taxi"
    arguments = {
        "--examples": taxi / "transformed_examples",
        "--schema": taxi / "schema",
        "--transform-graph": taxi / "transform_graph",
        "--module-file": MODULE,
        "--fn": function,
        "--train-steps": 5,
        "--eval-steps": 2,
        "--output": tmp_path,
    }
    flat = [str(word) for pair in arguments.items() for word in pair]
    before = (list(sys.meta_path), hasattr(tf, "estimator"), tf.compat.v1.layers)
    assert main(["run", *flat]) == 0
    assert before == (list(sys.meta_path), hasattr(tf, "estimator"), tf.compat.v1.layers)
    assert not [name for name in sys.modules if name.partition(".")[0] in ("tfx", "tfx_bsl")]
    model = tmp_path / "Trainer" / "model" / "1"
    assert (model / "Format-TFMA" / "saved_model.pb").is_file()
    records = sorted((taxi / "examples" / "Split-eval").glob("*.gz"))[0]
    raw = list(read_records(records))[:20]
    serving = tf.saved_model.load(str(model / "Format-Serving"))
    answer = serving.signatures["predict"](examples=tf.constant(raw))
    assert answer["probabilities"].shape == (20, 2)
    assert len(set(answer["probabilities"][:, 0].numpy())) > 1
