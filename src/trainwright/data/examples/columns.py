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

__all__ = ["Column", "Stacking", "apart", "batches_of", "column_of", "sliceable"]


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
        return sliceable(values[0], [self._splits[dtype], *values[1:]], is_list)

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


def sliceable(values: tf.Tensor, splits: Sequence[tf.Tensor], is_list: bool) -> tf.Tensor:
    """Batches of ragged rows, the outermost splits being those of batches."""
    import tensorflow as tf

    if is_list:
        return _serialized(
            tf.raw_ops.RaggedTensorToSparse(rt_nested_splits=splits, rt_dense_values=values)
        )
    return tf.raw_ops.RaggedTensorToVariant(
        rt_nested_splits=splits, rt_dense_values=values, batched_input=True
    )


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
        made.append(tf.nest.map_structure(lambda column: column.of_batch(size), columns))
        return tuple(tf.nest.flatten(stacks))

    def one_by_one(*stacks: tf.Tensor) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices(stacks)

    stacks = blocks.map(as_written(divided), num_parallel_calls=threads)
    # What dataset.unbatch() does; but its slices are copies.
    batches = stacks.flat_map(as_written(one_by_one))
    return tf.data.experimental.from_variant(tf.data.experimental.to_variant(batches), made[-1])
