from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf

from trainwright.data.bad_records import BadRecords, counting_bad_records
from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import examples_dataset
from trainwright.data.input_settings import InputSettings, using_input
from trainwright.data.tfrecord import write_records

SPEC = {"n": tf.io.FixedLenFeature([], tf.int64)}
COUNT = 3_000


def rows(numbers: range) -> list[bytes]:
    return list(encode_examples({"n": pa.array(list(numbers))}))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "one", tmp_path / "two.gz", tmp_path / "three"]
    for index, path in enumerate(paths):
        numbers = range(index * COUNT, (index + 1) * COUNT)
        write_records(path, rows(numbers), "GZIP" if path.suffix else "")
    return paths


def read(files: list[Path], limit: int, bad: list[BadRecords], **options: Any) -> list[int]:
    wanted = {"num_epochs": 1, "shuffle": False} | options
    with using_input(InputSettings(max_bad_records=limit)), counting_bad_records() as counted:
        bad.append(counted)
        batches = examples_dataset(list(map(str, files)), SPEC, 64, **wanted)
        return [int(n) for batch in batches for n in batch["n"].numpy()]


def damage(files: list[Path]) -> list[int]:
    """Breaks three places of three files; returns what can still be read."""
    data = bytearray(files[0].read_bytes())
    size = len(data) // COUNT
    data[size * 1_000 + 14] ^= 1  # in the data of a record of the first file
    data[size * 2_000] ^= 1  # in the length of another one
    files[0].write_bytes(bytes(data))
    whole = rows(range(2 * COUNT, 3 * COUNT))
    whole[7] = b"garbage"
    whole[9:9] = list(encode_examples({"n": ["text"]}))
    write_records(files[2], whole, "")
    return [n for n in range(3 * COUNT) if n not in (1_000, 2_000, 2 * COUNT + 7)]


@pytest.mark.parametrize("options", [{}, {"shuffle": True, "seed": 1}])
def test_sound_files_are_read_as_ever(files: list[Path], options: Any) -> None:
    bad: list[BadRecords] = []
    assert read(files, 5, bad, **options) == read(files, 0, bad, **options)
    assert bad[0].count == 0


def test_bad_records_are_skipped_and_counted(files: list[Path]) -> None:
    # Whatever the sizes of records are, these lie in three different ones of the first file.
    sizes = {len(record) for record in rows(range(128, COUNT))}
    assert len(sizes) == 1
    write_records(files[0], rows(range(128, 128 + COUNT)), "")
    damage(files)
    bad: list[BadRecords] = []
    expected = [n for n in range(128, 128 + COUNT) if n not in (1_128, 2_128)]
    expected += [*range(COUNT, 2 * COUNT), *range(2 * COUNT, 3 * COUNT)]
    expected.remove(2 * COUNT + 7)
    assert sorted(read(files, 4, bad)) == sorted(expected)
    assert bad[0].count == 4
    assert any("the data do not match" in shown for shown in bad[0].shown)
    assert any("holds texts" in shown for shown in bad[0].shown)
    # As a data set held in memory, shuffled, epoch after epoch: counted once.
    held = read(files, 4, bad, num_epochs=3, shuffle=True)
    assert sorted(held) == sorted(expected * 3)
    assert bad[1].count == 4


def test_too_many_bad_records(files: list[Path]) -> None:
    damage(files)
    bad: list[BadRecords] = []
    with pytest.raises(tf.errors.OpError):
        read(files, 3, bad)
    assert "More than 3 records cannot be read or parsed" in str(bad[0].problem)


def test_a_truncated_gzip_file(files: list[Path]) -> None:
    data = files[1].read_bytes()
    files[1].write_bytes(data[: len(data) // 2])
    bad: list[BadRecords] = []
    found = read(files, 1, bad)
    # Files come in the order of their names.
    assert found[: 2 * COUNT] == [*range(COUNT), *range(2 * COUNT, 3 * COUNT)]
    kept = len(found) - 2 * COUNT
    assert found[2 * COUNT :] == list(range(COUNT, COUNT + kept))
    assert 0 < kept < COUNT
    assert "is truncated" in bad[0].shown[0]
    with pytest.raises(tf.errors.DataLossError):
        read(files, 0, bad)


def test_in_a_graph_and_its_position_can_be_saved(files: list[Path], tmp_path: Path) -> None:
    damage(files)
    with using_input(InputSettings(max_bad_records=9)), tf.Graph().as_default():
        dataset = examples_dataset(list(map(str, files)), SPEC, 64, num_epochs=1, shuffle=False)
        iterator = tf.compat.v1.data.make_initializable_iterator(dataset)
        batch = iterator.get_next()["n"]
        saveable = tf.data.experimental.make_saveable_from_iterator(iterator)
        saver = tf.compat.v1.train.Saver({"input": saveable})
        with tf.compat.v1.Session() as session:
            session.run(iterator.initializer)
            session.run(batch)
            path = saver.save(session, str(tmp_path / "position"))
            after = [session.run(batch).tolist() for _ in range(60)]
        with tf.compat.v1.Session() as session:
            session.run(iterator.initializer)
            saver.restore(session, path)
            assert [session.run(batch).tolist() for _ in range(60)] == after
