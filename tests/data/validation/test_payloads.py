from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.tfrecord import write_records
from trainwright.data.validation import PAYLOADS, SplitReport, check_split, payload_of

SEQUENCES = """
feature { name: "user" type: INT int_domain { min: 0 max: 9 } shape { dim { size: 1 } } }
feature {
  name: "##SEQUENCE##" type: STRUCT
  struct_domain {
    feature { name: "word" type: BYTES string_domain { value: "a" value: "b" }
              value_counts { value_count { min: 1 max: 2 } value_count { min: 1 max: 1 } } }
    feature { name: "at" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 2 } } }
  }
}
"""
COLUMNS = """
feature { name: "n" type: INT int_domain { min: 0 max: 9 } }
feature { name: "x" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "tags" type: BYTES value_count { max: 2 } }
"""


def schema(text: str) -> Any:
    return text_format.Parse(text, schema_pb2.Schema())


def feature(values: Any) -> Any:
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def sequence(user: Any = (1,), **steps: Any) -> bytes:
    lists = {
        name: tf.train.FeatureList(feature=[feature(values) for values in rows])
        for name, rows in steps.items()
    }
    context = tf.train.Features(feature={"user": feature(user)})
    return tf.train.SequenceExample(
        context=context, feature_lists=tf.train.FeatureLists(feature_list=lists)
    ).SerializeToString()


def of_sequences(folder: Path, *rows: bytes) -> SplitReport:
    path = folder / "data.gz"
    write_records(path, rows)
    payload = payload_of([str(path)], schema(SEQUENCES))
    assert payload is PAYLOADS["FORMAT_TF_SEQUENCE_EXAMPLE"]
    return check_split(
        "train", [str(path)], payload.expect(schema(SEQUENCES)), payload=payload, distributions=True
    )


def of_parquet(folder: Path, most: int | None = None, **columns: Any) -> SplitReport:
    path = folder / "data.parquet"
    pq.write_table(pa.table(columns), path)
    payload = payload_of([str(path)], schema(COLUMNS))
    assert payload is PAYLOADS["FORMAT_PARQUET"]
    return check_split("train", [str(path)], payload.expect(schema(COLUMNS)), most, payload=payload)


GOOD = sequence(word=[[b"a"], [b"b"]], at=[[1.0, 2.0]])


def test_sequences_are_as_the_schema_says(tmp_path: Path) -> None:
    found = of_sequences(tmp_path, GOOD, sequence(at=[]))
    assert (found.rows, found.whole, found.anomalies) == (2, True, [])
    assert {"user", "##SEQUENCE##.word", "##SEQUENCE##.at"} == set(found.distributions)


@pytest.mark.parametrize(
    ("row", "kind", "message", "breaks"),
    [
        (
            sequence(word=[[b"a"], [b"z"]], at=[]),
            "domain",
            "`##SEQUENCE##.word` has values in 1 of 2 rows that its 2 in the schema lack, such as "
            "'z'",
            False,
        ),
        (
            sequence(word=[[1], [2]], at=[]),
            "type",
            "`##SEQUENCE##.word` holds integers in 1 of 2 rows; the schema says texts (BYTES)",
            True,
        ),
        (
            sequence(word=[[b"a"]] * 3, at=[]),
            "step_count",
            "`##SEQUENCE##.word` has 3 steps in 1 of 2 rows; the schema allows 1 to 2",
            False,
        ),
        (
            sequence(word=[[b"a"], [b"a", b"b"]], at=[]),
            "value_count",
            "`##SEQUENCE##.word` has 2 values in a step in 1 of 2 rows; the schema allows 1 to 1",
            False,
        ),
        (
            sequence(at=[[1.0]]),
            "shape",
            "`##SEQUENCE##.at` has 1 value in a step in 1 of 2 rows; the schema says 2 (shape [2])",
            False,
        ),
        (
            sequence(word=[[b"a"]]),
            "missing",
            "`##SEQUENCE##.at` is missing in 1 of 2 rows; the schema requires it in all",
            False,
        ),
        (
            sequence(at=[], other=[[1]]),
            "unexpected",
            "`##SEQUENCE##.other` is in 1 of 2 rows, but not in the schema",
            False,
        ),
        (
            sequence(user=[10], at=[]),
            "domain",
            "`user` has values of 10 in 1 of 2 rows; the schema says 0 to 9",
            False,
        ),
        (
            sequence(user=[1, 2], at=[]),
            "shape",
            "`user` has 2 values in 1 of 2 rows; the schema says 1 (shape [1])",
            True,
        ),
        (
            b"\xff",
            "unreadable",
            "1 of 2 records are no tf.train.SequenceExample: A record of 1 bytes is not",
            True,
        ),
    ],
)
def test_what_differs_in_sequences(
    tmp_path: Path, row: bytes, kind: str, message: str, breaks: bool
) -> None:
    (found,) = of_sequences(tmp_path, GOOD, row).anomalies
    assert (found.kind, found.breaks) == (kind, breaks)
    assert found.message.startswith(message)
    assert found.first is not None
    assert found.first.record == 1


def test_parquet_is_as_the_schema_says(tmp_path: Path) -> None:
    columns = {
        "n": pa.array([1, None, 2], pa.int8()),
        "x": [1, 2, 3],  # integers where floating-point numbers are asked for
        "tags": pa.array([["a"], None, ["a", "b"]]),
    }
    found = of_parquet(tmp_path, **columns)
    assert (found.rows, found.whole, found.anomalies) == (3, True, [])
    assert not of_parquet(tmp_path, most=2, **columns).whole
    # Columns that nothing can be made of are left alone where nobody asks for them.
    dates = pa.array([0, 1, 2], pa.timestamp("s"))
    assert of_parquet(tmp_path, **columns, when=dates).anomalies == []


@pytest.mark.parametrize(
    ("columns", "kind", "message", "record"),
    [
        (
            {"n": [1, 12], "x": [1.0, 2.0]},
            "domain",
            "`n` has values of 12 in 1 of 2 rows; the schema says 0 to 9",
            1,
        ),
        (
            {"n": ["1", "2"], "x": [1.0, 2.0]},
            "type",
            "`n` holds texts in 2 of 2 rows; the schema says integers (INT)",
            0,
        ),
        (
            {"x": pa.array([1.0, None])},
            "missing",
            "`x` is missing in 1 of 2 rows; the schema requires it in all",
            1,
        ),
        ({"n": [1, 2]}, "missing", "`x` is missing in 2 of 2 rows", 0),
        (
            {"x": pa.array([[1.0], [1.0, 2.0]])},
            "shape",
            "`x` has 2 values in 1 of 2 rows; the schema says 1 (shape [1])",
            1,
        ),
        (
            {"x": [1.0], "tags": pa.array([["a", "b", "c"]])},
            "value_count",
            "`tags` has 3 values in 1 of 1 row; the schema allows 0 to 2",
            0,
        ),
    ],
)
def test_what_differs_in_parquet(
    tmp_path: Path, columns: Any, kind: str, message: str, record: int
) -> None:
    found = next(a for a in of_parquet(tmp_path, **columns).anomalies if a.kind == kind)
    assert found.message.startswith(message)
    assert found.first is not None
    assert found.first.record == record


def test_parquet_that_cannot_be_read_is_damaged(tmp_path: Path) -> None:
    dates = pa.array([0], pa.timestamp("s"))
    (found, *_) = of_parquet(tmp_path, n=dates, x=[1.0]).anomalies
    assert (found.kind, found.breaks) == ("damaged", True)
    assert "data.parquet cannot be read: its column 'n' is of type timestamp" in found.message
    path = tmp_path / "torn.parquet"
    path.write_bytes((tmp_path / "data.parquet").read_bytes()[:-9])
    payload = payload_of([str(path)], schema(COLUMNS))
    report = check_split("train", [str(path)], payload.expect(schema(COLUMNS)), payload=payload)
    assert report.anomalies[0].kind == "damaged"
    assert f"{path} cannot be read as Parquet" in report.anomalies[0].message
    assert len(report.damage) == 1
