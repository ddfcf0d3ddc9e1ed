"""Functions for tf.data's maps."""

from __future__ import annotations

from typing import Any


def as_written(function: Any) -> Any:
    """Keeps AutoGraph from rewriting a function that needs none of it, which is slow."""
    import tensorflow as tf

    return tf.autograph.experimental.do_not_convert(function)
