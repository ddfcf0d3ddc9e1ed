"""Whatever is given as properties, schema or records: our own errors, no others, and no hang."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.artifacts import Examples, decode_split_names, encode_split_names, split_dir
from trainwright.contract.fn_args import parse_custom_config, parse_step_args
from trainwright.contract.inputs import normalize_inputs, normalize_outputs
from trainwright.data.example_message import example_features
from trainwright.data.example_proto import encode_examples
from trainwright.data.schema import read_schema
from trainwright.data.tfrecord import read_records, write_records
from trainwright.data.validation import check_split, expectations
from trainwright.errors import TrainwrightError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)
STEPS = st.fixed_dictionaries(
    {}, optional={"num_steps": JSON, "splits": JSON, "num_step": JSON, "numSteps": JSON}
)
ANYTHING = JSON | STEPS | st.binary(max_size=30) | JSON.map(json.dumps) | STEPS.map(json.dumps)


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
def test_train_args(value: Any) -> None:
    try:
        parsed = parse_step_args("train_args", value, "train")
    except TrainwrightError as error:
        if "train_args" not in str(error):
            raise
        return
    assert parsed.num_steps is None or 0 < parsed.num_steps < 2**31
    assert all(isinstance(split, str) for split in parsed.splits)
    assert parsed.splits


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_custom_config(value: Any) -> None:
    try:
        assert isinstance(parse_custom_config(value), dict)
    except TrainwrightError as error:
        if "custom_config" not in str(error):
            raise


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=12) | st.sampled_from(["examples", "model"]), JSON))
def test_artifacts(given: Any) -> None:
    for normalize in (normalize_inputs, normalize_outputs):
        with contextlib.suppress(TrainwrightError):
            assert not normalize(given), "nothing in it is an artifact"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | JSON.map(json.dumps))
def test_split_names(text: str) -> None:
    try:
        names = decode_split_names(text)
    except TrainwrightError:
        return
    assert decode_split_names(encode_split_names(names)) == names


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20) | st.sampled_from(["..", "../..", "/", "a/../..", "\0", "/etc"]))
def test_splits_that_are_not_there(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp() / "examples"
    (root / "Split-train").mkdir(parents=True, exist_ok=True)
    if name != "train":
        with pytest.raises(TrainwrightError):
            split_dir(Examples(root), name)


FEATURES = st.builds(
    lambda name, body: f"feature {{ name: {json.dumps(name)} {body} }}",
    st.sampled_from(["x", "y", "t"]),
    st.sampled_from(
        [
            "type: INT",
            "type: FLOAT float_domain { min: 1 max: 0 }",
            "type: BYTES string_domain { }",
            "type: STRUCT struct_domain { }",
            "shape { dim { size: -1 } } type: INT",
            "shape { dim { size: 4611686018427387904 } dim { size: 4 } }",
            "value_count { min: 5 max: 1 } type: INT",
            "presence { min_fraction: 2 min_count: 99 } type: BYTES",
            'domain: "absent" type: BYTES',
        ]
    ),
)
TEXT = st.text(max_size=60) | st.lists(FEATURES, max_size=4).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(TEXT.map(str.encode) | st.binary(max_size=60))
def test_schemas(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "schema.pbtxt"
    path.write_bytes(text)
    try:
        schema = read_schema(path)
    except TrainwrightError:
        return
    expectations(schema)


COLUMNS = st.fixed_dictionaries(
    {},
    optional={
        "x": st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
        "y": st.lists(st.floats(width=32), min_size=3, max_size=3),
        "t": st.lists(st.binary(max_size=5), min_size=3, max_size=3),
    },
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FEATURES, max_size=4, unique=True), COLUMNS, st.lists(st.binary(max_size=20)))
def test_records_against_schemas(
    tmp_path_factory: pytest.TempPathFactory, features: Any, columns: Any, others: Any
) -> None:
    schema = text_format.Parse("\n".join(features), schema_pb2.Schema())
    path = tmp_path_factory.getbasetemp() / "records"
    count = write_records(path, [*encode_examples(columns), *others], "")
    report = check_split("train", [str(path)], expectations(schema), distributions=True)
    assert report.rows == count
    for anomaly in report.anomalies:
        assert anomaly.message
        assert anomaly.rows <= count


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=100))
def test_bytes_as_example_and_as_file(tmp_path_factory: Any, data: bytes) -> None:
    with contextlib.suppress(TrainwrightError):
        example_features(data)
    path: Path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(data)
    with contextlib.suppress(TrainwrightError):
        assert all(isinstance(record, bytes) for record in read_records(path))
