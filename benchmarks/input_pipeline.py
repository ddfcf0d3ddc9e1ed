"""How fast batches of parsed examples arrive, beside tf.data's own reader.

Run: python -m benchmarks.input_pipeline [EXAMPLES_SPLIT SCHEMA] [--batch-sizes 40,512,4000]
Without arguments it reads the taxi trips of the artifacts that lie beside the checkout.
"""

from __future__ import annotations

import argparse
import functools
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
from benchmarks.sides import taxi
from benchmarks.table import Measured, Part

from trainwright.data.examples import examples_dataset, matching_files
from trainwright.data.feature_spec import feature_spec
from trainwright.data.schema import read_schema

SPLIT = taxi() / "examples" / "Split-train"
SCHEMA = taxi() / "schema"
SIZES = "40,512,4000"
GROUP = 20_000
MBFD = "make_batched_features_dataset"
Maker = Callable[[list[str], dict[str, Any], int], tf.data.Dataset]


def ours(files: list[str], spec: dict[str, Any], batch_size: int) -> tf.data.Dataset:
    return examples_dataset(files, spec, batch_size)


def theirs(files: list[str], spec: dict[str, Any], batch_size: int) -> tf.data.Dataset:
    return tf.data.experimental.make_batched_features_dataset(
        files, batch_size, spec, reader=lambda file: tf.data.TFRecordDataset(file, "GZIP")
    )


def examples_per_second(dataset: tf.data.Dataset, batch_size: int, examples: int) -> float:
    """The rate once all is under way.

    Each batch is made, and all but one of many are dropped, in C++: what hands them to Python, or
    to a function of tf.data's, takes a good part of the time in which batches of 40 are made, and
    would be measured with them. A shard asks what it reads to skip what it does not deliver, but
    a prefetch, in which the datasets of both sides end, has no way to skip: it makes all batches.

    Args:
        dataset: batches, prefetched.
        batch_size: examples in each.
        examples: how many to wait for, at least.
    """
    together = max(GROUP // batch_size, 1)
    delivered = iter(dataset.shard(together, 0))
    next(delivered)
    begin, made = time.perf_counter(), 0
    while made * batch_size < examples:
        next(delivered)
        made += together
    return made * batch_size / (time.perf_counter() - begin)


def measure(
    makers: Mapping[str, Maker],
    files: list[str],
    spec: dict[str, Any],
    batch_size: int,
    rounds: int,
) -> dict[str, list[float]]:
    """Rates of rounds in which all take turns, so that other load meets each."""
    rates: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(rounds):
        for name, make in makers.items():
            examples = 60_000 if make is theirs else 800_000
            dataset = make(files, spec, batch_size)
            rates[name].append(examples_per_second(dataset, batch_size, examples))
    return rates


def larger(files: list[str], folder: str) -> list[str]:
    """The same records so often that they are not held in memory, in four files."""
    contents = b"".join(Path(file).read_bytes() for file in files)
    times = max((8 << 20) // len(contents) // 4, 1)
    paths = [Path(folder) / f"data-{number:05}.gz" for number in range(4)]
    for path in paths:
        path.write_bytes(contents * times)  # gzip files may be put one after the other
    return [str(path) for path in paths]


def part(rounds: int, split: Any = SPLIT, schema: Any = SCHEMA, sizes: str = SIZES) -> Part:
    """Measures small data, which is held, and larger, which is streamed or cached on disk."""
    spec = feature_spec(read_schema(schema))
    few = matching_files(f"{split}/*")
    found = Part("Input", f"Examples of {len(spec)} features, delivered in batches.")
    with tempfile.TemporaryDirectory() as folder:
        many = larger(few, folder)
        cached = functools.partial(examples_dataset, cache_dir=f"{folder}/cache")
        wait_until_settled(many)
        for kind, files, makers in (
            ("small, held in memory", few, {"examples_dataset": ours, MBFD: theirs}),
            ("streamed", many, {"examples_dataset": ours, MBFD: theirs}),
            ("cached on disk", many, {"examples_dataset, cache_dir": cached, MBFD: theirs}),
        ):
            for size in map(int, sizes.split(",")):
                rates = measure(makers, files, spec, size, rounds)
                goal = "8 x"
                found.measured.append(Measured(f"{kind}, batch {size}", "examples/s", rates, goal))
    return found


def wait_until_settled(files: list[str]) -> None:
    """Files written just now are not kept in a cache."""
    newest = max(Path(file).stat().st_ctime for file in files)
    time.sleep(max(newest + 2.1 - time.time(), 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", nargs="?", default=SPLIT, help="directory of gzip TFRecord files")
    parser.add_argument("schema", nargs="?", default=SCHEMA, help="Schema artifact")
    parser.add_argument("--batch-sizes", default=SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    measured = part(arguments.rounds, arguments.split, arguments.schema, arguments.batch_sizes)
    print(f"TensorFlow {tf.__version__}\n\n{measured.markdown()}")


if __name__ == "__main__":
    main()
