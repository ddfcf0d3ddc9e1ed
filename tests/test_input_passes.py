from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import examples_dataset
from trainwright.data.tfrecord import write_records
from trainwright.input_passes import expecting_passes, passes_of

tf = pytest.importorskip("tensorflow")
v1 = tf.compat.v1
RECORDS = 23


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Records of the numbers below 23, written an hour ago."""
    path = tmp_path / "data"
    write_records(path, encode_examples({"n": list(range(RECORDS))}))
    hour_ago = path.stat().st_mtime - 3600
    os.utime(path, (hour_ago, hour_ago))
    return path


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as written long ago."""
    monkeypatch.setattr("trainwright.data.examples.dataset.changed_lately", lambda files: False)


def made(file: Path, **settings: Any) -> Any:
    spec = {"n": tf.io.FixedLenFeature([], tf.int64)}
    with expecting_passes():
        return examples_dataset(file, spec, 4, **settings)


def passes(dataset: Any, size: int, number: int) -> list[list[int]]:
    """What passes of so many batches read, from one start of the iterator."""
    known = passes_of(dataset)
    assert known is not None
    iterator = v1.data.make_initializable_iterator(known.dataset_of(size))
    element = iterator.get_next()["n"]
    with v1.Session() as session:
        session.run(iterator.initializer)
        return [[int(n) for _ in range(size) for n in session.run(element)] for _ in range(number)]


def anew(dataset: Any, size: int, number: int) -> list[list[int]]:
    """The same, the iterator started for each one."""
    iterator = v1.data.make_initializable_iterator(dataset)
    element = iterator.get_next()["n"]
    found = []
    with v1.Session() as session:
        for _ in range(number):
            session.run(iterator.initializer)
            found.append([int(n) for _ in range(size) for n in session.run(element)])
    return found


@pytest.mark.parametrize("settings", [{"seed": 3}, {"shuffle": False}], ids=["seed", "in order"])
@pytest.mark.parametrize("size", [2, 7])
def test_passes_are_what_new_iterators_give(file: Path, settings: Any, size: int) -> None:
    with tf.Graph().as_default():
        dataset = made(file, **settings)
        assert passes(dataset, size, 3) == anew(dataset, size, 3)


def test_the_seed_of_the_graph_counts_too(file: Path) -> None:
    with tf.Graph().as_default():
        v1.set_random_seed(5)
        dataset = made(file)
        first, second = passes(dataset, 3, 2)
        assert [first, second] == anew(dataset, 3, 2)
        assert first == second


def test_without_a_seed_each_pass_has_an_order_of_its_own(file: Path) -> None:
    with tf.Graph().as_default():
        found = passes(made(file), 5, 4)
    assert len({tuple(one) for one in found}) == 4
    # Less than an epoch, no record comes twice.
    assert all(len(set(one)) == 20 for one in found)


def test_streamed_records_are_read_in_passes_where_no_seed_goes_on(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainwright.data.examples.dataset.fits_memory", lambda files: False)
    with tf.Graph().as_default():
        assert passes_of(made(file, seed=3)) is None
        in_order = made(file, shuffle=False)
        assert passes(in_order, 7, 2) == anew(in_order, 7, 2)
        first, second = passes(made(file), 5, 2)
        assert first != second


def test_some_are_not_read_in_passes(file: Path) -> None:
    with tf.Graph().as_default():
        assert passes_of(made(file, num_epochs=3)) is None
        assert passes_of(made(file).map(lambda features: features)) is None
        spec = {"n": tf.io.FixedLenFeature([], tf.int64)}
        assert passes_of(examples_dataset(file, spec, 4)) is None


def test_contents_tell_of_files_that_change(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tf.Graph().as_default():
        known = passes_of(made(file))
    assert known is not None
    before = known.contents()
    assert before is not None
    assert known.contents() == before
    write_records(file, encode_examples({"n": [1]}))
    assert known.contents() != before
    monkeypatch.undo()
    assert known.contents() is None  # it may change again, and look the same
