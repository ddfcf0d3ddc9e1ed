"""From files to artifacts, read back as a training run would."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainwright.data.record_batches import decode_examples
from trainwright.data.schema import read_schema
from trainwright.data.statistics import num_examples, read_statistics
from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError, InvalidArgumentError, TrainwrightError
from trainwright.ingest import IngestOptions, ingest
from trainwright.ingest.column_types import ColumnType

HEADER = "id,city,fare,paid,when,zip,empty"
ROWS = [f"{n},c{n % 5},{n / 4},{'true' if n % 2 else 'false'},2020-01-{1 + n % 28:02},0{n},"
        for n in range(300)]  # fmt: skip


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., str]:
    def write(*lines: str, name: str = "data.csv", encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return str(path)

    return write


def rows_of(directory: Path, split: str) -> list[dict[str, Any]]:
    files = sorted((directory / "examples" / f"Split-{split}").iterdir())
    records = [record for file in files for record in read_records(file)]
    return decode_examples(np.array(records, object), None).to_pylist()  # type: ignore[no-any-return]


def test_rows_of_csv_become_examples(csv: Callable[..., str], tmp_path: Path) -> None:
    quoted = '300,"two\nlines, ""quoted""",NA,true,2020-02-01,0300,'

    result = ingest(csv(HEADER, *ROWS, quoted), tmp_path / "out")

    rows = {row["id"][0]: row for split in result.rows for row in rows_of(tmp_path / "out", split)}
    assert sorted(rows) == list(range(301))
    assert rows[7] == {
        "id": [7],
        "city": [b"c2"],
        "fare": [1.75],
        "paid": [1],
        "when": [1578441600],
        "zip": [b"07"],
    }
    assert rows[300]["city"] == [b'two\nlines, "quoted"']
    assert rows[300].get("fare") is None
    assert result.types["zip"] is ColumnType.TEXT
    assert result.left_out == {"empty": "has no value"}
    assert result.rows == num_examples(tmp_path / "out" / "statistics")
    assert result.rows["train"] + result.rows["eval"] == 301
    assert 30 < result.rows["eval"] < 90


def test_the_schema_fits_all_rows(csv: Callable[..., str], tmp_path: Path) -> None:
    ingest(csv(HEADER, *ROWS, "300,c9,,true,2020-02-01,0300,"), tmp_path / "out")

    features = {f.name: f for f in read_schema(tmp_path / "out" / "schema").feature}
    assert list(features["city"].string_domain.value) == ["c0", "c1", "c2", "c3", "c4", "c9"]
    assert (features["id"].int_domain.min, features["id"].int_domain.max) == (0, 300)
    assert features["id"].shape.dim[0].size == 1
    assert features["fare"].value_count.max == 1
    assert not features["fare"].shape.dim
    assert not features["zip"].string_domain.value
    statistics = read_statistics(tmp_path / "out" / "statistics")
    assert sorted(statistics) == ["eval", "train"]


@pytest.mark.parametrize("kind", ["parquet", "sqlite", "gzip", "pattern", "semicolons", "bom"])
def test_each_kind_of_source_gives_the_same(
    csv: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    lines = ["n,x,word"] + [f"{n},{n / 8},w{n % 3}" for n in range(100)]
    expected = ingest(csv(*lines), tmp_path / "expected")
    table = pa.table(
        {
            "n": range(100),
            "x": [n / 8 for n in range(100)],
            "word": [f"w{n % 3}" for n in range(100)],
        }
    )
    if kind == "parquet":
        location = str(tmp_path / "data.parquet")
        pq.write_table(table, location, row_group_size=7)
    elif kind == "sqlite":
        with sqlite3.connect(tmp_path / "data.db") as connection:
            connection.execute("create table t (n integer, x real, word text)")
            rows = [(row["n"], row["x"], row["word"]) for row in table.to_pylist()]
            connection.executemany("insert into t values (?, ?, ?)", rows)
        location = f"sqlite:///{tmp_path}/data.db?SELECT n, x, word FROM t ORDER BY n"
    elif kind == "gzip":
        (tmp_path / "z.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
        location = str(tmp_path / "z.csv.gz")
    elif kind == "pattern":
        csv(*lines[:50], name="part-1.csv")
        csv("word,n,x", *(",".join(np.roll(line.split(","), 1)) for line in lines[50:]),
            name="part-2.csv")  # fmt: skip
        location = str(tmp_path / "part-*.csv")
    elif kind == "semicolons":
        location = csv(*(line.replace(",", ";") for line in lines))
    else:
        location = csv(*lines, encoding="utf-8-sig")

    result = ingest(location, tmp_path / "out")

    assert result.types == expected.types
    assert result.rows == expected.rows
    for split in result.rows:
        assert rows_of(tmp_path / "out", split) == rows_of(tmp_path / "expected", split)


def test_lists_and_times_of_parquet(tmp_path: Path) -> None:
    import datetime

    table = pa.table(
        {
            "tags": [["a", "b"], None, []] * 10,
            "day": [datetime.date(1970, 1, 2)] * 30,
            "small": pa.array([1.5, 2.5, None] * 10, pa.float16()),
            "code": pa.array(["x", "y", "x"] * 10).dictionary_encode(),
            "n": range(30),
        }
    )
    pq.write_table(table, tmp_path / "data.parquet")

    ingest(str(tmp_path / "data.parquet"), tmp_path / "out", IngestOptions(split="all=1"))

    rows = sorted(rows_of(tmp_path / "out", "all"), key=lambda row: row["n"])
    assert rows[0]["tags"] == [b"a", b"b"]
    assert rows[1].get("tags") is None
    assert rows[0]["day"] == [86_400]
    assert rows[1]["small"] == [2.5]
    assert rows[1]["code"] == [b"y"]


def test_malformed_rows_are_left_out_up_to_a_limit(csv: Callable[..., str], tmp_path: Path) -> None:
    rows = [f"{n},{n}" for n in range(50)]
    path = csv("a,b", '1,"two\nlines"', *rows, "1", "1,2,3")

    result = ingest(path, tmp_path / "out", IngestOptions(max_bad_rows=2))

    assert result.bad_rows == 2
    assert sum(result.rows.values()) == 51
    assert f"{path}, line 54: 1 field where the header names 2 columns" in result.first_bad_rows[0]
    with pytest.raises(DataError, match="line 55.*--max-bad-rows allows 1"):
        ingest(path, tmp_path / "out", IngestOptions(max_bad_rows=1))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,b", "1"], "line 2: 1 field where the header names 2 columns, in '1'"),
        (["a,b", "1,2", '3,"x', "4,5"], "has a quote that is never closed"),
        (["a,a", "1,2"], "2 columns of the name 'a'"),
        (["a", "1,2"], "line 2: 2 fields where the header names 1 column, in '1,2'"),
        (["\x01\x02", "1"], "is not text: its first line is full of control"),
        (["\x00\x02", "1"], "is not text: its first line has characters of code 0"),
        (["PAR1", "1"], "is a Parquet file, not text"),
        (['"a' + "x" * 200_000, "1"], "line 1: the header cannot be read: field larger than"),
        ([], "is empty"),
        (["a,b"], "has no rows"),
        (["a", "1"], "would have no row, of 1 in all"),
        (["a,b", ",", ","], "no column with a value"),
    ],
)
def test_csv_that_cannot_be_read(
    csv: Callable[..., str], tmp_path: Path, lines: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        ingest(csv(*lines), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_encoding(csv: Callable[..., str], tmp_path: Path) -> None:
    path = csv("a,b", *(f"{n},é" for n in range(40)), encoding="latin-1")

    with pytest.raises(DataError, match=r"line 2, column 2: byte 0xe9 is not utf-8"):
        ingest(path, tmp_path / "out")

    result = ingest(path, tmp_path / "out", IngestOptions(encoding="latin-1"))
    assert list(result.schema.feature[1].string_domain.value) == ["é"]
    with pytest.raises(DataError, match="no encoding 'klingon'"):
        ingest(path, tmp_path / "out", IngestOptions(encoding="klingon"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding(
    csv: Callable[..., str], tmp_path: Path, encoding: str
) -> None:
    path = csv('"a",b', *(f"{n},é" for n in range(40)), encoding=encoding)

    result = ingest(path, tmp_path / "out")

    assert [feature.name for feature in result.schema.feature] == ["a", "b"]
    assert list(result.schema.feature[1].string_domain.value) == ["é"]


def test_utf_16_without_a_mark_is_told_apart_from_what_is_no_text(
    csv: Callable[..., str], tmp_path: Path
) -> None:
    lines = ["a,b", *(f"{n},é" for n in range(40))]
    path = csv(*lines, encoding="utf-16-be")

    with pytest.raises(DataError, match="looks like UTF-16") as caught:
        ingest(path, tmp_path / "out")

    assert caught.value.hint == "Add --encoding utf-16-be."
    result = ingest(path, tmp_path / "out", IngestOptions(encoding="utf-16-be"))
    assert sum(result.rows.values()) == 40
    bad = csv(*lines, "1", encoding="utf-16")
    with pytest.raises(DataError, match="line 42: 1 field where"):
        ingest(bad, tmp_path / "out")


def test_bytes_of_another_encoding_in_a_malformed_row(
    csv: Callable[..., str], tmp_path: Path
) -> None:
    path = csv("a,b", "1,2", "", "3,4", "é", encoding="latin-1")

    with pytest.raises(DataError, match="line 5, column 1: byte 0xe9 is not utf-8"):
        ingest(path, tmp_path / "out")
    with pytest.raises(DataError, match="line 5: 1 field where .* in 'é'"):
        ingest(path, tmp_path / "out", IngestOptions(encoding="latin-1"))
    with pytest.raises(DataError, match="line 5, column 1: byte 0xe9 is not ascii"):
        ingest(path, tmp_path / "out", IngestOptions(encoding="ascii"))


def test_lines_before_the_header_and_names_in_several_lines(
    csv: Callable[..., str], tmp_path: Path
) -> None:
    path = csv("", "", '"a', 'b",c', *(f"{n},{n}" for n in range(20)), "1")

    with pytest.raises(DataError, match="line 25: 1 field where"):
        ingest(path, tmp_path / "out")
    result = ingest(path, tmp_path / "out", IngestOptions(max_bad_rows=1))

    assert result.types == {"a_b": ColumnType.INTEGER, "c": ColumnType.INTEGER}
    assert sum(result.rows.values()) == 20


def test_columns_without_a_name_get_one(csv: Callable[..., str], tmp_path: Path) -> None:
    rows = (f"{n},{n / 2},x{n}," for n in range(40))

    result = ingest(csv(",fare,,", *rows), tmp_path / "out")

    assert list(result.types) == ["index", "fare", "column_3"]
    assert result.left_out == {"column_4": "has no value"}


def test_a_header_of_many_columns(csv: Callable[..., str], tmp_path: Path) -> None:
    names = [f"a rather long name of a column {n}" for n in range(3_000)]
    rows = [",".join(["1"] * len(names)), ",".join(["2"] * len(names))]

    result = ingest(csv(",".join(names), *rows), tmp_path / "out", IngestOptions(split="train=1"))

    assert len(result.types) == 3_000


def test_archives_by_what_they_are(csv: Callable[..., str], tmp_path: Path) -> None:
    lines = "a,b\n" + "".join(f"{n},{n}\n" for n in range(40))
    named = tmp_path / "packed.csv"
    named.write_bytes(gzip.compress(lines.encode()))
    assert sum(ingest(str(named), tmp_path / "out").rows.values()) == 40

    (tmp_path / "plain.csv.gz").write_text(lines)
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(lines.encode())[:-20])
    for name, members in {
        "two.zip": ["x.csv", "y.csv"],
        "one.zip": ["x.csv", "__MACOSX/x"],
    }.items():
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member in members:
                archive.writestr(member, lines)
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")

    for name, message in {
        "plain.csv.gz": "cannot be read to its end: Not a gzipped file",
        "cut.csv.gz": "cannot be read to its end: Compressed file ended",
        "two.zip": "holds 2 files: x.csv, y.csv",
        "book.xlsx": "is a workbook or document, not text",
    }.items():
        with pytest.raises(DataError, match=message):
            ingest(str(tmp_path / name), tmp_path / "out")
    assert sum(ingest(str(tmp_path / "one.zip"), tmp_path / "out").rows.values()) == 40


def test_decimal_commas_between_semicolons(csv: Callable[..., str], tmp_path: Path) -> None:
    rows = (f"{n},5;{n};{n}.5;{n}.{n},5" for n in range(40))

    result = ingest(csv("a;b;c;d", *rows), tmp_path / "out")

    assert [type_.name for type_ in result.types.values()] == [
        *("COMMA_FLOAT", "INTEGER", "FLOAT", "TEXT")
    ]
    low = [read_statistics(tmp_path / "out" / "statistics")["train"].datasets[0].features[0]]
    assert low[0].num_stats.min % 1 == 0.5
    quoted = (f'"{n},5",{n}' for n in range(40))
    result = ingest(csv("a,b", *quoted), tmp_path / "out")
    assert result.types["a"] is ColumnType.TEXT  # it may as well stand between thousands


def test_files_of_other_columns(csv: Callable[..., str], tmp_path: Path) -> None:
    csv("a,b", "1,2", name="x-1.csv")
    csv("a,c", "1,2", name="x-2.csv")

    with pytest.raises(DataError, match=r"x-2.csv has other columns than .*x-1.csv: it lacks"):
        ingest(str(tmp_path / "x-*.csv"), tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drop": ["fair"]}, "no column 'fair'"),
        ({"split_by": "citi"}, "no column 'citi'"),
        ({"types": {"fare": "number"}}, "'fare' cannot be of type 'number'"),
        ({"split_key": "id", "split_by": "city"}, "--split-by and --split-key exclude each other"),
        ({"split_on_time": "city"}, "'city', by which rows are to be split, is text"),
        ({"types": {"city": "integer"}}, "'city' has values that are not integer"),
        ({"split": "half"}, "must be written as"),
    ],
)
def test_options_that_do_not_fit(
    csv: Callable[..., str], tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TrainwrightError, match=message):
        ingest(csv(HEADER, *ROWS), tmp_path / "out", IngestOptions(**options))
    assert not (tmp_path / "out").exists()


def test_chosen_types_and_dropped_columns(csv: Callable[..., str], tmp_path: Path) -> None:
    options = IngestOptions(types={"id": "text", "fare": "float"}, drop=["when"], shards=3)

    result = ingest(csv(HEADER, *ROWS), tmp_path / "out", options)

    assert result.types["id"] is ColumnType.TEXT
    assert "when" not in result.types
    files = sorted((tmp_path / "out" / "examples" / "Split-train").iterdir())
    assert [file.name for file in files] == [f"data_tfrecord-0000{n}-of-00003.gz" for n in range(3)]
    counts = [len(list(read_records(file))) for file in files]
    assert max(counts) - min(counts) <= 1


def test_splits_by_value_and_by_time(csv: Callable[..., str], tmp_path: Path) -> None:
    by_value = ingest(csv(HEADER, *ROWS), tmp_path / "a", IngestOptions(split_by="city"))
    by_time = ingest(csv(HEADER, *ROWS), tmp_path / "b", IngestOptions(split_on_time="when"))

    assert by_value.rows == dict.fromkeys(["c0", "c1", "c2", "c3", "c4"], 60)
    assert by_value.left_out["city"] == "names the split"
    latest = max(row["when"][0] for row in rows_of(tmp_path / "b", "train"))
    assert all(row["when"][0] > latest for row in rows_of(tmp_path / "b", "eval"))
    assert sum(by_time.rows.values()) == 300


def test_only_its_own_output_is_replaced(csv: Callable[..., str], tmp_path: Path) -> None:
    path = csv(HEADER, *ROWS)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").touch()

    with pytest.raises(InvalidArgumentError, match="holds files that would be lost"):
        ingest(path, tmp_path / "precious")
    with pytest.raises(InvalidArgumentError, match="is a file"):
        ingest(path, path)
    ingest(path, tmp_path / "out")
    ingest(path, tmp_path / "out", IngestOptions(split="train=1,test=1"))

    assert sorted(p.name for p in (tmp_path / "out" / "examples").iterdir()) == [
        "Split-test",
        "Split-train",
    ]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("nothing-*.csv", "No file matches"),
        (".", "is a directory"),
        ("sqlite:///x.db", "No file matches|has no query"),
        ("sqlite:///x.db?colour=blue", "has no query"),
        ("sqlite:////nonexistent/x.db?select 1", "cannot be read"),
        ("gopher://x/y.csv", "cannot be read"),
        ("postgresql+nodriver://u:secret@h/db?SELECT 1", "not a database that can be read"),
    ],
)
def test_locations_that_name_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrainwrightError, match=message) as raised:
        ingest(location, tmp_path / "out")
    assert "secret" not in str(raised.value)


def test_names_that_features_cannot_have(csv: Callable[..., str], tmp_path: Path) -> None:
    lines = [f"{n},{n},{n % 2}" for n in range(60)]
    options = IngestOptions(drop=["Prix (€)"], types={"Trip_Miles": "float"}, split_by=None)

    result = ingest(csv("Trip Miles,Prix (€),late?", *lines), tmp_path / "out", options)

    assert result.types == {"Trip_Miles": ColumnType.FLOAT, "late": ColumnType.INTEGER}
    assert result.renamed == {"Trip_Miles": "Trip Miles", "late": "late?", "Prix": "Prix (€)"}
    assert result.left_out == {"Prix": "dropped"}


def test_rows_without_a_required_value(csv: Callable[..., str], tmp_path: Path) -> None:
    lines = [f"{n},{'' if n % 3 else n}" for n in range(300)]

    result = ingest(csv("a,label", *lines), tmp_path / "out", IngestOptions(require=["label"]))

    assert sum(result.rows.values()) == 100
    assert result.incomplete_rows == 200
    label = next(f for f in result.schema.feature if f.name == "label")
    assert label.presence.min_fraction == 1
