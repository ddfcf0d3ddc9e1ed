from __future__ import annotations

import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.feature_spec import feature_spec
from trainwright.data.infer_schema import infer_schema
from trainwright.errors import InvalidArgumentError


def only_feature(values: object) -> schema_pb2.Feature:
    (feature,) = infer_schema({"f": values}).feature
    return feature


def test_a_complete_column_has_a_shape() -> None:
    feature = only_feature([3, 1, 2])

    assert feature.type == schema_pb2.INT
    assert [dim.size for dim in feature.shape.dim] == [1]
    assert feature.presence.min_fraction == 1
    assert (feature.int_domain.min, feature.int_domain.max) == (1, 3)


def test_a_column_with_nulls_may_be_absent() -> None:
    feature = only_feature([1.5, None])

    assert feature.type == schema_pb2.FLOAT
    assert not feature.HasField("shape")
    assert (feature.value_count.min, feature.value_count.max) == (1, 1)
    assert feature.presence.min_fraction == 0


def test_lists_are_of_any_length() -> None:
    feature = only_feature([["a"], ["b", "a"]])

    assert feature.type == schema_pb2.BYTES
    assert not feature.HasField("shape")
    assert not feature.HasField("value_count")
    assert list(feature.string_domain.value) == ["a", "b"]


def test_many_strings_are_no_domain() -> None:
    assert not only_feature([str(n) for n in range(500)]).HasField("string_domain")
    assert not only_feature([b"a"]).HasField("string_domain")


def test_all_nulls() -> None:
    feature = only_feature(pa.nulls(3))

    assert feature.type == schema_pb2.INT
    assert not feature.HasField("int_domain")


def test_a_type_no_feature_has() -> None:
    with pytest.raises(InvalidArgumentError, match="'f' is of type date32"):
        infer_schema({"f": pa.array([0], pa.date32())})


def test_the_parsing_spec_of_it() -> None:
    import tensorflow as tf

    spec = feature_spec(infer_schema({"n": [1], "maybe": ["a"], "x": [None]}))

    assert spec["n"] == tf.io.FixedLenFeature([1], tf.int64)
    assert spec["maybe"] == tf.io.FixedLenFeature([1], tf.string)
    assert spec["x"] == tf.io.VarLenFeature(tf.int64)
