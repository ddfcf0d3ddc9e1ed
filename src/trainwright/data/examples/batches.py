"""Cutting blocks of records into batches: whole blocks are parsed, not single batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainwright.data.examples.blocks import permutation
from trainwright.data.examples.columns import Stacking, batches_of, column_of
from trainwright.data.examples.functions import as_written
from trainwright.data.examples.parsing import Parser, parsed

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Batches", "parsed_batches", "whole_batches"]


@dataclass(frozen=True)
class Batches:
    """How to cut blocks into batches.

    Attributes:
        size: records in a batch.
        drop_final: whether a smaller one at the end is left out.
        endless: whether there is no end.
    """

    size: int
    drop_final: bool
    endless: bool = False

    @property
    def static_size(self) -> int | None:
        """The size if it is that of all batches as far as a caller is told."""
        return self.size if self.drop_final else None

    def stacking(self, records: tf.Tensor) -> Stacking:
        """Of whole batches, or of one that is smaller."""
        import tensorflow as tf

        is_whole = self.drop_final or self.endless
        rows = self.size if is_whole else tf.minimum(self.size, records)
        return Stacking(records // rows, rows)


def parsed_batches(
    blocks: tf.data.Dataset, batches: Batches, parse: Parser, threads: int
) -> tf.data.Dataset:
    """Batches of parsed features.

    Args:
        blocks: serialized records, `[records]`, or those and a seed of their order.
        batches: their size. Blocks hold whole batches, but for the last one.
        parse: makes features of records.
        threads: blocks to parse at once, or AUTOTUNE.
    """
    import tensorflow as tf

    if not parse.whole_blocks:
        mixed = blocks.map(as_written(_mixed)) if _has_seed(blocks) else blocks
        cut = mixed.rebatch(batches.size, drop_remainder=batches.drop_final)
        return cut.map(as_written(parse), num_parallel_calls=threads)

    def stacked(*block: tf.Tensor) -> tuple[Any, Any]:
        records = _mixed(*block)
        features, kinds = parsed(parse, records)
        stacking = batches.stacking(tf.size(records))
        stacks = tf.nest.map_structure(stacking, features, kinds)
        return stacks, tf.nest.map_structure(column_of, features, kinds)

    return batches_of(whole_batches(blocks, batches), stacked, batches.static_size, threads)


def _has_seed(blocks: tf.data.Dataset) -> bool:
    return isinstance(blocks.element_spec, tuple)


def _mixed(block: tf.Tensor, *seed: tf.Tensor) -> tf.Tensor:
    """The block in the order that follows from the seed, if there is one."""
    import tensorflow as tf

    return tf.gather(block, permutation(tf.size(block), *seed)) if seed else block


def whole_batches(blocks: tf.data.Dataset, batches: Batches) -> tf.data.Dataset:
    """Cuts blocks so that each one is some whole batches or one smaller, last batch.

    Args:
        blocks: `[records]`, or those and a seed of their order; all but the last hold whole
            batches.
        batches: their size.
    """
    import tensorflow as tf

    def part(records: tf.Tensor) -> tf.data.Dataset:
        """One element, if there is something in it."""
        return tf.data.Dataset.from_tensors(records).take(tf.size(records, tf.int64))

    def cut(*block: tf.Tensor) -> tf.data.Dataset:
        records = _mixed(*block)
        whole = tf.size(records) // batches.size * batches.size
        if batches.drop_final:
            return part(records[:whole])
        return part(records[:whole]).concatenate(part(records[whole:]))

    return blocks if batches.endless else blocks.flat_map(as_written(cut))
