"""Features as plain tensors, and stacks of their batches.

Inside of a pipeline, a tensor that is not dense travels as a variant, which each function packs and
unpacks by many ops; each op takes time whenever a graph is made and whenever an iterator starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.functions import as_written

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "Column",
    "Stacking",
    "apart",
    "batches_of",
    "column_of",
    "encoded",
    "one_by_one",
    "taken",
    "taken_in_batches",
]


@dataclass(frozen=True)
class Column:
    """What a feature's tensors are.

    Attributes:
        spec: of the feature `[records, ...]`, dense, ragged or sparse.
        is_list: whether it is ragged, and a batch of it sparse.
    """

    spec: Any
    is_list: bool = False

    @property
    def width(self) -> int:
        """Of how many tensors :func:`apart` makes it."""
        return 1 + getattr(self.spec, "ragged_rank", 0)

    def of_batch(self, size: int | None) -> Any:
        """The spec of a batch; size None: any."""
        import tensorflow as tf

        spec, shape = self.spec, [size, *self.spec.shape[1:]]
        if self.is_list or isinstance(spec, tf.SparseTensorSpec):
            return tf.SparseTensorSpec(shape, spec.dtype)
        if isinstance(spec, tf.RaggedTensorSpec):
            return tf.RaggedTensorSpec(shape, spec.dtype, spec.ragged_rank, spec.row_splits_dtype)
        return tf.TensorSpec(shape, spec.dtype)


def column_of(values: Any, is_list: bool) -> Column:
    """The column that a feature is.

    Args:
        values: `[records, ...]`, dense, ragged or sparse.
        is_list: whether batches of it are to be sparse though it is ragged.
    """
    import tensorflow as tf

    return Column(tf.type_spec_from_value(values), is_list)


def apart(values: Any) -> tuple[tf.Tensor, ...]:
    """A dense tensor, or the flat values and the row splits of a ragged one."""
    import tensorflow as tf

    if isinstance(values, tf.RaggedTensor):
        return (values.flat_values, *values.nested_row_splits)
    return (values,)


class Stacking:
    """Makes `[count, rows, ...]` of `[count * rows, ...]`, in the form in which tf.data slices it.

    Handing out slices then takes no work; it would be done by one thread. What features share is
    made once.

    Args:
        count: batches, int32 scalar.
        rows: of a batch, int32 scalar.
    """

    def __init__(self, count: Any, rows: Any):
        self._count, self._rows = count, rows
        self._shapes: dict[tuple[int | None, ...], tf.Tensor] = {}
        self._splits: dict[tf.DType, tf.Tensor] = {}

    def dense(self, values: tf.Tensor) -> tf.Tensor:
        """A dense tensor's batches."""
        import tensorflow as tf

        inner = tuple(values.shape[1:])
        if inner not in self._shapes:
            self._shapes[inner] = tf.stack([self._count, self._rows, *inner])
        return tf.reshape(values, self._shapes[inner])

    def ragged(self, values: Sequence[tf.Tensor], is_list: bool) -> tf.Tensor:
        """A ragged tensor's, of its flat values and row splits."""
        import tensorflow as tf

        dtype = values[1].dtype
        if dtype not in self._splits:
            self._splits[dtype] = tf.cast(tf.range(self._count + 1) * self._rows, dtype)
        return _sliceable(values[0], [self._splits[dtype], *values[1:]], is_list)

    def sparse(self, values: tf.SparseTensor) -> tf.Tensor:
        """A sparse tensor's."""
        import tensorflow as tf

        head = tf.cast(tf.stack([self._count, self._rows]), tf.int64)
        shape = tf.concat([head, values.dense_shape[1:]], 0)
        return _serialized(tf.sparse.reshape(values, shape))

    def __call__(self, values: Any, is_list: bool) -> tf.Tensor:
        """The batches of any of them."""
        import tensorflow as tf

        if isinstance(values, tf.SparseTensor):
            return self.sparse(values)
        if isinstance(values, tf.RaggedTensor):
            return self.ragged(apart(values), is_list)
        return self.dense(values)


def _sliceable(values: tf.Tensor, splits: Sequence[tf.Tensor], is_list: bool) -> tf.Tensor:
    """Batches of ragged rows, the outermost splits being those of batches."""
    import tensorflow as tf

    if is_list:
        return _serialized(
            tf.raw_ops.RaggedTensorToSparse(rt_nested_splits=splits, rt_dense_values=values)
        )
    return encoded((values, *splits), batched=True)


def _serialized(sparse: Any) -> tf.Tensor:
    import tensorflow as tf

    indices, values, shape = (
        (sparse.indices, sparse.values, sparse.dense_shape)
        if isinstance(sparse, tf.SparseTensor)
        else (sparse.sparse_indices, sparse.sparse_values, sparse.sparse_dense_shape)
    )
    return tf.raw_ops.SerializeManySparse(
        sparse_indices=indices, sparse_values=values, sparse_shape=shape, out_type=tf.variant
    )


def encoded(parts: Sequence[tf.Tensor], batched: bool) -> tf.Tensor:
    """A feature in a scalar, or, batched, each of the rows of a ragged one in a vector.

    Args:
        parts: what :func:`apart` makes of it.
        batched: whether its rows are encoded one by one.
    """
    import tensorflow as tf

    values, *splits = parts
    return tf.raw_ops.RaggedTensorToVariant(
        rt_nested_splits=splits, rt_dense_values=values, batched_input=batched
    )


def taken(parts: Sequence[tf.Tensor], rows: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Some rows of a feature.

    Args:
        parts: what :func:`apart` makes of it.
        rows: their numbers, of any shape.

    Returns:
        The same of `[*rows.shape, ...]`: each dimension of `rows` but the first adds splits.
    """
    import tensorflow as tf

    values, *splits = parts
    if not splits:
        return (tf.raw_ops.Gather(params=values, indices=rows),)
    found = tf.raw_ops.RaggedGather(
        params_nested_splits=splits,
        params_dense_values=values,
        indices=rows,
        OUTPUT_RAGGED_RANK=len(splits) + rows.shape.rank - 1,
    )
    return (found.output_dense_values, *found.output_nested_splits)


def taken_in_batches(parts: Sequence[tf.Tensor], rows: tf.Tensor, is_list: bool) -> tf.Tensor:
    """The rows `[batches, batch]` of a feature, in the form in which tf.data slices them."""
    values, *splits = taken(parts, rows)
    return _sliceable(values, splits, is_list) if splits else values


def batches_of(
    blocks: tf.data.Dataset,
    stacked: Callable[..., tuple[Any, Any]],
    size: int | None,
    threads: int,
) -> tf.data.Dataset:
    """Batches, one by one.

    Args:
        blocks: what stacks of batches are made of.
        stacked: makes the stacks of an element of `blocks`: a structure of what :class:`Stacking`
            makes, and the same structure of columns.
        size: that of each batch, None if the last one may be smaller.
        threads: how many elements to work on at once, or AUTOTUNE.
    """
    import tensorflow as tf

    made: list[Any] = []

    def divided(*block: Any) -> Any:
        stacks, columns = stacked(*block)
        made.append(columns)
        return tuple(tf.nest.flatten(stacks))

    return one_by_one(blocks.map(as_written(divided), num_parallel_calls=threads), made[-1], size)


def one_by_one(stacks: tf.data.Dataset, columns: Any, size: int | None) -> tf.data.Dataset:
    """The batches of stacks of them.

    Args:
        stacks: tuples of what :class:`Stacking` makes.
        columns: a structure of what these are.
        size: that of each batch, None if the last one may be smaller.
    """
    import tensorflow as tf

    def slices(*stack: tf.Tensor) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices(stack)

    # What dataset.unbatch() does; but its slices are copies.
    batches = stacks.flat_map(as_written(slices))
    spec = tf.nest.map_structure(lambda column: column.of_batch(size), columns)
    return tf.data.experimental.from_variant(tf.data.experimental.to_variant(batches), spec)
