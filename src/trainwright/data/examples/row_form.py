"""Features in a form of which rows can be taken, kept, and put together again.

Dense and ragged tensors are. A sparse tensor becomes two ragged ones, of its values and of where
they stand in their row; a sequence that is padded as far as the longest of its batch is kept ragged
until it is in a batch.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "RowForm",
    "is_list",
    "ragged_lists",
    "row_form",
    "sparse_of",
    "spec_identity",
    "with_label",
]


@dataclass(frozen=True)
class RowForm:
    """How the features of some parser are kept row by row.

    Attributes:
        parse: makes a dict of dense and ragged tensors of `[records]` strings, or of their pairs.
        lists: which of the ragged ones are sparse in the parser's features.
        sparse: which are pairs, and the sizes of the sparse tensors that these are.
        arrange: makes the parser's structure of such a dict, if nothing must be padded.
        finish: pads the features of a batch and makes that structure; None: nothing to pad.
    """

    parse: Callable[[tf.Tensor], dict[str, Any]]
    lists: frozenset[str]
    sparse: Mapping[str, list[int]]
    arrange: Callable[[dict[str, Any]], Any]
    finish: Callable[[dict[str, Any]], Any] | None


def row_form(
    spec: Mapping[str, Any],
    label_key: str | None,
    parse_with: Callable[[tf.Tensor, dict[str, Any]], dict[str, Any]],
) -> RowForm:
    """The form of what is parsed with a spec.

    Args:
        spec: name -> how the feature is parsed; other features are ragged.
        label_key: the feature to hand out as label.
        parse_with: parses records with a spec of the same names.
    """
    import tensorflow as tf

    padded = {n: f for n, f in spec.items() if isinstance(f, tf.io.FixedLenSequenceFeature)}
    sparse = {n: _sizes(f) for n, f in spec.items() if isinstance(f, tf.io.SparseFeature)}
    lists = frozenset(name for name, feature in spec.items() if is_list(feature))
    unpadded = {name: tf.io.VarLenFeature(feature.dtype) for name, feature in padded.items()}

    def parse(serialized: tf.Tensor) -> dict[str, Any]:
        features = parse_with(serialized, ragged_lists({**spec, **unpadded}))
        return {**features, **{name: _in_rows(features[name]) for name in sparse}}

    def arrange(features: dict[str, Any]) -> Any:
        return features if padded else with_label(features, label_key)

    def finish(features: dict[str, Any]) -> Any:
        known = {name: _padded(features[name], feature) for name, feature in padded.items()}
        return with_label({**features, **known}, label_key)

    return RowForm(parse, lists, sparse, arrange, finish if padded else None)


def spec_identity(spec: Mapping[str, Any]) -> str:
    """A digest of what is parsed, whatever the order of names.

    Example:
        >>> import tensorflow as tf
        >>> one = {"a": tf.io.FixedLenFeature([], tf.int64)}
        >>> spec_identity(one) == spec_identity({"a": tf.io.FixedLenFeature([1], tf.int64)})
        False
    """
    described = {name: [type(f).__name__, *map(_described, f)] for name, f in spec.items()}
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def _described(value: Any) -> Any:
    """A field of a feature's spec in JSON, arrays with all of their elements."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, np.ndarray | np.generic | float | bytes):
        array = np.asarray(value)
        return [str(array.dtype), list(array.shape), repr(array.tolist())]
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(_described, value)]
    return repr(value)


def _in_rows(values: tf.SparseTensor) -> dict[str, tf.RaggedTensor]:
    """A sparse tensor `[rows, ...]`, as its values and their positions in each row."""
    import tensorflow as tf

    owners, count = values.indices[:, 0], values.dense_shape[0]

    def in_rows(part: tf.Tensor) -> tf.RaggedTensor:
        return tf.RaggedTensor.from_value_rowids(part, owners, count, validate=False)

    return {"values": in_rows(values.values), "places": in_rows(values.indices[:, 1:])}


def sparse_of(rows: Mapping[str, tf.RaggedTensor], sizes: list[int]) -> tf.SparseTensor:
    """The inverse of what pairs are made by.

    Args:
        rows: the values, and their positions, of each row.
        sizes: of a row.
    """
    import tensorflow as tf

    values = rows["values"]
    owners = values.value_rowids()[:, tf.newaxis]
    shape = tf.stack([values.nrows(), *(tf.constant(size, tf.int64) for size in sizes)])
    return tf.SparseTensor(tf.concat([owners, rows["places"].values], 1), values.values, shape)


def _sizes(feature: Any) -> list[int]:
    return list(feature.size) if isinstance(feature.size, list | tuple) else [feature.size]


def _padded(rows: tf.RaggedTensor, feature: Any) -> tf.Tensor:
    """`[batch, longest, ...]` of the flat values of each row."""
    import tensorflow as tf

    shape = tf.TensorShape(feature.shape).as_list()
    values = tf.reshape(rows.values, [-1, *shape])
    splits = rows.row_splits // math.prod(shape)
    steps = tf.RaggedTensor.from_row_splits(values, splits, validate=False)
    dense = steps.to_tensor(feature.default_value)
    return tf.ensure_shape(dense, [rows.shape[0], None, *shape])


def with_label(features: dict[str, Any], label_key: str | None) -> Any:
    """The features, or the label apart from the others."""
    if label_key is None:
        return features
    others = dict(features)
    label = others.pop(label_key)
    return others, label


def is_list(feature: Any) -> bool:
    """Whether it is parsed to a sparse tensor whose rows are lists of values."""
    import tensorflow as tf

    return isinstance(feature, tf.io.VarLenFeature)


def ragged_lists(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec with VarLenFeatures as ragged tensors, which hold the same in a smaller form."""
    import tensorflow as tf

    def ragged(feature: Any) -> Any:
        return tf.io.RaggedFeature(feature.dtype, row_splits_dtype=tf.int64)

    return {name: ragged(f) if is_list(f) else f for name, f in spec.items()}
