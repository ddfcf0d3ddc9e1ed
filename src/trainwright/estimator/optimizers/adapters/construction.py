"""Calling a function that makes an optimizer, while a graph is being built."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.adapters.keras import is_keras


def made_by(make: Callable[[], Any]) -> Any:
    """What the function returns, called so that Keras 3 optimizers can be made in a graph.

    ``lambda: tf.keras.optimizers.Adam(tf.compat.v1.train.exponential_decay(...))`` is what the
    documentation of ``tf.estimator`` taught. Keras 3 refuses the tensor, and adds variables of
    its own to the graph, which would end in checkpoints.
    """
    variables = tf.compat.v1.get_collection_ref(tf.compat.v1.GraphKeys.GLOBAL_VARIABLES)
    before = list(variables)
    with _tensors_as_learning_rates():
        made = make()
    if is_keras(made):
        variables[:] = before
    return made


@contextlib.contextmanager
def _tensors_as_learning_rates() -> Iterator[None]:
    """Lets Keras optimizers take a tensor of a graph as a function that returns it."""
    base = tf.keras.optimizers.Optimizer
    own = vars(base).get("__init__")
    initialize = base.__init__

    def accepting(self: Any, *args: Any, **kwargs: Any) -> None:
        rate = kwargs.get("learning_rate")
        if tf.is_tensor(rate):
            kwargs["learning_rate"] = lambda: rate
        initialize(self, *args, **kwargs)

    base.__init__ = accepting
    try:
        yield
    finally:
        if own is None:
            del base.__init__
        else:
            base.__init__ = own
