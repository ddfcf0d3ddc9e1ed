"""Columns computed twice: lowered, and by their own ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.columns import input_layer, linear_model
from trainwright.estimator.columns.switch import lowering

v1 = tf.compat.v1
SPARSE_OPS = {"SparseFillEmptyRows", "SparseSegmentSum", "SparseReshape", "SparseToDense"}


class Computed(NamedTuple):
    """What came of columns.

    Args:
        outputs: of the layer or the model.
        gradients: of each variable, by name: an array, or arrays by row where it is sparse.
        op_types: of the graph.
    """

    outputs: Any
    gradients: dict[str, Any]
    op_types: set[str]

    @property
    def is_lowered(self) -> bool:
        return not self.op_types & SPARSE_OPS


Make = Callable[[], list[Any]]


@pytest.fixture(scope="session")
def compute() -> Callable[..., Computed]:
    """Computes columns and the gradients of a sum of their values with random factors."""
    return _compute


@pytest.fixture(scope="session")
def compute_both() -> Callable[..., tuple[Computed, Computed]]:
    """Computes columns lowered and by their own ops, and checks that all is equal."""

    def both(make: Make, features: Mapping[str, Any], **options: Any) -> tuple[Computed, Computed]:
        own = _compute(make, features, lowered=False, **options)
        lowered = _compute(make, features, lowered=True, **options)
        _assert_equal(lowered, own)
        return lowered, own

    return both


@pytest.fixture(scope="session")
def compare_batches() -> Callable[..., Callable[[Mapping[str, Any]], None]]:
    """Makes a function that computes a batch both ways and checks that all is equal."""

    def prepare(
        make: Make, features: Mapping[str, Any], **options: Any
    ) -> Callable[[Mapping[str, Any]], None]:
        own = _Prepared(make, features, lowered=False, **options)
        lowered = _Prepared(make, features, lowered=True, **options)
        return lambda batch: _assert_equal(lowered(batch), own(batch))

    return prepare


def _assert_equal(lowered: Computed, own: Computed) -> None:
    np.testing.assert_allclose(lowered.outputs, own.outputs, rtol=1e-6, atol=1e-6)
    assert lowered.gradients.keys() == own.gradients.keys()
    for name, expected in own.gradients.items():
        _assert_same(lowered.gradients[name], expected)


def _assert_same(actual: Any, expected: Any) -> None:
    assert type(actual) is type(expected)
    if isinstance(expected, dict):
        assert actual.keys() == expected.keys()
        for row, values in expected.items():
            np.testing.assert_allclose(actual[row], values, rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def _compute(make: Make, features: Mapping[str, Any], **options: Any) -> Computed:
    return _Prepared(make, features, **options)(features)


class _Prepared:
    """A graph of columns, to be computed for any number of batches."""

    def __init__(
        self,
        make: Make,
        features: Mapping[str, Any],
        *,
        lowered: bool = True,
        linear: bool = False,
        combiner: str = "sum",
        partitions: int = 1,
    ):
        partitioner = v1.fixed_size_partitioner(partitions) if partitions > 1 else None
        with tf.Graph().as_default() as graph, lowering(lowered):
            self.tensors = {name: _fed(value) for name, value in features.items()}
            with v1.variable_scope("model", partitioner=partitioner):
                if linear:
                    outputs = linear_model(
                        self.tensors, make(), 2, combiner, "layer", "layer"
                    ).logits
                else:
                    outputs = input_layer(self.tensors, make(), "layer")
            variables = v1.trainable_variables()
            factors = tf.random.stateless_normal(tf.shape(outputs), [1, 2])
            gradients = tf.gradients(tf.reduce_sum(outputs * factors), variables)
            pairs = [pair for pair in zip(variables, gradients, strict=True) if pair[1] is not None]
            self.fetched = outputs, {v.op.name: _parts(gradient) for v, gradient in pairs}
            self.op_types = {operation.type for operation in graph.get_operations()}
            self.session = v1.Session()
            self.session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            numbers = np.random.default_rng(0)
            for variable in variables:
                variable.load(numbers.normal(size=variable.shape).astype("f"), self.session)

    def __call__(self, features: Mapping[str, Any]) -> Computed:
        feed = {
            self.tensors[name]: value
            for name, value in features.items()
            if not isinstance(value, v1.SparseTensorValue)  # constants
        }
        outputs, gradients = self.session.run(self.fetched, feed)
        by_row = {name: _by_row(gradient) for name, gradient in gradients.items()}
        return Computed(outputs, by_row, self.op_types)


def _fed(value: Any) -> Any:
    """A tensor whose batch size is not known."""
    if isinstance(value, v1.SparseTensorValue):
        return tf.SparseTensor.from_value(value)
    array = np.asarray(value)
    return v1.placeholder_with_default(tf.constant(array), [None, *array.shape[1:]])


def _parts(gradient: Any) -> Any:
    if isinstance(gradient, tf.IndexedSlices):
        return gradient.indices, gradient.values
    return gradient


def _by_row(gradient: Any) -> Any:
    if not isinstance(gradient, tuple):
        return gradient
    indices, values = gradient
    assert len(set(indices)) == len(indices), "a row has two gradients"
    return dict(zip(indices.tolist(), values, strict=True))
