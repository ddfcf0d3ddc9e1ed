from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwright.data import salvage as module
from trainwright.data.salvage import is_complete, salvage
from trainwright.data.tfrecord import find_damage, write_records
from trainwright.errors import CorruptRecordError, DataError

RECORDS = [b"%d" % n * (n % 7 + 1) for n in range(200)]


def parts(path: Path) -> tuple[list[bytes], list[CorruptRecordError]]:
    found = list(salvage(path))
    return (
        [one for one in found if isinstance(one, bytes)],
        [one for one in found if isinstance(one, CorruptRecordError)],
    )


def write(path: Path, data: bytes, compression: str = "") -> Path:
    path.write_bytes(gzip.compress(data) if compression else data)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> bytes:
    write_records(tmp_path / "sound", RECORDS, "")
    return (tmp_path / "sound").read_bytes()


def begin(index: int) -> int:
    return sum(len(record) + 16 for record in RECORDS[:index])


@pytest.mark.parametrize("compression", ["", "GZIP"])
@pytest.mark.parametrize("place", [0, 9, 12, -1])
def test_one_record_is_damaged(tmp_path: Path, plain: bytes, compression: str, place: int) -> None:
    data = bytearray(plain)
    where = begin(50) + place if place >= 0 else begin(51) - 1
    data[where] ^= 1
    records, damage = parts(write(tmp_path / "data", bytes(data), compression))
    assert records == RECORDS[:50] + RECORDS[51:]
    (one,) = damage
    assert (one.record, one.offset) == (50, begin(50))


def test_the_end_is_missing(tmp_path: Path, plain: bytes) -> None:
    records, (damage,) = parts(write(tmp_path / "data", plain[: begin(100) + 5]))
    assert records == RECORDS[:100]
    assert (damage.record, damage.problem) == (100, "it ends 5 bytes into a record")


def test_a_gzip_stream_breaks(tmp_path: Path) -> None:
    write_records(tmp_path / "sound.gz", RECORDS)
    data = (tmp_path / "sound.gz").read_bytes()
    (tmp_path / "data.gz").write_bytes(data[: len(data) // 2])
    records, (damage,) = parts(tmp_path / "data.gz")
    assert records == RECORDS[: len(records)]
    assert damage.record == len(records) > 0
    assert "gzip stream is broken (it is truncated)" in damage.message
    (tmp_path / "data.gz").write_bytes(data[:-8])
    records, (damage,) = parts(tmp_path / "data.gz")
    assert records == RECORDS


def test_garbage_between_records_is_passed_over_in_windows(
    tmp_path: Path, plain: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WINDOW", 64)
    data = plain[: begin(3)] + b"\0" * 1000 + plain[begin(3) :]
    records, damage = parts(write(tmp_path / "data", data))
    # Twelve zeros are no record: their checksum is not 0.
    assert records == RECORDS
    assert len(damage) == 1


def test_completeness(tmp_path: Path, plain: bytes) -> None:
    write_records(tmp_path / "data.gz", RECORDS)
    write(tmp_path / "data", plain)
    for name, compression in (("data", ""), ("data.gz", "GZIP")):
        path = tmp_path / name
        assert is_complete(str(path), len(plain), compression)
        assert not is_complete(str(path), len(plain) - 20, compression)
        path.write_bytes(path.read_bytes()[:-3])
        assert not is_complete(str(path), len(plain), compression)
    (tmp_path / "data.gz").write_bytes(b"")
    assert not is_complete(str(tmp_path / "data.gz"), 0, "GZIP")
    with pytest.raises(DataError, match="cannot be read"):
        is_complete(str(tmp_path / "absent"), 0, "")
    with pytest.raises(DataError, match="cannot be read"):
        list(salvage(tmp_path / "absent", ""))
    with pytest.raises(DataError, match="cannot be read"):
        list(salvage(tmp_path / "absent", "GZIP"))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_happens_to_a_file(tmp_path_factory: pytest.TempPathFactory, data) -> None:
    """Flips, cuts and wrong lengths: never another error, never a record that was not written."""
    path = tmp_path_factory.mktemp("salvage") / "data"
    records = data.draw(st.lists(st.binary(max_size=40), max_size=8))
    compression = data.draw(st.sampled_from(["", "GZIP"]))
    write_records(path, records, compression)
    contents = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        if contents:
            contents[data.draw(st.integers(0, len(contents) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(contents[: data.draw(st.integers(0, len(contents)))]))
    sound, damage = parts(path)
    remaining = iter(records)
    assert all(record in remaining for record in sound), "in their order, each at most once"
    assert (find_damage([path]) is None) == (not damage)
