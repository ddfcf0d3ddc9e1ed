"""What dual coordinate ascent remembers of each example, over all batches."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

_STATE_SIZE = 4
# Ids have 128 bits, of which these two are no id that occurs.
_EMPTY, _DELETED = [0, 0], [1, 1]
_BUCKETS = 1 << 17


class StateSums(NamedTuple):
    """Sums over all examples, float64 scalars."""

    primal_loss: tf.Tensor
    dual_loss: tf.Tensor
    weight: tf.Tensor


class ExampleTable:
    """Tables from ids of examples to states, saved in checkpoints as 2.15 did.

    Args:
        shards: how many tables.
    """

    def __init__(self, shards: int):
        self._tables = [
            tf.lookup.experimental.DenseHashTable(
                tf.int64,
                tf.float32,
                default_value=[0.0] * _STATE_SIZE,
                empty_key=_EMPTY,
                deleted_key=_DELETED,
                initial_num_buckets=_BUCKETS,
                name=f"ShardedMutableHashTable-{number}-of-{shards}",
            )
            for number in range(1, shards + 1)
        ]

    def lookup(self, ids: tf.Tensor) -> tf.Tensor:
        """The states of examples.

        Args:
            ids: int64 ``[batch, 2]``.

        Returns:
            float32 ``[batch, 4]``, zeros for examples never seen.
        """
        shard = self._shard_of(ids)
        parts = tf.dynamic_partition(ids, shard, len(self._tables))
        places = tf.dynamic_partition(tf.range(tf.shape(ids)[0]), shard, len(self._tables))
        found = [table.lookup(part) for table, part in zip(self._tables, parts, strict=True)]
        return tf.dynamic_stitch(places, found)

    def insert(self, ids: tf.Tensor, states: tf.Tensor) -> tf.Operation:
        """The op that remembers these states ``[batch, 4]`` of examples with ids ``[batch, 2]``."""
        shard = self._shard_of(ids)
        count = len(self._tables)
        parts = zip(
            self._tables,
            tf.dynamic_partition(ids, shard, count),
            tf.dynamic_partition(states, shard, count),
            strict=True,
        )
        return tf.group(*[table.insert(keys, values) for table, keys, values in parts])

    def size(self) -> tf.Tensor:
        """How many examples are known, an int64 scalar."""
        return tf.add_n([table.size() for table in self._tables])

    def sums(self) -> StateSums:
        """Sums over all examples; they read all tables."""
        totals = [
            tf.reduce_sum(tf.cast(table.export()[1], tf.float64), 0) for table in self._tables
        ]
        total = tf.add_n(totals)
        return StateSums(total[1], total[2], total[3])

    def _shard_of(self, ids: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.abs(ids[:, 0]) % len(self._tables), tf.int32)
