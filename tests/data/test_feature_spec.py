from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.feature_spec import feature_spec
from trainwright.data.schema import read_schema
from trainwright.errors import SchemaError

GOLDEN = json.loads(Path(__file__).with_name("feature_spec_golden.json").read_text())


def parse(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def describe(feature: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"class": type(feature).__name__}
    for name, value in feature._asdict().items():
        if name == "partitions":
            value = [[type(part).__name__, *part] for part in value]
        fields[name] = value.name if name.endswith("dtype") else value
    return fields


@pytest.mark.parametrize(
    "case", [case for case in GOLDEN if "spec" in case], ids=lambda case: case["schema"][:60]
)
def test_agrees_with_tensorflow_transform(case: dict[str, Any]) -> None:
    ours = feature_spec(parse(case["schema"]))

    described = {name: describe(feature) for name, feature in ours.items()}
    assert json.loads(json.dumps(described)) == case["spec"]


@pytest.mark.parametrize(
    "case", [case for case in GOLDEN if "error" in case], ids=lambda case: case["schema"][:60]
)
def test_refuses_what_tensorflow_transform_refuses(case: dict[str, Any]) -> None:
    with pytest.raises(SchemaError):
        feature_spec(parse(case["schema"]))


def test_the_golden_file_holds_both_kinds() -> None:
    errors = sum("error" in case for case in GOLDEN)

    assert 20 < errors < len(GOLDEN) - 50


def test_a_renamed_dense_tensor_is_refused_by_name() -> None:
    schema = parse(
        'feature{name:"a" type:INT} tensor_representation_group{key:"" value{'
        'tensor_representation{key:"x" value{dense_tensor{column_name:"a"}}}}}'
    )

    with pytest.raises(SchemaError, match=r"'x' renames feature 'a'"):
        feature_spec(schema)


def test_leaves_the_schema_alone() -> None:
    schema = parse('feature{name:"a" type:INT}')
    before = schema.SerializeToString()

    feature_spec(schema)

    assert schema.SerializeToString() == before


def test_the_taxi_schema(shared_data: Path) -> None:
    import tensorflow as tf

    spec = feature_spec(read_schema(shared_data / "taxi" / "schema"))

    assert len(spec) == 18
    assert spec["fare"] == tf.io.VarLenFeature(tf.float32)


def test_the_penguin_schema(shared_data: Path) -> None:
    import tensorflow as tf

    spec = feature_spec(read_schema(shared_data / "penguin" / "schema"))

    assert spec["species"] == tf.io.FixedLenFeature([1], tf.int64)
