"""Lowered columns give what their own ops give: outputs, gradients, and which rows these name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

v1 = tf.compat.v1
fc = tf.feature_column

WORDS = [b"x", b"y", b"", b"unknown", b"x"]
NUMBERS = [3, 1, -1, 9, 1]
ONE = {
    "words": np.array(WORDS).reshape(-1, 1),
    "ids": np.array(NUMBERS).reshape(-1, 1),
    "sizes": np.array([[0.5], [1.5], [2.5], [-1.0], [2.0]], "f"),
}
SEVERAL = {
    "words": np.array([[b"x", b"y"], [b"y", b""], [b"", b""], [b"no", b"x"], [b"no", b"x"]]),
    "ids": np.array([[3, 1], [1, 1], [-1, -1], [9, 2], [-1, 4]]),
    "sizes": np.array([[0.5, 3], [1.5, 9], [2.5, 0], [-1, -1], [2, 2]], "f"),
}
FLAT = {name: values[:, 0] for name, values in ONE.items()}
INT32 = {**SEVERAL, "ids": SEVERAL["ids"].astype(np.int32)}
ALL_MISSING = {**SEVERAL, "words": [[b"", b""]], "ids": [[-1, -1]], "sizes": [[0.0, 0.0]]}


def bands(size: int) -> Any:
    return fc.bucketized_column(fc.numeric_column("sizes", [size]), [0.0, 1.0, 2.0])


def words(**options: Any) -> Any:
    return fc.categorical_column_with_vocabulary_list("words", ["x", "y"], **options)


def ids(default: int | None = 0) -> Any:
    return fc.categorical_column_with_identity("ids", 5, default)


CATEGORICAL: dict[str, Callable[[int], Any]] = {
    "identity": lambda _: ids(0),
    "identity with another default": lambda _: ids(3),
    "vocabulary": lambda _: words(),
    "vocabulary with a default": lambda _: words(default_value=1),
    "vocabulary with buckets": lambda _: words(num_oov_buckets=2),
    "vocabulary of integers": lambda _: fc.categorical_column_with_vocabulary_list("ids", [1, 3]),
    "hashed words": lambda _: fc.categorical_column_with_hash_bucket("words", 7),
    "hashed integers": lambda _: fc.categorical_column_with_hash_bucket("ids", 7, tf.int64),
    "bucketized": bands,
    "crossed": lambda _: fc.crossed_column(["words", "ids"], 11),
    "crossed with a bucketized column": lambda size: fc.crossed_column(["words", bands(size)], 11),
    "crossed by another key": lambda _: fc.crossed_column(["ids", "words"], 11, hash_key=5),
}
SIZES = {"one value": (ONE, 1), "several values": (SEVERAL, 2)}


def dense(column: Callable[[], Any], combiner: str = "mean") -> list[Any]:
    return [fc.embedding_column(column(), 3, combiner=combiner), fc.indicator_column(column())]


@pytest.mark.parametrize("features", SIZES)
@pytest.mark.parametrize("kind", CATEGORICAL)
def test_categorical_columns(kind: str, features: str, compute_both: Any) -> None:
    batch, size = SIZES[features]
    lowered, own = compute_both(lambda: [CATEGORICAL[kind](size)], batch, linear=True)
    assert lowered.is_lowered
    assert not own.is_lowered
    lowered, own = compute_both(lambda: dense(lambda: CATEGORICAL[kind](size)), batch)
    assert lowered.is_lowered
    assert not own.is_lowered


@pytest.mark.parametrize(("features", "size"), [(FLAT, 1), (INT32, 2)], ids=["vectors", "int32"])
def test_other_shapes_and_dtypes(features: Any, size: int, compute_both: Any) -> None:
    def make() -> list[Any]:
        unique = {column(size).name: column(size) for column in CATEGORICAL.values()}
        return list(unique.values())

    lowered, _ = compute_both(make, features, linear=True)
    assert lowered.is_lowered


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
def test_combiners(combiner: str, compute_both: Any) -> None:
    def make() -> list[Any]:
        return [ids(), words(), bands(2)]

    compute_both(make, SEVERAL, linear=True, combiner=combiner)
    compute_both(
        lambda: [fc.embedding_column(column, 3, combiner=combiner) for column in make()], SEVERAL
    )


def test_examples_without_any_value(compute_both: Any) -> None:
    compute_both(lambda: [ids(), words(), bands(2)], ALL_MISSING, linear=True)
    compute_both(lambda: dense(ids), ALL_MISSING)


def test_an_example_without_ids_names_row_0(compute_both: Any) -> None:
    lowered, _ = compute_both(lambda: [ids()], {"ids": [[3], [-1]]}, linear=True)
    gradient = lowered.gradients["model/layer/ids/weights"]
    assert sorted(gradient) == [0, 3]
    assert not gradient[0].any()
    lowered, _ = compute_both(lambda: [ids()], {"ids": [[3, -1], [2, 2]]}, linear=True)
    assert sorted(lowered.gradients["model/layer/ids/weights"]) == [2, 3]


@pytest.mark.parametrize("options", [{}, {"num_oov_buckets": 1}, {"default_value": 0}])
def test_vocabulary_files(options: dict[str, int], tmp_path: Path, compute_both: Any) -> None:
    path = tmp_path / "words.txt"
    path.write_text("x\ny\n")

    def make() -> list[Any]:
        column = fc.categorical_column_with_vocabulary_file("words", str(path), **options)
        return [fc.embedding_column(column, 2)]

    lowered, _ = compute_both(make, SEVERAL)
    assert lowered.is_lowered


def test_crosses_of_categorical_columns(compute_both: Any) -> None:
    one, _ = compute_both(lambda: [fc.crossed_column(["ids", words()], 11)], ONE, linear=True)
    assert one.is_lowered
    several, _ = compute_both(
        lambda: [fc.crossed_column(["ids", words()], 11)], SEVERAL, linear=True
    )
    assert not several.is_lowered  # which combinations are there is not a matter of single values
    inner = fc.crossed_column(["ids", "words"], 11)
    nested, _ = compute_both(lambda: [fc.crossed_column([inner, bands(1)], 11)], ONE, linear=True)
    assert not nested.is_lowered


def test_shared_embeddings(compute_both: Any) -> None:
    def make() -> list[Any]:
        other = fc.categorical_column_with_identity("others", 5, 0)
        return list(fc.shared_embeddings([ids(), other], 2, combiner="sum"))

    features = {**SEVERAL, "others": SEVERAL["ids"] + 1}
    # One variable of two lookups has gradients of both, each with rows of its own.
    with pytest.raises(AssertionError, match="two gradients"):
        compute_both(make, features)
    lowered, _ = compute_both(lambda: make()[:1], features)
    assert lowered.is_lowered


ORDINARY = {
    "a limited norm": lambda: fc.embedding_column(ids(), 2, max_norm=0.5),
    "another lookup": lambda: fc.embedding_column(
        words(default_value=1), 2, use_safe_embedding_lookup=False
    ),
    "weighted": lambda: fc.embedding_column(
        fc.weighted_categorical_column(ids(), "weights"), 2, combiner="mean"
    ),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_what_is_not_lowered(kind: str, compute_both: Any) -> None:
    features = {
        "ids": [[3], [1]],
        "words": [["x"], ["no"]],
        "weights": np.array([[0.5], [2.0]], "f"),
    }
    lowered, own = compute_both(lambda: [ORDINARY[kind]()], features)
    assert lowered.op_types == own.op_types


def test_variables_in_parts(compute_both: Any) -> None:
    lowered, own = compute_both(lambda: [ids()], ONE, linear=True, partitions=2)
    assert len(lowered.gradients) > 2
    assert not lowered.is_lowered
    assert not own.is_lowered


def test_ids_out_of_range_are_an_error_as_ever(compute: Any) -> None:
    # The lookup says the one, its gradient the other: whichever comes first.
    said = r"is not in \[0, 5\)|out of range \[0, 5\)"
    for lowered in (False, True):
        with pytest.raises(tf.errors.InvalidArgumentError, match=said):
            compute(lambda: [ids(None)], {"ids": [[3], [5]]}, linear=True, lowered=lowered)


def test_wrong_dtypes_are_an_error_as_ever(compute: Any) -> None:
    for lowered in (False, True):
        with pytest.raises(ValueError, match="integer"):
            compute(lambda: [ids()], {"ids": [["a"]]}, linear=True, lowered=lowered)
        with pytest.raises(ValueError, match="dtype"):
            compute(lambda: [words()], {"words": [[1]]}, linear=True, lowered=lowered)


def batches(size: int) -> Any:
    """Features of some examples, of so many values each."""
    values = {
        "words": st.sampled_from(["", "x", "y", "z"]),
        "others": st.sampled_from(["", "x", "y", "z"]),
        "ids": st.integers(-2, 6),
        "sizes": st.sampled_from([-1.0, 0.0, 0.5, 1.0, 5.0]),
    }

    def of(count: int) -> Any:
        lists = {
            name: st.lists(kind, min_size=count * size, max_size=count * size)
            for name, kind in values.items()
        }
        return st.fixed_dictionaries(lists)

    return st.integers(1, 5).flatmap(of)


@pytest.mark.parametrize(("size", "combiner"), [(1, "sum"), (2, "mean")])
def test_any_batch(size: int, combiner: str, compare_batches: Any) -> None:
    def make() -> list[Any]:
        crossed = fc.crossed_column(["ids", bands(size), "words"], 13)
        hashed = fc.categorical_column_with_hash_bucket("others", 3)
        return [ids(3), words(), hashed, bands(size), crossed]

    def embedded() -> list[Any]:
        return [fc.embedding_column(column, 2, combiner=combiner) for column in make()]

    features = {**(ONE if size == 1 else SEVERAL), "others": [[b"x"] * size]}
    linear = compare_batches(make, features, linear=True, combiner=combiner)
    layer = compare_batches(embedded, features)

    @settings(max_examples=40, deadline=None)
    @given(batch=batches(size))
    def check(batch: dict[str, Any]) -> None:
        shaped = {name: np.array(values).reshape(-1, size) for name, values in batch.items()}
        shaped = {name: v.astype("O") if v.dtype.kind == "U" else v for name, v in shaped.items()}
        linear(shaped)
        layer(shaped)

    check()
