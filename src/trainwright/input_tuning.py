"""Reading datasets without tf.data's tuning, where they do not need it.

To tune, tf.data times and measures each record and batch in each stage, a tenth of all work. Our
own stages do not need that. Stages that a caller has added may: without tuning, tf.data adds no
prefetch after a last map, which then keeps whoever reads waiting. Neither do they need to be
rewritten, which takes a tenth of the time in which an iterator starts and finds nothing to gain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["needs_no_tuning", "untuned"]

_known: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def needs_no_tuning(dataset: tf.data.Dataset, alone: tf.data.Dataset) -> None:
    """Remembers that a dataset, as it is, may be read without tuning.

    Args:
        dataset: what callers get.
        alone: what to read in its place where nothing was added to it.
    """
    _known[dataset] = alone


def untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The same batches, without tuning if the dataset is known not to need it, as it is.

    Args:
        dataset: what is about to be read.
    """
    import tensorflow as tf

    alone = _known.get(dataset)
    if alone is None:
        return dataset
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    return alone.with_options(options)
