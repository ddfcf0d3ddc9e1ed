from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.parquet import parquet_as_records
from trainwright.data.record_batches import arrow_schema, decode_examples
from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError, SchemaError


def schema_of(**types: str) -> schema_pb2.Schema:
    schema = schema_pb2.Schema()
    for name, type_ in types.items():
        schema.feature.add(name=name, type=type_)
    return schema


def write(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def rows(patterns: Any, schema: schema_pb2.Schema | None = None) -> dict[str, list[Any]]:
    """What is read back, by column."""
    records = [r for name in parquet_as_records(patterns, schema) for r in read_records(name)]
    columns = arrow_schema(schema) if schema is not None else None
    return dict(decode_examples(records, columns).to_pydict())


def test_columns_of_every_type(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        number=pa.array([1, None, 3], pa.int32()),
        flag=[True, False, None],
        ratio=[0.5, None, 2.0],
        whole=[1, 2, 3],
        word=["a", None, "c"],
        category=pa.array(["x", "y", "x"]).dictionary_encode(),
        many=[[1, 2], [], None],
        unread=[1, 2, 3],
    )
    schema = schema_of(
        many="INT", number="INT", flag="INT", ratio="FLOAT", whole="FLOAT", word="BYTES",
        category="BYTES", absent="FLOAT",
    )  # fmt: skip
    assert rows(path, schema) == {
        "many": [[1, 2], [], None],
        "number": [[1], None, [3]],
        "flag": [[1], [0], None],
        "ratio": [[0.5], None, [2.0]],
        "whole": [[1.0], [2.0], [3.0]],
        "word": [[b"a"], None, [b"c"]],
        "category": [[b"x"], [b"y"], [b"x"]],
        "absent": [None, None, None],
    }


def test_without_a_schema_all_columns_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", n=[1, 2], f=[0.5, 1.5])
    assert rows(path) == {"f": [[0.5], [1.5]], "n": [[1], [2]]}


def test_rows_come_in_order(tmp_path: Path) -> None:
    for number in (1, 0):
        write(tmp_path / f"data-{number}", n=range(number * 5_000, (number + 1) * 5_000))
    read = rows(tmp_path / "*", schema_of(n="INT"))["n"]
    assert read == [[n] for n in range(10_000)]


def test_files_are_converted_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", n=[1])
    (first,) = parquet_as_records(path)
    assert parquet_as_records([str(path)]) == [first]
    assert parquet_as_records(path, schema_of(n="FLOAT")) != [first]
    write(path, n=[2, 3])
    assert parquet_as_records(path) != [first]
    assert rows(path) == {"n": [[2], [3]]}


@pytest.mark.parametrize(
    ("column", "type_", "message"),
    [
        (["1"], "INT", "'n' is of type string, but the schema says that its values are int64"),
        ([0.5], "INT", "'n' is of type double"),
        ([1], "BYTES", "its values are large_binary"),
        ([["a"]], "FLOAT", "its values are float"),
        ([[1, None]], "INT", "'n' has a list with a null in it"),
        (pa.array([1], pa.timestamp("s")), "INT", "'n' is of type timestamp"),
    ],
)
def test_columns_of_another_type(tmp_path: Path, column: Any, type_: str, message: str) -> None:
    path = write(tmp_path / "a.parquet", n=column)
    with pytest.raises(DataError, match=f"a.parquet cannot be read: .*{message}"):
        parquet_as_records(path, schema_of(n=type_))


def test_what_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("n,m\n1,2\n")
    with pytest.raises(DataError, match="a cannot be read as Parquet"):
        parquet_as_records(tmp_path / "a")
    with pytest.raises(DataError, match="No file matches"):
        parquet_as_records(tmp_path / "b*")


def test_a_column_that_is_required(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", n=[1])
    with pytest.raises(DataError, match="lacks the column 'm', which.*Its columns: n"):
        parquet_as_records(path, schema_of(m="INT"), required=["m"])


def test_a_schema_with_structs(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", n=[1])
    with pytest.raises(SchemaError, match="STRUCT"):
        parquet_as_records(path, schema_of(n="STRUCT"))
