"""What is read from the input cache is what the files hold, now."""

from __future__ import annotations

import errno
import json
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import dataset, decoded_cache, examples_dataset, fingerprints
from trainwright.data.examples.entry_lock import EntryLock
from trainwright.data.input_settings import InputSettings, using_input
from trainwright.data.sequence_examples import sequence_examples_dataset
from trainwright.data.tfrecord import write_records
from trainwright.events import RunObserver, observing

tf = pytest.importorskip("tensorflow")

ROWS = 1_000
NUMBER = {"n": tf.io.FixedLenFeature([], tf.int64)}
SPEC = {
    **NUMBER,
    "pair": tf.io.FixedLenFeature([2], tf.float32),
    "maybe": tf.io.FixedLenFeature([1], tf.float32, default_value=-1.0),
    "words": tf.io.VarLenFeature(tf.string),
    "ragged": tf.io.RaggedFeature(tf.string, "more_words"),
    "parted": tf.io.RaggedFeature(
        tf.float32, "steps", [tf.io.RaggedFeature.UniformRowLength(2)], tf.int64
    ),
    "sparse": tf.io.SparseFeature("index", "value", tf.float32, 5),
    "steps_padded": tf.io.FixedLenSequenceFeature([2], tf.float32, allow_missing=True),
    "names_padded": tf.io.FixedLenSequenceFeature([], tf.string, True, default_value="-"),
}


class Heard(RunObserver):
    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.stages: list[str] = []

    def on_warning(self, message: str) -> None:
        self.warnings.append(message)

    def on_stage(self, name: str) -> None:
        self.stages.append(name)


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    with observing(heard):
        yield heard


@pytest.fixture(autouse=True)
def _as_if_large_and_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "fits_memory", lambda _: False)
    monkeypatch.setattr(decoded_cache, "_CHUNK_RECORDS", 64)
    monkeypatch.setattr(fingerprints, "_SETTLED_NS", -(10**10))


def rows() -> list[bytes]:
    numbers = np.arange(ROWS)
    columns = {
        "n": numbers,
        "pair": [[float(n), float(n) / 2] for n in numbers],
        "maybe": [None if n % 3 else float(n) for n in numbers],
        "words": [[str(n)] * (n % 4) for n in numbers],
        "more_words": [[str(n)] * (n % 4) for n in numbers],
        "steps": [[float(n), 0.5] * (n % 3) for n in numbers],
        "steps_padded": [[float(n), 0.5] * (n % 3) for n in numbers],
        "names_padded": [[str(n)] * (n % 5) for n in numbers],
        "index": [[1, 3] if n % 2 else [0] for n in numbers],
        "value": [[float(n), 1.0] if n % 2 else [float(n)] for n in numbers],
    }
    return list(encode_examples(columns))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("split")
    written = rows()
    for shard in range(4):
        own = written[shard * 250 : (shard + 1) * 250]
        write_records(folder / f"data-{shard}", own, "GZIP" if shard else "")
    return str(folder / "*")


def entries(cache: Path) -> list[Path]:
    return sorted(path.parent for path in cache.glob("*/manifest.json"))


def numbers_of(batches: Any) -> list[int]:
    return [int(n) for batch in batches for n in batch["n"].numpy()]


def in_lists(values: Any) -> Any:
    """Rows of any kind of tensor, without the padding at their ends."""
    if isinstance(values, tf.SparseTensor):
        places = values.indices.numpy()
        found: list[list[Any]] = [[] for _ in range(int(values.dense_shape[0]))]
        for place, value in zip(places, values.values.numpy(), strict=True):
            found[place[0]].append((*place[1:], value))
        return found
    return values.to_list() if isinstance(values, tf.RaggedTensor) else values.numpy().tolist()


@pytest.mark.parametrize(("label", "drop_final"), [(None, False), ("words", True)])
def test_all_kinds_of_features_are_as_read_from_files(
    files: str, tmp_path: Path, label: str | None, drop_final: bool
) -> None:
    def read(**cache: Any) -> Any:
        return examples_dataset(
            files,
            SPEC,
            70,
            num_epochs=2,
            shuffle=False,
            label_key=label,
            drop_final_batch=drop_final,
            **cache,
        )

    plain, cached = read(), read(cache_dir=tmp_path)

    # Of whole batches, more is known than where sequences are padded: sparse ones' lengths.
    assert drop_final or cached.element_spec == plain.element_spec
    pairs = list(zip(plain, cached, strict=True))
    assert len(pairs) == 2 * ROWS // 70 + (not drop_final)
    for ours, theirs in pairs:
        tf.nest.assert_same_structure(ours, theirs, expand_composites=True)
        for one, other in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
            assert in_lists(one) == in_lists(other)
    assert len(entries(tmp_path)) == 1


def test_shuffled_epochs_hold_each_record_once(files: str, tmp_path: Path) -> None:
    def read(seed: int | None) -> list[int]:
        return numbers_of(
            examples_dataset(files, NUMBER, 300, num_epochs=2, seed=seed, cache_dir=tmp_path)
        )

    first = read(1)

    assert sorted(first) == sorted([*range(ROWS)] * 2)
    assert read(1) == first
    assert read(2) != first
    assert read(None) != read(None)
    assert len({n // 250 for n in first[:70]}) == 4


def test_batches_larger_than_blocks_and_endless_epochs(files: str, tmp_path: Path) -> None:
    large = examples_dataset(files, NUMBER, 5_000, num_epochs=1, cache_dir=tmp_path)
    endless = examples_dataset(files, NUMBER, 300, cache_dir=tmp_path)

    assert [len(batch["n"]) for batch in large] == [ROWS]
    assert len(numbers_of(endless.take(10))) == 3_000


def test_works_in_a_graph_and_goes_on_where_a_checkpoint_was(files: str, tmp_path: Path) -> None:
    v1 = tf.compat.v1
    kinds = {name: SPEC[name] for name in ("n", "words", "ragged")}

    def read(skip: int, restore: str | None, save: str | None) -> list[int]:
        with tf.Graph().as_default(), v1.Session() as session:
            data = examples_dataset(files, kinds, 100, seed=3, num_epochs=2, cache_dir=tmp_path)
            iterator = v1.data.make_initializable_iterator(data)
            batch = iterator.get_next()["n"]
            saver = v1.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
            session.run(iterator.initializer)
            if restore:
                saver.restore(session, restore)
            read = [session.run(batch).tolist() for _ in range(skip)]
            if save:
                saver.save(session, save, write_meta_graph=False)
            return [n for numbers in read for n in numbers]

    whole = read(16, None, None)
    first = read(7, None, str(tmp_path / "position"))
    rest = read(9, str(tmp_path / "position"), None)

    assert first + rest == whole


@pytest.mark.parametrize("epochs", [1, None])
def test_few_functions_are_made(files: str, tmp_path: Path, epochs: int | None) -> None:
    names = ("n", "pair", "maybe", "words", "ragged")
    spec = {name: SPEC[name] for name in names} | {"more": tf.io.VarLenFeature(tf.float32)}
    examples_dataset(files, spec, 10, cache_dir=tmp_path)

    with tf.Graph().as_default() as graph:
        read = examples_dataset(files, spec, 10, num_epochs=epochs, cache_dir=tmp_path)
        functions = graph.as_graph_def().library.function

    # Each takes time to be made, and at each start.
    assert len(functions) <= 5
    assert sum(len(function.node_def) for function in functions) < 160
    assert list(read.element_spec) == sorted(spec)


def test_a_second_run_reads_no_file(files: str, tmp_path: Path, heard: Heard) -> None:
    for _ in range(2):
        examples_dataset(files, NUMBER, 100, cache_dir=tmp_path)
        examples_dataset(files, NUMBER, 100, label_key="n", cache_dir=tmp_path)

    assert heard.stages == ["decoding 4 files into the input cache"]
    assert heard.warnings == []


def test_settings_of_the_run_name_the_directory(files: str, tmp_path: Path) -> None:
    with using_input(InputSettings(cache_dir=str(tmp_path / "cache"))):
        examples_dataset(files, NUMBER, 100, cache_dir=False)
        assert entries(tmp_path / "cache") == []
        examples_dataset(files, NUMBER, 100)

    assert len(entries(tmp_path / "cache")) == 1


def _same_size_and_time(path: Path, data: list[bytes]) -> None:
    import os

    before = path.stat()
    write_records(path, data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("write", [write_records, _same_size_and_time])
def test_a_changed_file_is_read_again_and_its_old_entry_removed(
    tmp_path: Path, write: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, cache = tmp_path / "data", tmp_path / "cache"

    def read() -> list[int]:
        return numbers_of(
            examples_dataset(str(file), NUMBER, 8, num_epochs=1, shuffle=False, cache_dir=cache)
        )

    write_records(file, encode_examples({"n": np.arange(10)}))
    other = tmp_path / "other"
    write_records(other, encode_examples({"n": np.arange(3)}))
    examples_dataset(str(other), NUMBER, 8, cache_dir=cache)
    assert read() == list(range(10))
    write(file, list(encode_examples({"n": np.arange(10) + 20})))

    in_use = dict(decoded_cache._in_use)
    assert read() == list(range(20, 30))
    assert len(entries(cache)) == 3, "the old one may still be read by this process"
    for lock in in_use.values():
        lock.give_up()
    monkeypatch.setattr(decoded_cache, "_in_use", {})
    write(file, list(encode_examples({"n": np.arange(10) + 40})))
    assert read() == list(range(40, 50))

    kept = [json.loads((e / "manifest.json").read_text())["files"][0][0] for e in entries(cache)]
    assert str(other) in kept
    assert kept.count(str(file)) <= 2


def test_other_specs_have_other_entries(files: str, tmp_path: Path) -> None:
    with_default = {"n": tf.io.FixedLenFeature([], tf.int64, default_value=3)}
    for spec in (NUMBER, with_default, {"n": tf.io.VarLenFeature(tf.int64)}):
        examples_dataset(files, spec, 100, cache_dir=tmp_path)

    assert len(entries(tmp_path)) == 3


def test_a_full_disk_means_reading_the_files(
    files: str, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(decoded_cache, "_save", fail)
    read = examples_dataset(files, NUMBER, 100, num_epochs=1, cache_dir=tmp_path)

    assert sorted(numbers_of(read)) == list(range(ROWS))
    (warning,) = heard.warnings
    assert "No space left" in warning
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_file_written_just_now_is_not_kept(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_SETTLED_NS", 10**12)
    write_records(tmp_path / "data", encode_examples({"n": np.arange(10)}))

    read = examples_dataset(
        str(tmp_path / "data"), NUMBER, 8, num_epochs=1, cache_dir=tmp_path / "cache"
    )

    assert sorted(numbers_of(read)) == list(range(10))
    assert "two seconds" in heard.warnings[0]


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data"
    write_records(file, encode_examples({"n": np.arange(10)}))
    save = decoded_cache._save

    def save_and_change(*args: Any) -> None:
        save(*args)
        write_records(file, encode_examples({"n": np.arange(20)}))

    monkeypatch.setattr(decoded_cache, "_save", save_and_change)
    read = examples_dataset(str(file), NUMBER, 8, num_epochs=1, cache_dir=tmp_path / "cache")

    assert sorted(numbers_of(read)) == list(range(20))
    assert "changed while" in heard.warnings[0]
    assert entries(tmp_path / "cache") == []


def test_damage_is_told_by_plain_reading(tmp_path: Path, heard: Heard) -> None:
    file = tmp_path / "data"
    write_records(file, encode_examples({"n": np.arange(10)}))
    file.write_bytes(file.read_bytes()[:-20])

    read = examples_dataset(str(file), NUMBER, 8, num_epochs=1, cache_dir=tmp_path / "cache")

    assert "is not used" in heard.warnings[0]
    with pytest.raises(tf.errors.DataLossError):
        list(read)


def test_sequence_examples_are_kept_too(tmp_path: Path) -> None:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = text_format.Parse(
        """
        feature { name: "n" type: INT presence { min_fraction: 1 } shape {} }
        feature { name: "words" type: BYTES }
        feature { name: "##SEQUENCE##" type: STRUCT
                  struct_domain { feature { name: "price" type: FLOAT } } }
        """,
        schema_pb2.Schema(),
    )

    def record(number: int) -> bytes:
        example = tf.train.SequenceExample()
        example.context.feature["n"].int64_list.value.append(number)
        example.context.feature["words"].bytes_list.value.extend([b"w"] * (number % 3))
        for step in range(number % 4):
            price = example.feature_lists.feature_list["price"].feature.add()
            price.float_list.value.extend([0.5] * (step + 1))
        return bytes(example.SerializeToString())

    write_records(tmp_path / "data", [record(number) for number in range(100)])

    def read(**cache: Any) -> Any:
        return sequence_examples_dataset(
            str(tmp_path / "data"), schema, 30, num_epochs=1, shuffle=False, **cache
        )

    plain, cached = read(), read(cache_dir=tmp_path / "cache")

    assert cached.element_spec == plain.element_spec
    for ours, theirs in zip(plain, cached, strict=True):
        for one, other in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
            assert in_lists(one) == in_lists(other)
    assert len(entries(tmp_path / "cache")) == 1


def test_a_lock_can_be_removed_under_one_who_waits_for_it(tmp_path: Path) -> None:
    first, second = EntryLock(tmp_path / "lock"), EntryLock(tmp_path / "lock")
    first.for_reading()
    assert not second.for_removal()
    first.give_up()
    assert second.for_removal()
    second.remove()
    first.for_writing()
    assert (tmp_path / "lock").exists()
    first.give_up()


def _read_in_process(files: str, cache: str, results: Any) -> None:
    fingerprints._SETTLED_NS = -(10**10)
    dataset.fits_memory = lambda _: False
    heard = Heard()
    with observing(heard):
        read = examples_dataset(files, NUMBER, 100, num_epochs=1, cache_dir=cache)
        results.put((sorted(numbers_of(read)), heard.stages, heard.warnings))


@pytest.mark.slow
def test_processes_that_begin_together_write_one_entry(files: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: Any = context.Queue()
    work = (files, str(tmp_path), results)
    processes = [context.Process(target=_read_in_process, args=work) for _ in range(2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()

    assert [numbers for numbers, _, _ in found] == [list(range(ROWS))] * 2
    assert sorted(len(stages) for _, stages, _ in found) == [0, 1]
    assert [warnings for _, _, warnings in found] == [[], []]
    assert len(entries(tmp_path)) == 1
