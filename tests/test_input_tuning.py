from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import examples_dataset
from trainwright.data.tfrecord import write_records
from trainwright.input_tuning import untuned

tf = pytest.importorskip("tensorflow")


def test_only_what_is_read_as_it_was_made_goes_without_tuning(tmp_path: Path) -> None:
    write_records(tmp_path / "data", encode_examples({"n": [1, 2, 3]}))
    spec = {"n": tf.io.FixedLenFeature([], tf.int64)}
    made = examples_dataset(tmp_path / "data", spec, 2, num_epochs=1, shuffle=False)
    mapped = made.map(lambda features: features)

    read = untuned(made)

    assert read.options().autotune.enabled is False
    assert [batch["n"].numpy().tolist() for batch in read] == [[1, 2], [3]]
    assert untuned(mapped) is mapped
    assert made.options().autotune.enabled is None
    assert mapped.options().autotune.enabled is None
