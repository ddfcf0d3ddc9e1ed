"""Writes what the heads of TensorFlow 2.15 compute, for ours to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_heads.py tests/estimator/heads/expected.bin
"""

from __future__ import annotations

import argparse
from pathlib import Path

import heads_cases
import numpy as np
import tensorflow as tf
from arrays import write_arrays


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    arrays: dict[str, np.ndarray] = {}
    for name, case in heads_cases.all_cases(tf.estimator).items():
        made = heads_cases.outputs(case)
        for key, metric in made.pop("metrics").items():
            made[f"metrics/{key}"] = metric.result()
        for key, value in made.items():
            array = np.asarray(value.numpy())
            arrays[f"{name}:{key}"] = array.astype(bytes) if array.dtype == object else array
    write_arrays(args.output, arrays)


if __name__ == "__main__":
    main()
