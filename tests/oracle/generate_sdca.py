"""Writes what LinearSDCA of TensorFlow 2.15 computes, for ours to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_sdca.py tests/estimator/canned/sdca/expected.bin
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import sdca_cases
import tensorflow as tf
from arrays import write_arrays
from comparison import Arrays, outcome


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    config = tf.estimator.RunConfig(save_summary_steps=1000)
    arrays: Arrays = {}
    with tempfile.TemporaryDirectory() as temporary:
        cases = sdca_cases.all_cases(tf.estimator, tf.compat.v1.estimator)
        for name, case in cases.items():
            made = sdca_cases.compact(outcome(case, None, Path(temporary) / name, config))
            arrays |= {f"{name}:{key}": value for key, value in made.items()}
    write_arrays(args.output, arrays)


if __name__ == "__main__":
    main()
