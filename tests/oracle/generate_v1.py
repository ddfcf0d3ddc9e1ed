"""Writes what the compat.v1 estimators of TensorFlow 2.15 compute, for ours to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_v1.py tests/estimator/compat/v1/expected.bin
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
import v1_cases
from arrays import write_arrays
from canned_cases import read_checkpoint
from comparison import Arrays, Case, outcome

NOT_DRAWN = ("moving_", "gamma", "beta1_power", "beta2_power", "global_step")


def start_of(case: Case, folder: Path) -> Arrays:
    """The variables that a model begins with, its weights drawn anew, its slots as they are."""
    case.make(model_dir=str(folder)).train(case.train, max_steps=1)
    values = read_checkpoint(str(folder / "model.ckpt-0"))
    draw = np.random.RandomState(len(values))
    for name, value in values.items():
        slot = any(name.startswith(f"{other}/") for other in values)
        if not slot and not any(part in name for part in NOT_DRAWN):
            values[name] = draw.normal(0.0, 0.3, value.shape).astype(value.dtype)
    return values


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    config = tf.estimator.RunConfig(save_summary_steps=1000)
    arrays: Arrays = {}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for name, case in v1_cases.all_cases(tf.compat.v1.estimator, root).items():
            start = start_of(case, root / name / "start")
            made = outcome(case, start, root / name / "model", config)
            arrays |= {f"{name}:start/{key}": value for key, value in start.items()}
            arrays |= {f"{name}:{key}": value for key, value in made.items()}
    write_arrays(args.output, arrays)


if __name__ == "__main__":
    main()
