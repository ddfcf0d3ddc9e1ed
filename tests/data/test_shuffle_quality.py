"""How far records travel, beside tf.data's shuffle of single records with the same buffer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import dataset, examples_dataset
from trainwright.data.tfrecord import write_records

tf = pytest.importorskip("tensorflow")

ROWS = 120_000
BATCH = 256
SPEC = {"n": tf.io.FixedLenFeature([], tf.int64)}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The numbers in order, in one file: files that are mixed would hide the buffer's effect."""
    path = tmp_path_factory.mktemp("ordered") / "data"
    write_records(path, encode_examples({"n": np.arange(ROWS)}))
    return str(path)


def travelled(batches: Any) -> float:
    """Standard deviation of the distance between where records lay and where they came."""
    order = np.concatenate(list(batches))
    assert len(order) == ROWS
    return float(np.std(order - np.arange(ROWS)))


def spread(batches: Any) -> float:
    """How far apart, as a standard deviation, the records of a batch lay; the mean of batches."""
    return float(np.mean([np.std(batch) for batch in batches]))


@pytest.mark.parametrize("among", [1_000, 10_000])
def test_records_travel_as_far_as_by_a_shuffle_of_single_ones(
    file: str, among: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "fits_memory", lambda _: False)
    numbers = tf.data.Dataset.range(ROWS).shuffle(among, seed=1).batch(BATCH)
    theirs = list(numbers.as_numpy_iterator())

    mixed = examples_dataset(
        file, SPEC, BATCH, num_epochs=1, shuffle_buffer_size=among, seed=1
    ).map(lambda features: features["n"])
    ours = list(mixed.as_numpy_iterator())

    assert travelled(ours) > 0.95 * travelled(theirs)
    assert spread(ours) > 0.85 * spread(theirs)
