"""Writes what the canned estimators of TensorFlow 2.15 compute, for ours to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_canned.py tests/estimator/canned/expected.bin

Each case of ``canned_cases.py`` is trained for some steps from variables that are drawn at random
(weights that are zeros at first would hide faults), evaluated, and asked for predictions.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import canned_cases
import numpy as np
import tensorflow as tf
from arrays import write_arrays


def start_of(make: Any, label: Any, folder: Path) -> dict[str, Any]:
    """The variables that a model begins with, its weights drawn anew."""
    estimator = make(model_dir=str(folder))
    estimator.train(canned_cases.train_input_fn(label), max_steps=1)
    values = canned_cases.read_checkpoint(str(folder / "model.ckpt-0"))
    draw = np.random.RandomState(len(values))
    for name, value in values.items():
        kept = ("training", "global_step")
        if not name.startswith(kept) and "moving_" not in name and "gamma" not in name:
            values[name] = draw.normal(0.0, 0.3, value.shape).astype(value.dtype)
    return values


def key_of(name: Any) -> str:
    """The name of a prediction as a string, also of a MultiHead."""
    return "|".join(name) if isinstance(name, tuple) else name


def outcome(make: Any, label: Any, folder: Path) -> dict[str, Any]:
    """The start and the results of one case, as arrays by name."""
    start = start_of(make, label, folder / "start")
    canned_cases.write_checkpoint(start, folder / "model")
    config = tf.estimator.RunConfig(save_summary_steps=1000)
    results = canned_cases.run(make(model_dir=str(folder / "model"), config=config), label)
    arrays = {f"start/{name}": value for name, value in start.items()}
    arrays["losses"] = np.array(results["losses"], np.float32)
    arrays |= {f"final/{name}": value for name, value in results["final"].items()}
    arrays |= {f"metrics/{name}": np.asarray(value) for name, value in results["metrics"].items()}
    for name in results["predictions"][0]:
        values = np.array([example[name] for example in results["predictions"]])
        if values.dtype == object:
            values = values.astype(bytes)
        arrays[f"predictions/{key_of(name)}"] = values
    return arrays


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--only", help="a case to run, without writing it")
    args = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    arrays: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for name, (make, label) in canned_cases.all_cases(tf.estimator, root).items():
            if args.only in (None, name):
                made = outcome(make, label, root / name)
                arrays |= {f"{name}:{key}": value for key, value in made.items()}
    if args.only is None:
        write_arrays(args.output, arrays)


if __name__ == "__main__":
    main()
