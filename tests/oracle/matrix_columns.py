"""The feature columns of the matrix, each by the name of its kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from matrix_inputs import CITIES, COLORS, TAGS

v1 = tf.compat.v1
fc = tf.feature_column

DIMENSION = 2
CHECKPOINT_TENSOR = "table"


def number_column(kind: str) -> Any:
    """A column of numbers."""
    numbers: dict[str, Callable[[], Any]] = {
        "plain": lambda: fc.numeric_column("x"),
        "normalized": lambda: fc.numeric_column("x", normalizer_fn=lambda x: (x - 0.5) / 2.0),
        "flat": lambda: fc.numeric_column("flat"),
        "vector": lambda: fc.numeric_column("vec", shape=(3,)),
        "matrix": lambda: fc.numeric_column("mat", shape=[2, 2]),
        "whole": lambda: fc.numeric_column("whole", dtype=tf.int64),
        "bucketized_vector": lambda: _buckets("vec", 3),
    }
    return numbers[kind]()


def _buckets(name: str, size: int = 1) -> Any:
    return fc.bucketized_column(fc.numeric_column(name, shape=(size,)), [-0.5, 0.2, 1.0])


def city_file(folder: Path) -> str:
    """A file with all cities but the last two."""
    path = folder / "cities.txt"
    if not path.exists():
        path.write_text("\n".join(CITIES[:3]) + "\n")
    return str(path)


def ids_column(kind: str, folder: Path) -> Any:
    """A categorical column."""

    def listed(key: str, values: Any, **options: Any) -> Any:
        return fc.categorical_column_with_vocabulary_list(key, values, **options)

    def of_file(key: str, size: int | None, **options: Any) -> Any:
        path = city_file(folder)
        return fc.categorical_column_with_vocabulary_file(key, path, size, **options)

    hashed, identity = (
        fc.categorical_column_with_hash_bucket,
        fc.categorical_column_with_identity,
    )
    weighted = fc.weighted_categorical_column
    kinds: dict[str, Callable[[], Any]] = {
        "identity": lambda: identity("hour", 5),
        "identity_default": lambda: identity("big", 4, default_value=2),
        "identity_several": lambda: identity("hours", 5),
        "identity_sparse": lambda: identity("codes", 7),
        "vocabulary": lambda: listed("color", COLORS),
        "vocabulary_default": lambda: listed("color", COLORS, default_value=1),
        "vocabulary_oov": lambda: listed("color", COLORS, num_oov_buckets=2),
        "vocabulary_sparse": lambda: listed("tags", TAGS[:4]),
        "vocabulary_int": lambda: listed("minute", [1, 3, 4]),
        "vocabulary_cities": lambda: listed("cities", CITIES[:4]),
        "file": lambda: of_file("city", None),
        "file_default": lambda: of_file("city", 2, default_value=0),
        "file_oov": lambda: of_file("words", 3, num_oov_buckets=2),
        "hash": lambda: hashed("city", 5),
        "hash_int": lambda: hashed("codes", 4, tf.int64),
        "hash_several": lambda: hashed("words", 5),
        "crossed": lambda: fc.crossed_column(["city", "color"], 7),
        "crossed_key": lambda: fc.crossed_column(["city", identity("hour", 5)], 9, hash_key=123),
        "crossed_several": lambda: fc.crossed_column(
            [_buckets("x"), identity("minute", 5), "tags"], 11
        ),
        "weighted": lambda: weighted(listed("tags", TAGS[:4]), "tag_weights"),
        "weighted_hash": lambda: weighted(hashed("tags", 5), "tag_weights"),
        "weighted_identity": lambda: weighted(identity("codes", 7), "code_weights"),
        "bucketized": lambda: _buckets("x"),
        "bucketized_vector": lambda: _buckets("vec", 3),
    }
    return kinds[kind]()


def sharing(kind: str, folder: Path) -> list[Any]:
    """A categorical column, and another with as many ids."""
    other: dict[str, Callable[[], Any]] = {
        "identity": lambda: fc.categorical_column_with_identity("minute", 5),
        "hash": lambda: fc.categorical_column_with_hash_bucket("words", 5),
        "vocabulary_sparse": lambda: fc.categorical_column_with_vocabulary_list(
            "cities", CITIES[:4]
        ),
        "weighted": lambda: fc.weighted_categorical_column(
            fc.categorical_column_with_vocabulary_list("tags", TAGS[1:]), "tag_weights"
        ),
    }
    return [ids_column(kind, folder), other[kind]()]


def wrapped(kind: str, wrapper: str, folder: Path) -> list[Any]:
    """Columns that take the ids of a categorical one in the given way."""
    if wrapper.startswith("shared"):
        make = fc.shared_embeddings
        if wrapper == "shared_older":
            make = v1.feature_column.shared_embedding_columns
        with tf.Graph().as_default():
            return list(make(sharing(kind, folder), DIMENSION, combiner="sqrtn"))
    ids = ids_column(kind, folder)
    if wrapper == "plain":
        return [ids]
    if wrapper == "indicator":
        return [fc.indicator_column(ids)]
    options: dict[str, Any] = {
        "mean": {"combiner": "mean"},
        "sum": {"combiner": "sum"},
        "sqrtn": {"combiner": "sqrtn"},
        "max_norm": {"max_norm": 0.4},
        "frozen": {"trainable": False},
        "unsafe": {"use_safe_embedding_lookup": False},
    }
    if wrapper == "checkpoint":
        path = table_checkpoint(folder, ids.num_buckets)
        given = {"ckpt_to_load_from": path, "tensor_name_in_ckpt": CHECKPOINT_TENSOR}
        return [fc.embedding_column(ids, DIMENSION, **given)]
    return [fc.embedding_column(ids, DIMENSION, **options[wrapper])]


def table(rows: int) -> Any:
    """An embedding of so many rows."""
    return np.random.RandomState(rows).normal(size=[rows, DIMENSION]).astype(np.float32)


def table_checkpoint(folder: Path, rows: int) -> str:
    """A checkpoint with :func:`table`."""
    path = folder / f"table_{rows}"
    if not path.with_suffix(".index").exists():
        with tf.Graph().as_default(), v1.Session() as session:
            variable = v1.get_variable(
                CHECKPOINT_TENSOR, initializer=tf.constant(table(rows)), use_resource=True
            )
            session.run(variable.initializer)
            v1.train.Saver([variable]).save(session, str(path), write_meta_graph=False)
    return str(path)


def unlike(columns: list[Any]) -> list[Any]:
    """The columns, without those whose name another has already."""
    return list({column.name: column for column in columns}.values())
