"""Cutting groups of chunks of decoded records into batches, with what is left of the last group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.batches import Batches
from trainwright.data.examples.blocks import permutation
from trainwright.data.examples.columns import Column, Stacking, encoded, taken, taken_in_batches
from trainwright.data.examples.row_form import RowForm, sparse_of

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Cutter"]

_SPLITS = "int64"


class Cutter:
    """A function for a dataset's scan, whose state is the rows that are left.

    Features come in vectors of variants, one for each chunk: those of several vectors are decoded
    to one tensor by one op, whatever their kind.

    Args:
        spec: of a chunk of rows.
        form: what they are.
        batches: what to cut.
        mixing: whether to mix the rows of each group.

    Attributes:
        columns: what stacks are made of, in the structure of the parser's features.
    """

    def __init__(self, spec: Mapping[str, Any], form: RowForm, batches: Batches, mixing: bool):
        self._spec, self._form, self._batches, self._mixing = spec, form, batches, mixing
        self.columns = form.arrange({name: self._column(name) for name in sorted(spec)})

    def nothing(self) -> tuple[tf.Tensor, ...]:
        """A chunk without rows, variant `[1]` for each tensor of the spec."""
        return tuple(encoded(_no_rows(spec), batched=True) for spec in self._flat_spec())

    def __call__(self, left: Sequence[tf.Tensor], group: Any) -> tuple[Any, Any]:
        """Takes the rows that are left, and (chunks, seed), or (chunks, seed, is this the end).

        Returns:
            The rows that are left then, and stacks of batches, of none if there are too few rows.
        """
        import tensorflow as tf

        chunks, seed, *is_end = group
        # As a tf.concat, which does not take variants.
        places = [tf.constant([0]), tf.range(tf.size(chunks[0])) + 1]
        both = zip(left, chunks, self._flat_spec(), strict=True)
        merged = [
            _merged(tf.raw_ops.DynamicStitch(indices=places, data=[old, new]), spec)
            for old, new, spec in both
        ]
        ends = tf.cast(merged[0][1], tf.int32)
        numbers = self._order(ends[1], ends[-1], seed)
        total = tf.size(numbers)
        rows: Any = self._batches.size
        if is_end:
            rows = tf.where(is_end[0], tf.maximum(total, 1), rows)
        stacking = Stacking(total // rows, rows)
        whole = total // rows * rows
        now, later = tf.split(numbers, [whole, total - whole])
        features = [(values, *splits) for values, _, *splits in merged]
        none_or_all = tf.stack([0, total - whole])
        kept = tuple(_left(parts, later, none_or_all) for parts in features)
        return kept, self._stacks(features, now, stacking)

    def _flat_spec(self) -> list[Any]:
        import tensorflow as tf

        return list(tf.nest.flatten(self._spec))

    def _column(self, name: str) -> Column:
        import tensorflow as tf

        spec = self._spec[name]
        if name in self._form.sparse:
            shape = [None, *self._form.sparse[name]]
            return Column(tf.SparseTensorSpec(shape, spec["values"].dtype))
        return Column(spec, name in self._form.lists)

    def _order(self, old: tf.Tensor, size: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The numbers of all rows: those that were left come first, as they are."""
        import tensorflow as tf

        if not self._mixing:
            return tf.range(size)
        return tf.concat([tf.range(old), old + permutation(size - old, seed)], 0)

    def _stacks(
        self, features: Sequence[Any], rows: tf.Tensor, stacking: Stacking
    ) -> tuple[tf.Tensor, ...]:
        import tensorflow as tf

        in_batches = stacking.dense(rows)
        stacks = {}
        for name, parts in tf.nest.pack_sequence_as(self._spec, features).items():
            if name in self._form.sparse:
                pair = {part: _ragged(taken(parts[part], rows)) for part in parts}
                stacks[name] = stacking.sparse(sparse_of(pair, self._form.sparse[name]))
            else:
                is_list = name in self._form.lists
                stacks[name] = taken_in_batches(parts, in_batches, is_list)
        return tuple(tf.nest.flatten(self._form.arrange(stacks)))


def _merged(chunks: tf.Tensor, spec: Any) -> tuple[tf.Tensor, ...]:
    """The flat values, where chunks end, and the row splits of the rows of all chunks."""
    import tensorflow as tf

    inner = getattr(spec, "ragged_rank", 0)
    found = tf.raw_ops.RaggedTensorFromVariant(
        encoded_ragged=chunks,
        input_ragged_rank=inner,
        output_ragged_rank=inner + 1,
        Tvalues=spec.dtype,
        Tsplits=getattr(spec, "row_splits_dtype", _SPLITS),
    )
    values = found.output_dense_values
    values.set_shape([None, *spec.shape[inner + 1 :]])
    return (values, *found.output_nested_splits)


def _left(parts: Sequence[tf.Tensor], rows: tf.Tensor, ends: tf.Tensor) -> tf.Tensor:
    """Rows as one chunk, variant `[1]`."""
    import tensorflow as tf

    values, *splits = taken(parts, rows)
    outer = tf.cast(ends, splits[0].dtype if splits else _SPLITS)
    return encoded((values, outer, *splits), batched=True)


def _ragged(parts: Sequence[tf.Tensor]) -> tf.RaggedTensor:
    import tensorflow as tf

    return tf.RaggedTensor.from_nested_row_splits(parts[0], parts[1:], validate=False)


def _no_rows(spec: Any) -> tuple[tf.Tensor, ...]:
    """The flat values and row splits of a chunk that has no rows."""
    import tensorflow as tf

    inner = getattr(spec, "ragged_rank", 0)
    dtype = getattr(spec, "row_splits_dtype", _SPLITS)
    values = tf.zeros([0, *spec.shape[inner + 1 :]], spec.dtype)
    return (values, tf.zeros([2], dtype), *[tf.zeros([1], dtype)] * inner)
