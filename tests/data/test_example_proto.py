from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwright.data.example_proto import encode_examples
from trainwright.errors import InvalidArgumentError

INT64 = st.integers(-(2**63), 2**63 - 1)
FLOAT = st.floats(width=32, allow_nan=False)
VALUES = {"int64_list": INT64, "float_list": FLOAT, "bytes_list": st.binary(max_size=20)}
TYPES = {"int64_list": pa.int64(), "float_list": pa.float32(), "bytes_list": pa.binary()}


def parse(row: bytes) -> dict[str, tuple[str | None, list[Any]]]:
    """Name -> (kind, values), as TensorFlow's own message class reads them."""
    import tensorflow as tf

    features = tf.train.Example.FromString(row).features.feature
    parsed = {}
    for name, feature in features.items():
        kind = feature.WhichOneof("kind")
        parsed[name] = (kind, list(getattr(feature, kind).value) if kind else [])
    return parsed


@st.composite
def columns(draw: st.DrawFn, lists: bool) -> tuple[dict[str, str], dict[str, pa.Array]]:
    rows = draw(st.integers(1, 6))
    kinds = draw(st.dictionaries(st.text(max_size=5), st.sampled_from(list(VALUES)), max_size=4))
    arrays = {}
    for name, kind in kinds.items():
        value, type_ = VALUES[kind], TYPES[kind]
        if lists:
            value, type_ = st.lists(value, max_size=3), pa.list_(type_)
        values = draw(st.lists(st.none() | value, min_size=rows, max_size=rows))
        arrays[name] = pa.array(values, type_)
    return kinds, arrays


def check(kinds: dict[str, str], arrays: dict[str, pa.Array], lists: bool) -> None:
    rows = list(encode_examples(arrays))
    for number, row in enumerate(rows):
        expected = {}
        for name, array in arrays.items():
            value = array[number].as_py()
            if value is not None:
                expected[name] = (kinds[name], value if lists else [value])
        assert parse(row) == expected


@settings(deadline=None, max_examples=60)
@given(drawn=columns(lists=False))
def test_scalars_are_what_tensorflow_reads(
    drawn: tuple[dict[str, str], dict[str, pa.Array]],
) -> None:
    check(*drawn, lists=False)


@settings(deadline=None, max_examples=60)
@given(drawn=columns(lists=True))
def test_lists_are_what_tensorflow_reads(
    drawn: tuple[dict[str, str], dict[str, pa.Array]],
) -> None:
    check(*drawn, lists=True)


def test_parse_example_reads_rows_with_absent_features() -> None:
    import tensorflow as tf

    rows = list(encode_examples({"n": [1, 2, 3], "word": ["a", None, "c"], "x": [0.5, 1.5, 2.5]}))
    spec = {
        "n": tf.io.FixedLenFeature([], tf.int64),
        "word": tf.io.VarLenFeature(tf.string),
        "x": tf.io.FixedLenFeature([1], tf.float32),
    }

    parsed = tf.io.parse_example(rows, spec)

    assert parsed["n"].numpy().tolist() == [1, 2, 3]
    assert parsed["word"].indices.numpy().tolist() == [[0, 0], [2, 0]]
    assert parsed["x"].numpy().tolist() == [[0.5], [1.5], [2.5]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([3], np.uint8), ("int64_list", [3])),
        ([True], ("int64_list", [1])),
        ([2.5], ("float_list", [2.5])),
        (["é"], ("bytes_list", ["é".encode()])),
        ([b"\xff"], ("bytes_list", [b"\xff"])),
        (pa.array(["a"]).dictionary_encode(), ("bytes_list", [b"a"])),
        (pa.chunked_array([["a"]]), ("bytes_list", [b"a"])),
        (pa.array([[1, 2]], pa.list_(pa.int32(), 2)), ("int64_list", [1, 2])),
        (pa.array([["a", "b"]], pa.large_list(pa.large_string())), ("bytes_list", [b"a", b"b"])),
    ],
)
def test_kinds_of_columns(values: Any, expected: tuple[str, list[Any]]) -> None:
    (row,) = encode_examples({"f": values})

    assert parse(row) == {"f": expected}


def test_a_column_of_nulls_is_absent() -> None:
    assert [parse(row) for row in encode_examples({"f": pa.nulls(2), "g": [1, 2]})] == [
        {"g": ("int64_list", [1])},
        {"g": ("int64_list", [2])},
    ]


def test_not_a_number_is_a_value() -> None:
    (row,) = encode_examples({"f": pa.array([float("nan")])})

    ((kind, values),) = parse(row).values()
    assert kind == "float_list"
    assert np.isnan(values).all()


def test_no_columns_have_no_rows() -> None:
    assert list(encode_examples({})) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1], "b": [1, 2]}, "equal length"),
        ({"when": pa.array([0], pa.timestamp("s"))}, "'when' is of type timestamp"),
        ({"mixed": [1, "a"]}, "'mixed' holds no single type"),
        ({"holes": [[1, None]]}, "'holes' has a list with a null"),
    ],
)
def test_columns_that_cannot_be_encoded(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        list(encode_examples(columns))


def test_does_not_need_tensorflow() -> None:
    import subprocess

    code = (
        "import sys, trainwright.data.example_proto as e; list(e.encode_examples({'a': [1]}));"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
