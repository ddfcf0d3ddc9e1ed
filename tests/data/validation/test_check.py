from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.data.validation import SplitReport, check_split, drift_between, expectations


def schema(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def report(folder: Path, text: str, columns: Any, most: int | None = None) -> SplitReport:
    write_records(folder / "data.gz", encode_examples(columns))
    return check_split("train", [str(folder / "data.gz")], expectations(schema(text)), most)


def only(found: SplitReport) -> Any:
    (anomaly,) = found.anomalies
    return anomaly


FIXED = "presence { min_fraction: 1 } shape { dim { size: 1 } }"


def test_nothing_is_wrong(tmp_path: Path) -> None:
    text = f'feature {{ name: "x" type: FLOAT {FIXED} }} feature {{ name: "y" type: INT }}'
    found = report(tmp_path, text, {"x": [1.0, 2.0], "y": pa.array([[1, 2], None])})
    assert (found.rows, found.whole, found.files, found.anomalies) == (2, True, 1, [])


@pytest.mark.parametrize(
    ("feature", "values", "kind", "message", "breaks"),
    [
        (
            f"type: FLOAT {FIXED}",
            pa.array([1.0, None, 2.0]),
            "missing",
            "`x` is missing in 1 of 3 rows; the schema requires it in all",
            True,
        ),
        (
            "type: FLOAT presence { min_fraction: 1 }",
            pa.array([1.0, None, None]),
            "missing",
            "`x` is missing in 2 of 3 rows; the schema requires it in all",
            False,
        ),
        (
            "type: FLOAT presence { min_fraction: 0.5 }",
            pa.array([1.0, None, None]),
            "presence",
            "`x` is in 33.3% of 3 rows; the schema asks for at least 50.0%",
            False,
        ),
        (
            "type: FLOAT presence { min_count: 2 }",
            pa.array([1.0, None, None]),
            "presence",
            "`x` is in 1 of 3 rows; the schema asks for at least 2",
            False,
        ),
        (
            "type: FLOAT",
            [1, 2, 3],
            "type",
            "`x` holds integers in 3 of 3 rows; the schema says floating-point numbers (FLOAT)",
            True,
        ),
        (
            "type: INT presence { min_fraction: 1 } shape { dim { size: 2 } dim { size: 1 } }",
            pa.array([[1, 2], [1], [1, 2, 3]]),
            "shape",
            "`x` has 1 to 3 values in 2 of 3 rows; the schema says 2 (shape [2, 1])",
            True,
        ),
        (
            "type: INT value_count { min: 1 max: 2 }",
            pa.array([[1, 2], [], [1]]),
            "value_count",
            "`x` has 0 values in 1 of 3 rows; the schema allows 1 to 2",
            False,
        ),
        (
            "type: INT int_domain { min: 0 max: 23 }",
            [24, -1, 3],
            "domain",
            "`x` has values of from -1 to 24 in 2 of 3 rows; the schema says 0 to 23",
            False,
        ),
        (
            "type: FLOAT float_domain { max: 1 disallow_nan: true }",
            [float("nan"), 0.5, 1.0],
            "nan",
            "`x` has values that are no number in 1 of 3 rows; the schema allows none",
            False,
        ),
        (
            "type: FLOAT float_domain { disallow_inf: true }",
            [float("inf"), 0.5, float("nan")],
            "infinite",
            "`x` has infinite values in 1 of 3 rows; the schema allows none",
            False,
        ),
        (
            'type: BYTES string_domain { value: "a" value: "b" }',
            ["a", "c", "\x1b"],
            "domain",
            "`x` has values in 2 of 3 rows that its 2 in the schema lack, such as 'c', '\\x1b'",
            False,
        ),
        (
            'type: BYTES domain: "few"',
            ["a", "a", "z"],
            "domain",
            "`x` has values in 1 of 3 rows that its 1 in the schema lack, such as 'z'",
            False,
        ),
    ],
)
def test_anomalies(
    tmp_path: Path, feature: str, values: Any, kind: str, message: str, breaks: bool
) -> None:
    text = f'feature {{ name: "x" {feature} }} string_domain {{ name: "few" value: "a" }}'
    anomaly = only(report(tmp_path, text, {"x": values}))
    assert (anomaly.kind, anomaly.message, anomaly.breaks) == (kind, message, breaks)
    assert not anomaly.note
    assert anomaly.first.file == str(tmp_path / "data.gz")


def test_a_few_strange_values_may_be_allowed(tmp_path: Path) -> None:
    text = (
        'feature { name: "x" type: BYTES string_domain { value: "a" } '
        "distribution_constraints { min_domain_mass: %s } }"
    )
    columns = {"x": ["a", "a", "a", "z"]}
    assert report(tmp_path, text % 0.75, columns).anomalies == []
    assert only(report(tmp_path, text % 0.9, columns)).rows == 1


def test_a_feature_the_schema_does_not_name_is_a_note(tmp_path: Path) -> None:
    found = report(tmp_path, 'feature { name: "x" type: INT }', {"x": [1, 2], "zip": ["a", None]})
    assert only(found).message == "`zip` is in 1 of 2 rows, but not in the schema"
    assert found.wrong == []


def test_what_is_planned_or_deprecated_is_not_asked_for(tmp_path: Path) -> None:
    text = f'feature {{ name: "x" deprecated: true type: INT {FIXED} }} feature {{ name: "y" }}'
    assert report(tmp_path, text, {"y": [1]}).anomalies == []


def test_what_is_not_in_the_environment_of_training_is_not_required(tmp_path: Path) -> None:
    text = (
        'default_environment: "TRAINING" feature { name: "x" not_in_environment: "TRAINING" '
        'type: INT presence { min_fraction: 1 } } feature { name: "y" }'
    )
    assert report(tmp_path, text, {"y": [1]}).anomalies == []


def test_representations_say_what_is_fixed(tmp_path: Path) -> None:
    text = """
      feature { name: "x" type: INT } feature { name: "y" type: INT }
      feature { name: "z" type: INT }
      tensor_representation_group { key: "" value {
        tensor_representation { key: "x" value { dense_tensor {
          column_name: "x" shape { dim { size: 2 } } default_value { int_value: 0 } } } }
        tensor_representation { key: "y" value { varlen_sparse_tensor { column_name: "y" } } }
        tensor_representation { key: "z" value { ragged_tensor { feature_path { step: "z" } } } }
      } }"""
    found = report(tmp_path, text, {"x": pa.array([[1], None]), "z": [1, 2]})
    assert only(found).message == "`x` has 1 value in 1 of 2 rows; the schema says 2 (shape [2])"


def test_a_sample_is_spread_over_the_files(tmp_path: Path) -> None:
    files = []
    for number, count in enumerate((2, 50, 50)):
        files.append(str(tmp_path / f"{number}.gz"))
        write_records(files[-1], encode_examples({"x": [number] * count}))
    expected = expectations(schema('feature { name: "x" type: FLOAT }'))
    found = check_split("eval", files, expected, 20)
    assert (found.rows, found.whole) == (20, False)
    assert only(found).message.startswith("`x` holds integers in 20 of 20 sampled rows")
    assert check_split("eval", files, expected, 200).whole


def test_damage_does_not_hide_the_rest(tmp_path: Path) -> None:
    rows = list(encode_examples({"x": [1] * 10}))
    write_records(tmp_path / "one", [*rows, b"no example"], "")
    data = bytearray((tmp_path / "one").read_bytes())
    write_records(tmp_path / "two", rows, "")
    cut = (tmp_path / "two").read_bytes()[:-3]
    (tmp_path / "two").write_bytes(cut)
    (tmp_path / "one").write_bytes(data)
    files = [str(tmp_path / "one"), str(tmp_path / "two")]
    found = check_split("train", files, expectations(schema('feature { name: "x" type: INT }')))
    assert [anomaly.kind for anomaly in found.anomalies] == ["damaged", "unreadable"]
    damaged, unreadable = found.anomalies
    assert "two is damaged: it ends" in damaged.message
    assert (damaged.first.record, unreadable.first.record) == (9, 10)
    assert unreadable.message.startswith("1 of 20 records are no tf.train.Example")
    assert damaged.breaks
    assert unreadable.breaks


def test_no_records(tmp_path: Path) -> None:
    write_records(tmp_path / "data.gz", [])
    found = check_split("train", [str(tmp_path / "data.gz")], {})
    assert only(found).kind == "empty"


def test_drift(tmp_path: Path) -> None:
    expected = expectations(
        schema('feature { name: "n" type: FLOAT } feature { name: "t" type: BYTES }')
    )
    reports = []
    for split, shift in (("train", 0), ("same", 0), ("eval", 30)):
        numbers = [float(n + shift) for n in range(100)]
        texts = ["a" if n < 50 + shift else "b" for n in range(100)]
        write_records(tmp_path / split, encode_examples({"n": numbers, "t": texts}))
        reports.append(check_split(split, [str(tmp_path / split)], expected, distributions=True))
    found = list(drift_between(reports, 0.1))
    assert [(anomaly.split, anomaly.feature) for anomaly in found] == [("eval", "n"), ("eval", "t")]
    assert "`t` differs from split train: the shares of a value are 0.300 apart" in found[1].message
    assert not list(drift_between(reports, 0.9))
