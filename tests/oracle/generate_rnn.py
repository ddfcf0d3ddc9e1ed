"""Writes what the recurrent estimators of TensorFlow 2.15 compute, for ours to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_rnn.py tests/estimator/canned/rnn/expected.bin
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import rnn_cases
import tensorflow as tf
from arrays import write_arrays
from comparison import Arrays, outcome, random_start


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
        for name, case in rnn_cases.all_cases(tf.estimator, tf.keras.layers).items():
            start = random_start(case, root / name / "start")
            made = outcome(case, start, root / name / "model", config)
            arrays |= {f"{name}:start/{key}": value for key, value in start.items()}
            arrays |= {f"{name}:{key}": value for key, value in made.items()}
    write_arrays(args.output, arrays)


if __name__ == "__main__":
    main()
