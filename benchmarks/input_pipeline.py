"""How fast batches of parsed examples arrive, beside tf.data's own reader.

Run: python -m benchmarks.input_pipeline [EXAMPLES_SPLIT SCHEMA] [--batch-sizes 40,512,4000]
Without arguments it reads the taxi trips of the artifacts that lie beside the checkout.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from trainwright.data.examples import examples_dataset, matching_files
from trainwright.data.feature_spec import feature_spec
from trainwright.data.schema import read_schema

ROUNDS = 5
TAXI = Path(__file__).resolve().parents[2] / "shared" / "data" / "taxi"


def ours(files: list[str], spec: dict[str, Any], batch_size: int) -> tf.data.Dataset:
    return examples_dataset(files, spec, batch_size)


def theirs(files: list[str], spec: dict[str, Any], batch_size: int) -> tf.data.Dataset:
    return tf.data.experimental.make_batched_features_dataset(
        files, batch_size, spec, reader=lambda file: tf.data.TFRecordDataset(file, "GZIP")
    )


def seconds_to_deliver(dataset: tf.data.Dataset, batches: int) -> float:
    """Time until a batch arrives after so many others, which never leave C++."""
    begin = time.perf_counter()
    next(iter(dataset.skip(batches)))
    return time.perf_counter() - begin


def examples_per_second(dataset: tf.data.Dataset, batch_size: int, examples: int) -> float:
    """The rate after start-up, whose time is measured apart and taken off."""
    warm_up = max(20_000 // batch_size, 2)
    batches = max(examples // batch_size, 5)
    start = seconds_to_deliver(dataset, warm_up)
    return batches * batch_size / (seconds_to_deliver(dataset, warm_up + batches) - start)


def measure(
    make: Callable[[], tf.data.Dataset], other: Callable[[], tf.data.Dataset], batch_size: int
) -> tuple[float, float]:
    """Medians of rounds in which both take turns, so that other load meets both."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        rates[0].append(examples_per_second(make(), batch_size, 400_000))
        rates[1].append(examples_per_second(other(), batch_size, 60_000))
    return statistics.median(rates[0]), statistics.median(rates[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    split = TAXI / "examples" / "Split-train"
    parser.add_argument("split", nargs="?", default=split, help="directory of gzip TFRecord files")
    parser.add_argument("schema", nargs="?", default=TAXI / "schema", help="Schema artifact")
    parser.add_argument("--batch-sizes", default="40,512,4000")
    arguments = parser.parse_args()
    files = matching_files(f"{arguments.split}/*")
    spec = feature_spec(read_schema(arguments.schema))
    print(f"TensorFlow {tf.__version__}, {len(files)} files, {len(spec)} features")
    print("batch   examples_dataset   make_batched_features_dataset   ratio")
    for batch_size in map(int, arguments.batch_sizes.split(",")):
        mine, other = measure(
            lambda size=batch_size: ours(files, spec, size),  # type: ignore[misc]
            lambda size=batch_size: theirs(files, spec, size),  # type: ignore[misc]
            batch_size,
        )
        print(f"{batch_size:5}   {mine:16,.0f}   {other:29,.0f}   {mine / other:5.1f}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
