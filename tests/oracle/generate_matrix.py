"""Writes what the estimators of TensorFlow 2.15 compute for the matrix, to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``; it takes some minutes:

    python tests/oracle/generate_matrix.py tests/estimator/canned/matrix.bin
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import matrix_design
import numpy as np
import tensorflow as tf
from arrays import write_arrays
from matrix_models import make
from matrix_run import outcome

tf.get_logger().setLevel("ERROR")


def flavours(name: str) -> Any:
    """The legacy Keras optimizers, whichever are asked for: ``tf.estimator`` takes no others."""
    return tf.keras, tf.keras.optimizers.legacy


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--first", type=int, default=0, help="the first case")
    parser.add_argument("--step", type=int, default=1, help="how many cases further is the next")
    args = parser.parse_args()
    cases = matrix_design.design()
    arrays: dict[str, Any] = {"design": np.array(json.dumps(cases).encode())}
    with tempfile.TemporaryDirectory() as temporary:
        for index in range(args.first, len(cases), args.step):
            case = cases[index]
            api = tf.estimator if case["api"] == "v2" else tf.compat.v1.estimator
            made = outcome(make(api, case, Path(temporary), flavours), case)
            arrays |= {f"{index}:{name}": value for name, value in made.items()}
            write_arrays(args.output, arrays)  # again and again: it takes a while to the last
            print(f"{index} of {len(cases)}", flush=True)


if __name__ == "__main__":
    main()
