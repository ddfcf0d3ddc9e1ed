"""How fast training steps go: one session run a step, and many steps in one run.

A wide-and-deep model of the taxi trips is trained by the Estimator, with logs and summaries at
their usual periods. Both loops take turns, so that other load meets both.

Run: python -m benchmarks.training_loop [--batch-sizes 40,512,4096] [--inputs memory,files]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.data.examples import examples_dataset, matching_files
from trainwright.events import RunObserver, observing

TAXI = Path(__file__).resolve().parents[2] / "shared" / "data" / "taxi" / "transformed_examples"
ROUNDS = 3
WINDOW = 100
DENSE = ("trip_miles", "fare", "trip_seconds")
WIDE = {
    "company": 1010,
    "payment_type": 1010,
    "pickup_latitude": 10,
    "pickup_longitude": 10,
    "dropoff_latitude": 10,
    "dropoff_longitude": 10,
    "trip_start_hour": 24,
    "trip_start_day": 31,
    "trip_start_month": 12,
}
LABEL = "tips_xf"
InputFn = Callable[[], tf.data.Dataset]


def feature_spec() -> dict[str, Any]:
    numbers = {f"{name}_xf": tf.io.FixedLenFeature([], tf.float32) for name in DENSE}
    ids = {f"{name}_xf": tf.io.FixedLenFeature([], tf.int64) for name in [*WIDE, "tips"]}
    return {**numbers, **ids}


def from_files(batch_size: int) -> InputFn:
    files = matching_files(f"{TAXI}/Split-train/*")

    def read() -> tf.data.Dataset:
        dataset = examples_dataset(files, feature_spec(), batch_size)
        return dataset.map(lambda features: (features, features.pop(LABEL)))

    return read


def from_memory(batch_size: int) -> InputFn:
    files = matching_files(f"{TAXI}/Split-train/*")
    blocks = examples_dataset(files, feature_spec(), 4096, num_epochs=1, shuffle=False)
    read = [{name: value.numpy() for name, value in block.items()} for block in blocks]
    features = {name: np.concatenate([block[name] for block in read]) for name in read[0]}
    labels = features.pop(LABEL)

    def repeat() -> tf.data.Dataset:
        dataset = tf.data.Dataset.from_tensor_slices((features, labels))
        return dataset.batch(batch_size).cache().repeat().prefetch(4)

    return repeat


INPUTS = {"memory": from_memory, "files": from_files}
LOOPS: dict[str, dict[str, Any]] = {
    "session": {"fused": False},
    "fused": {"fused": True},
    "fused+XLA": {"fused": True, "jit_compile": True},
}


def model(**settings: Any) -> tfe.Estimator:
    column = tf.feature_column
    return tfe.DNNLinearCombinedClassifier(
        model_dir=tempfile.mkdtemp(),
        config=tfe.RunConfig(tf_random_seed=1, **settings),
        linear_feature_columns=[
            column.categorical_column_with_identity(f"{name}_xf", size, default_value=0)
            for name, size in WIDE.items()
        ],
        dnn_feature_columns=[column.numeric_column(f"{name}_xf", shape=()) for name in DENSE],
        dnn_hidden_units=[100, 70, 48, 34],
    )


class Clock(RunObserver):
    """When which step was done."""

    def __init__(self) -> None:
        self.times: list[tuple[float, int]] = []

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Looks at the clock."""
        self.times.append((time.perf_counter(), step))

    def steps_per_second(self, after: int) -> float:
        """The median of the rates over a hundred steps each, from this step on."""
        rates, begin = [], None
        for now, step in self.times:
            if step < after:
                continue
            if begin is None:
                begin = now, step
            elif step - begin[1] >= WINDOW:
                rates.append((step - begin[1]) / (now - begin[0]))
                begin = now, step
        return statistics.median(rates)


def steps_per_second(input_fn: InputFn, steps: int, settings: dict[str, Any]) -> float:
    """The rate once the first quarter of the steps is done."""
    clock = Clock()
    with observing(clock):
        model(**settings).train(input_fn, max_steps=steps)
    return clock.steps_per_second(steps // 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-sizes", default="40,512,4096")
    parser.add_argument("--inputs", default="memory,files")
    arguments = parser.parse_args()
    print(f"TensorFlow {tf.__version__}; steps/s, and the ratio to one session run a step")
    print("input    batch " + "".join(f"{name:>24}" for name in LOOPS))
    for source in arguments.inputs.split(","):
        for batch_size in map(int, arguments.batch_sizes.split(",")):
            input_fn = INPUTS[source](batch_size)
            steps = 4000 if batch_size < 256 else 1600 if batch_size < 2048 else 400
            rates: dict[str, list[float]] = {name: [] for name in LOOPS}
            for _ in range(ROUNDS):
                for name, settings in LOOPS.items():
                    rates[name].append(steps_per_second(input_fn, steps, settings))
            medians = {name: statistics.median(values) for name, values in rates.items()}
            row = "".join(
                f"{rate:16.0f} ({rate / medians['session']:4.2f} x)" for rate in medians.values()
            )
            print(f"{source:8} {batch_size:5} {row}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
