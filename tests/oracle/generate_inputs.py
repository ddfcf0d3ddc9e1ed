"""Writes the batches of TensorFlow 2.15's input functions over data in memory.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``, and pandas:

    python tests/oracle/generate_inputs.py tests/estimator/inputs/expected.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import inputs_cases
import tensorflow as tf


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    cases = inputs_cases.all_cases(tf.compat.v1.estimator.inputs)
    lines = [
        f"{json.dumps(name)}: {json.dumps(inputs_cases.outcome(input_fn))}"
        for name, input_fn in cases.items()
    ]
    args.output.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
