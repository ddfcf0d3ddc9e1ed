from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trainwright.data.tfrecord import (
    Compression,
    detect_compression,
    find_damage,
    read_records,
    write_records,
)
from trainwright.errors import CorruptRecordError, DataError

RECORDS = [b"first", b"", b"third " * 50, bytes(range(256))]
COMPRESSIONS: list[Compression] = ["", "GZIP"]

same_folder_every_time = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


def tensorflow_reads(path: Path, compression: str) -> list[bytes]:
    import tensorflow as tf

    return [record.numpy() for record in tf.data.TFRecordDataset(str(path), compression)]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@same_folder_every_time
@given(records=st.lists(st.binary(max_size=300), max_size=8))
def test_reads_what_it_wrote(
    tmp_path: Path, compression: Compression, records: list[bytes]
) -> None:
    path = tmp_path / "data"

    assert write_records(path, records, compression) == len(records)
    assert list(read_records(path)) == records


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_tensorflow_reads_what_we_wrote(tmp_path: Path, compression: Compression) -> None:
    path = tmp_path / "data"
    write_records(path, RECORDS, compression)

    assert tensorflow_reads(path, compression) == RECORDS


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_reads_what_tensorflow_wrote(tmp_path: Path, compression: Compression) -> None:
    import tensorflow as tf

    path = tmp_path / "data"
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for record in RECORDS:
            writer.write(record)

    assert detect_compression(path) == compression
    assert list(read_records(path)) == RECORDS


@pytest.mark.parametrize("compression", COMPRESSIONS)
@same_folder_every_time
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@example(where=0.0, bit=0)
def test_a_flipped_bit_never_gives_other_records(
    tmp_path: Path, compression: Compression, where: float, bit: int
) -> None:
    path = tmp_path / "data"
    write_records(path, RECORDS, compression)
    contents = bytearray(path.read_bytes())
    contents[int(where * len(contents))] ^= 1 << bit
    path.write_bytes(contents)

    read = []
    damage = None
    try:
        for record in read_records(path):
            read.append(record)
    except CorruptRecordError as error:
        damage = error

    assert read == RECORDS[: len(read)]
    if damage is None:
        assert read == RECORDS
        assert tensorflow_reads(path, compression) == RECORDS
    else:
        assert damage.record == len(read)
        assert damage.offset == sum(len(record) + 16 for record in read)
        assert damage.path == str(path)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@same_folder_every_time
@given(where=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_damaged_unless_cut_between_records(
    tmp_path: Path, compression: Compression, where: float
) -> None:
    path = tmp_path / ("data.gz" if compression else "data")
    write_records(path, RECORDS, compression)
    contents = path.read_bytes()
    kept = int(where * len(contents))
    path.write_bytes(contents[:kept])

    ends = [sum(len(record) + 16 for record in RECORDS[:n]) for n in range(len(RECORDS))]
    damage = find_damage([path])

    if kept == 0 or (not compression and kept in ends):
        assert damage is None
    else:
        assert damage is not None
        assert "damaged" in str(damage)


def test_all_records_before_broken_gzip_data_are_read(tmp_path: Path) -> None:
    records = [f"record {number}".encode() * 20 for number in range(2_000)]
    path = tmp_path / "data.gz"
    write_records(path, records)
    contents = bytearray(path.read_bytes())
    middle = len(contents) // 2
    contents[middle : middle + 8] = b"\xff" * 8
    path.write_bytes(contents)

    damage = find_damage([path])

    assert damage is not None
    assert 500 < damage.record < 1_500


def test_says_what_is_wrong_with_a_length(tmp_path: Path) -> None:
    path = tmp_path / "data"
    write_records(path, RECORDS, "")
    contents = bytearray(path.read_bytes())
    contents[21] ^= 1
    path.write_bytes(contents)

    with pytest.raises(CorruptRecordError, match=r"length does not match.*record 1 \(byte 21"):
        list(read_records(path))


def test_reads_gzip_streams_that_follow_each_other(tmp_path: Path) -> None:
    one, two, both = tmp_path / "one", tmp_path / "two", tmp_path / "both"
    write_records(one, RECORDS[:2])
    write_records(two, RECORDS[2:])
    both.write_bytes(one.read_bytes() + two.read_bytes())

    assert list(read_records(both)) == RECORDS


def test_bytes_after_the_gzip_stream_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "data"
    write_records(path, RECORDS)
    with path.open("ab") as file:
        file.write(b"something else")

    damage = find_damage([path])

    assert damage is not None
    assert damage.record == len(RECORDS)


def test_a_record_of_many_chunks(tmp_path: Path) -> None:
    path = tmp_path / "data"
    huge = zlib.compress(bytes(range(256))) * 20_000
    write_records(path, [b"small", huge, b"small"], "")

    assert list(read_records(path)) == [b"small", huge, b"small"]


def test_equal_records_give_equal_files(tmp_path: Path) -> None:
    write_records(tmp_path / "one", RECORDS)
    write_records(tmp_path / "two", RECORDS)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "data.gz"
    path.touch()

    assert list(read_records(path)) == []
    assert tensorflow_reads(path, "GZIP") == []


def test_a_plain_record_that_looks_like_gzip_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "data"
    write_records(path, [b"x" * 0x8B1F], "")

    assert path.read_bytes().startswith(b"\x1f\x8b")
    assert detect_compression(path) == ""


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent cannot be read: No such file"):
        list(read_records(tmp_path / "absent"))


def test_a_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        find_damage([tmp_path])


def test_nothing_is_left_of_a_file_whose_records_fail(tmp_path: Path) -> None:
    def records() -> object:
        yield b"one"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_records(tmp_path / "data", records())  # type: ignore[arg-type]

    assert list(tmp_path.iterdir()) == []


def test_real_examples_are_sound(shared_data: Path) -> None:
    files = sorted((shared_data / "taxi" / "examples" / "Split-eval").iterdir())

    assert find_damage(files) is None
    assert sum(1 for file in files for _ in read_records(file)) == 5_091


def test_gzip_of_another_writer(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    write_records(plain, RECORDS, "")
    packed.write_bytes(gzip.compress(plain.read_bytes(), compresslevel=1))

    assert list(read_records(packed)) == RECORDS
