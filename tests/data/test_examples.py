from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import examples_dataset, matching_files
from trainwright.data.tfrecord import write_records
from trainwright.errors import DataError, InvalidArgumentError

tf = pytest.importorskip("tensorflow")

ROWS = 1_000
NUMBER = {"n": tf.io.FixedLenFeature([], tf.int64)}
SPEC = {
    **NUMBER,
    "pair": tf.io.FixedLenFeature([2], tf.float32),
    "words": tf.io.VarLenFeature(tf.string),
    "maybe": tf.io.FixedLenFeature([1], tf.float32, default_value=-1.0),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Four files, one of them plain, with the numbers 0 to 999 in order."""
    folder = tmp_path_factory.mktemp("split")
    numbers = np.arange(ROWS)
    columns = {
        "n": numbers,
        "pair": [[float(n), float(n) / 2] for n in numbers],
        "words": [[str(n)] * (n % 4) for n in numbers],
        "maybe": [None if n % 3 else float(n) for n in numbers],
        "index": [[1, 3] if n % 2 else [0] for n in numbers],
        "value": [[float(n), 1.0] if n % 2 else [float(n)] for n in numbers],
    }
    rows = list(encode_examples(columns))
    for shard in range(4):
        own = rows[shard * 250 : (shard + 1) * 250]
        write_records(folder / f"data-{shard}", own, "GZIP" if shard else "")
    return str(folder / "*")


def numbers_of(dataset: Any) -> list[int]:
    return [int(n) for batch in dataset for n in batch["n"].numpy()]


@pytest.mark.parametrize("batch_size", [1, 7, 250, 1_000, 5_000])
@pytest.mark.parametrize("shuffle", [False, True])
def test_each_example_comes_once_an_epoch(files: str, batch_size: int, shuffle: bool) -> None:
    dataset = examples_dataset(files, NUMBER, batch_size, num_epochs=1, shuffle=shuffle)

    read = numbers_of(dataset)

    assert sorted(read) == list(range(ROWS))
    assert (read == list(range(ROWS))) is not shuffle


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_reach_over_the_end_of_an_epoch(files: str, shuffle: bool) -> None:
    dataset = examples_dataset(files, NUMBER, 300, num_epochs=2, shuffle=shuffle)

    sizes = [len(batch["n"]) for batch in dataset]

    assert sizes == [300] * 6 + [200]
    assert set(Counter(numbers_of(dataset)).values()) == {2}


def test_the_final_batch_is_left_out_on_demand(files: str) -> None:
    dataset = examples_dataset(files, SPEC, 300, num_epochs=1, drop_final_batch=True)

    assert [len(batch["n"]) for batch in dataset] == [300] * 3
    assert dataset.element_spec["pair"].shape == [300, 2]
    assert dataset.element_spec["n"].shape == [300]


def test_a_split_smaller_than_a_batch_is_dropped_whole(files: str) -> None:
    dataset = examples_dataset(files, NUMBER, 2_000, num_epochs=1, drop_final_batch=True)

    assert list(dataset) == []


def test_reads_for_ever_without_epochs(files: str) -> None:
    dataset = examples_dataset(files, NUMBER, 300)

    assert len(numbers_of(dataset.take(20))) == 6_000


def test_a_seed_makes_the_order_the_same_and_epochs_differ(files: str) -> None:
    def read(seed: int) -> list[int]:
        return numbers_of(examples_dataset(files, NUMBER, 100, num_epochs=2, seed=seed))

    assert read(1) == read(1)
    assert read(1) != read(2)
    assert read(1)[:ROWS] != read(1)[ROWS:]


def test_without_a_seed_orders_differ(files: str) -> None:
    dataset = examples_dataset(files, NUMBER, 100, num_epochs=1)

    assert numbers_of(dataset) != numbers_of(dataset)


def test_batches_mix_all_files(files: str) -> None:
    (batch, *_) = examples_dataset(files, NUMBER, 200, num_epochs=1, seed=5)

    shards = Counter(int(n) // 250 for n in batch["n"].numpy())
    assert set(shards) == {0, 1, 2, 3}
    assert max(shards.values()) < 90


def test_blocks_of_large_records_are_small(tmp_path: Path) -> None:
    from trainwright.data.examples.blocks import records_within

    path = tmp_path / "data"
    write_records(path, [bytes(1_000_000)] * 3)

    assert records_within(32 << 20, str(path)) == 33
    assert records_within(10, str(path)) == 1


@pytest.mark.parametrize("contents", [b"", b"damaged"])
def test_blocks_of_unreadable_records_are_of_the_usual_size(
    tmp_path: Path, contents: bytes
) -> None:
    from trainwright.data.examples.blocks import _BLOCK_RECORDS, records_within

    (tmp_path / "data").write_bytes(contents)

    assert records_within(1_000, str(tmp_path / "data")) == _BLOCK_RECORDS
    assert records_within(1_000, "gs://bucket/data") == _BLOCK_RECORDS


@pytest.mark.parametrize(("among", "batch_size"), [(1, 10), (100, 10), (50, 400), (10**6, 10)])
def test_any_buffer_size_reads_everything(files: str, among: int, batch_size: int) -> None:
    dataset = examples_dataset(
        files, NUMBER, batch_size, num_epochs=1, shuffle_buffer_size=among, seed=1
    )

    assert sorted(numbers_of(dataset)) == list(range(ROWS))


def test_batches_hold_what_parse_example_makes(files: str) -> None:
    rows = [row for name in matching_files(files) for row in _serialized(name)]
    dataset = examples_dataset(files, SPEC, 64, num_epochs=1, shuffle=False)

    for number, batch in enumerate(dataset):
        expected = tf.io.parse_example(rows[number * 64 : (number + 1) * 64], SPEC)
        for name in ("n", "pair", "maybe"):
            np.testing.assert_array_equal(batch[name], expected[name])
        np.testing.assert_array_equal(batch["words"].indices, expected["words"].indices)
        np.testing.assert_array_equal(batch["words"].values, expected["words"].values)
        assert batch["words"].dense_shape.numpy().tolist() == [len(batch["n"]), 3]


def _serialized(name: str) -> list[bytes]:
    from trainwright.data.tfrecord import read_records

    return list(read_records(name))


EPOCHS = pytest.mark.parametrize("epochs", [pytest.param(1, id="read"), pytest.param(2, id="held")])


@EPOCHS
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [64, 3_000])
def test_sparse_rows_stay_with_their_examples(
    files: str, batch_size: int, shuffle: bool, epochs: int
) -> None:
    dataset = examples_dataset(files, SPEC, batch_size, num_epochs=epochs, shuffle=shuffle)

    assert isinstance(dataset.element_spec["words"], tf.SparseTensorSpec)
    for batch in dataset:
        words = tf.RaggedTensor.from_sparse(batch["words"]).to_list()
        for n, row in zip(batch["n"].numpy(), words, strict=True):
            assert row == [str(n).encode()] * (n % 4)


@EPOCHS
@pytest.mark.parametrize("drop", [False, True])
def test_lists_are_those_of_parse_example(files: str, drop: bool, epochs: int) -> None:
    lists = {"value": tf.float32, "index": tf.int64, "words": tf.string, "absent": tf.string}
    spec = {**NUMBER, **{name: tf.io.VarLenFeature(dtype) for name, dtype in lists.items()}}
    rows = [row for name in matching_files(files) for row in _serialized(name)] * epochs
    dataset = examples_dataset(
        files, spec, 96, num_epochs=epochs, shuffle=False, drop_final_batch=drop
    )

    batches = list(dataset)

    assert len(batches) == (len(rows) // 96 if drop else -(-len(rows) // 96))
    for number, batch in enumerate(batches):
        expected = tf.io.parse_example(rows[number * 96 : (number + 1) * 96], spec)
        assert list(batch) == list(expected)
        for name in lists:
            np.testing.assert_array_equal(batch[name].indices, expected[name].indices)
            np.testing.assert_array_equal(batch[name].values, expected[name].values)
            assert batch[name].values.dtype == expected[name].values.dtype
            assert batch[name].dense_shape[0] == expected[name].dense_shape[0]
            assert dataset.element_spec[name].shape.as_list() == [96 if drop else None, None]


@EPOCHS
def test_lists_of_another_type_are_refused_by_name(files: str, epochs: int) -> None:
    spec = {**NUMBER, "words": tf.io.VarLenFeature(tf.int64)}

    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Key: words.* types don't match"):
        list(examples_dataset(files, spec, 10, num_epochs=epochs))


@pytest.mark.parametrize("epochs", [1, None])
def test_few_functions_are_made(files: str, epochs: int | None) -> None:
    spec = {**SPEC, "lists": tf.io.VarLenFeature(tf.float32)}

    with tf.Graph().as_default() as graph:
        examples_dataset(files, spec, 10, num_epochs=epochs)
        functions = graph.as_graph_def().library.function

    # Each takes time to be made, and at each start.
    assert len(functions) <= 5
    assert sum(len(function.node_def) for function in functions) < 110


@EPOCHS
@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_ragged_rows_stay_with_their_examples(
    files: str, drop: bool, dtype: Any, epochs: int
) -> None:
    spec = {**NUMBER, "words": tf.io.RaggedFeature(tf.string, row_splits_dtype=dtype)}
    dataset = examples_dataset(files, spec, 64, num_epochs=epochs, drop_final_batch=drop)

    for batch in dataset:
        assert batch["words"].row_splits.dtype == dtype
        for n, row in zip(batch["n"].numpy(), batch["words"].to_list(), strict=True):
            assert row == [str(n).encode()] * (n % 4)


@EPOCHS
def test_partitioned_ragged_features(files: str, epochs: int) -> None:
    pairs = tf.io.RaggedFeature(
        tf.float32, value_key="pair", partitions=[tf.io.RaggedFeature.UniformRowLength(1)]
    )
    for batch in examples_dataset(files, {**NUMBER, "pairs": pairs}, 64, num_epochs=epochs):
        expected = [[[float(n)], [float(n) / 2]] for n in batch["n"].numpy()]
        assert tf.RaggedTensor.from_tensor(batch["pairs"].to_tensor()).to_list() == expected


@EPOCHS
def test_sparse_features_with_indices(files: str, epochs: int) -> None:
    spec = {**NUMBER, "s": tf.io.SparseFeature(["index"], "value", tf.float32, [5])}

    for batch in examples_dataset(files, spec, 64, num_epochs=epochs):
        rows = tf.sparse.to_dense(batch["s"]).numpy()
        for n, row in zip(batch["n"].numpy(), rows, strict=True):
            expected = [0.0, n, 0.0, 1.0, 0.0] if n % 2 else [n, 0.0, 0.0, 0.0, 0.0]
            assert row.tolist() == expected


def test_sequences_are_padded_within_their_batch(files: str) -> None:
    sequence = tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True, default_value="-")
    dataset = examples_dataset(files, {**NUMBER, "words": sequence}, 3, num_epochs=1, shuffle=False)

    first, second, *_ = dataset
    assert first["words"].shape == [3, 2]
    assert second["words"].shape == [3, 3]
    assert first["words"].numpy()[0].tolist() == [b"-", b"-"]


@EPOCHS
def test_the_label_comes_apart(files: str, epochs: int) -> None:
    dataset = examples_dataset(files, SPEC, 10, num_epochs=epochs, label_key="n", shuffle=False)

    features, label = next(iter(dataset))
    assert sorted(features) == ["maybe", "pair", "words"]
    assert label.numpy().tolist() == list(range(10))


def test_epochs_from_memory_are_those_of_the_files(files: str) -> None:
    read, held = (
        examples_dataset(files, SPEC, 300, num_epochs=epochs, shuffle=False) for epochs in (1, 2)
    )

    assert numbers_of(held) == numbers_of(read) * 2
    assert held.element_spec == read.element_spec


def test_each_epoch_from_memory_is_mixed_as_a_whole(files: str) -> None:
    (first, second) = examples_dataset(
        files, NUMBER, ROWS, num_epochs=2, seed=3, shuffle_buffer_size=10
    )

    assert sorted(first["n"].numpy()) == sorted(second["n"].numpy()) == list(range(ROWS))
    assert len(np.unique(first["n"].numpy()[:100] // 250)) == 4
    assert first["n"].numpy().tolist() != second["n"].numpy().tolist()


def test_what_is_large_is_not_held(files: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from trainwright.data.examples import blocks, held

    record_files = blocks.RecordFiles(matching_files(files))
    assert held.fits_memory(record_files)
    assert not held.fits_memory(blocks.RecordFiles(["gs://bucket/data"]))
    assert not held.fits_memory(blocks.RecordFiles(record_files.names, tf.data.TFRecordDataset))
    monkeypatch.setattr(held, "_HELD_BYTES", 100)
    assert not held.fits_memory(record_files)


@pytest.mark.parametrize("epochs", [1, None])
def test_one_shot_iterators_of_old_graphs(files: str, epochs: int | None) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        dataset = examples_dataset(files, SPEC, 30, num_epochs=epochs)
        batch = tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()
        assert session.run(batch["n"]).shape == (30,)


def test_files_held_by_an_eager_program_are_read_once(
    files: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "data"
    copy.write_bytes(Path(matching_files(files)[0]).read_bytes())
    dataset = examples_dataset(copy, NUMBER, 10, shuffle=False)

    first = numbers_of(dataset.take(3))
    copy.unlink()

    assert first == list(range(30))
    assert numbers_of(dataset.take(3)) == first
    assert "did not fully read" not in capfd.readouterr().err


@pytest.mark.parametrize("epochs", [1, None])
def test_no_warnings_about_types(
    files: str, epochs: int | None, capfd: pytest.CaptureFixture[str]
) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        dataset = examples_dataset(files, SPEC, 30, num_epochs=epochs)
        batch = tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()
        session.run(batch["n"])

    assert "Type inference failed" not in capfd.readouterr().err


@pytest.mark.parametrize("epochs", [1, 2, None])
def test_works_in_a_graph_and_resumes_where_it_was_saved(
    files: str, tmp_path: Path, epochs: int | None
) -> None:
    v1 = tf.compat.v1
    spec = {**SPEC, "value": tf.io.RaggedFeature(tf.float32)}

    def read(session: Any) -> Any:
        n, pair, words, value = session.run(batch)
        return n.tolist(), pair.tolist(), words.values.tolist(), value.to_list()

    with tf.Graph().as_default():
        dataset = examples_dataset(files, spec, 5, num_epochs=epochs)
        iterator = v1.data.make_initializable_iterator(dataset)
        features = iterator.get_next()
        batches = 50 if epochs is None else epochs * ROWS // 5 - 5
        batch = [features[name] for name in ("n", "pair", "words", "value")]
        saver = v1.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
        with v1.Session() as session:
            session.run(iterator.initializer)
            for _ in range(5):
                read(session)
            checkpoint = saver.save(session, str(tmp_path / "input"))
            following = [read(session) for _ in range(batches)]
        with v1.Session() as session:
            session.run(iterator.initializer)  # an iterator must exist before it is restored
            saver.restore(session, checkpoint)
            assert [read(session) for _ in range(batches)] == following
            if epochs is not None:
                with pytest.raises(tf.errors.OutOfRangeError):
                    read(session)


def test_damage_surfaces_as_tensorflow_reports_it(tmp_path: Path) -> None:
    path = tmp_path / "data"
    write_records(path, encode_examples({"n": [1, 2, 3]}), "")
    path.write_bytes(path.read_bytes()[:-5])

    with pytest.raises(tf.errors.DataLossError):
        numbers_of(examples_dataset(path, NUMBER, 10, num_epochs=1))


def test_an_empty_file_has_no_batches(tmp_path: Path) -> None:
    (tmp_path / "data.gz").touch()

    for epochs in (1, 2, None):
        assert list(examples_dataset(tmp_path / "data.gz", NUMBER, 10, num_epochs=epochs)) == []


def test_files_are_matched_once_and_sorted(files: str) -> None:
    folder = Path(files).parent

    matched = matching_files([files, folder / "data-1", str(folder / "data-[01]")])

    assert [Path(name).name for name in matched] == ["data-0", "data-1", "data-2", "data-3"]


def test_a_file_with_a_bracket_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "data[0]"
    write_records(path, encode_examples({"n": [1]}))

    assert matching_files(path) == [str(path)]


@pytest.mark.parametrize("pattern", ["nothing*", ".hidden", "folder"])
def test_a_pattern_without_files_is_named(tmp_path: Path, pattern: str) -> None:
    (tmp_path / ".hidden").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(DataError, match=r"No file matches '.*" + pattern.replace("*", r"\*")):
        matching_files(tmp_path / pattern)


def test_no_patterns_at_all() -> None:
    with pytest.raises(DataError, match="no name or pattern"):
        matching_files([])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be an int of 1 or more. Got 0"),
        ({"batch_size": 2.5}, "batch_size must be an int"),
        ({"batch_size": 1, "num_epochs": -1}, "num_epochs must be"),
        ({"batch_size": 1, "shuffle_buffer_size": 0}, "shuffle_buffer_size must be"),
        ({"batch_size": 1, "label_key": "m"}, "label 'm' is none of the features"),
    ],
)
def test_arguments_out_of_range(files: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        examples_dataset(files, NUMBER, **arguments)
