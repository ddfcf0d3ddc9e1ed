"""The Keras 3 objects of the graph that is being built.

Keras 3 is made for eager execution and ``tf.function``. In the graph of a session its stateful
objects do nothing, or not what they should, and say nothing. The modules beside this one change
the methods concerned, of Keras's public classes, while the graph of an estimator is being built;
what they have to remember about that graph is kept here.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple

import tensorflow as tf

v1 = tf.compat.v1
_INT32_MAX = 2**31 - 1

WEIGHT = "weight"
METRIC = "metric"
SEED = "seed"

# Which collections a variable belongs to that is not saved, by what it is for.
COLLECTIONS = {
    METRIC: (v1.GraphKeys.LOCAL_VARIABLES, v1.GraphKeys.METRIC_VARIABLES),
    SEED: (v1.GraphKeys.LOCAL_VARIABLES,),
}


class Call(NamedTuple):
    """A call of a layer.

    Args:
        layer: the layer.
        inputs: tensors of the graph that it is called with.
    """

    layer: Any
    inputs: Sequence[Any]


class KerasObjects:
    """What is remembered of the Keras objects in one graph.

    Args:
        graph: the ``tf.Graph`` of one mode.
    """

    def __init__(self, graph: Any):
        self.graph = graph
        self.purpose = WEIGHT
        """What the variables created now are for."""
        self.constraint: Any = None
        """The constraint of the variable created now."""
        self.calls: list[Call] = []
        """The calls of layers that are going on, the outermost first."""
        self.stateless_scopes = 0
        """How many of Keras's scopes are open in which nothing is really assigned."""
        self.updates: list[Any] = []
        """Ops that change the state of layers, to be run with each training step."""
        self.initial_values: list[tuple[Any, Any]] = []
        """Variables and the arrays that they are to start from."""
        self.applied: list[Any] = []
        """Optimizers that have been applied, with a count of their own."""
        self._names: Counter[str] = Counter()
        self._seeds = 0
        # By id, since Keras variables compare by value. Objects are kept so that ids stay theirs.
        self._notes: dict[tuple[str, int], tuple[Any, Any]] = {}

    def is_default(self) -> bool:
        """Whether ops are being added to the graph itself, not to a function within it."""
        return not tf.executing_eagerly() and v1.get_default_graph() is self.graph

    def auto_name(self, class_name: str) -> str:
        """A name for an object that was given none, counted anew in each graph.

        Example:
            >>> objects = KerasObjects(tf.Graph())
            >>> [objects.auto_name(name) for name in ("BatchNormalization", "Conv2D", "Conv2D")]
            ['batch_normalization', 'conv2d', 'conv2d_1']
        """
        name = snake_case(class_name)
        count = self._names[name]
        self._names[name] += 1
        return f"{name}_{count}" if count else name

    def next_seed(self) -> int | None:
        """A seed for the next random thing of the graph, None where the graph has no seed.

        Seeds are counted, so that they do not depend on what else is in the graph.
        """
        if self.graph.seed is None:
            return None
        self._seeds += 1
        return (self.graph.seed * 1_000_003 + self._seeds) % _INT32_MAX  # type: ignore[no-any-return]

    def note(self, topic: str, about: Any, value: Any) -> None:
        """Remembers something about an object."""
        self._notes[topic, id(about)] = about, value

    def noted(self, topic: str, about: Any) -> Any:
        """What was last remembered about the object, None where nothing was."""
        return self._notes.get((topic, id(about)), (None, None))[1]

    @contextlib.contextmanager
    def creating(self, purpose: str) -> Iterator[None]:
        """Variables created in the block are for this purpose."""
        before, self.purpose = self.purpose, purpose
        try:
            yield
        finally:
            self.purpose = before


_current: ContextVar[KerasObjects | None] = ContextVar("keras_objects", default=None)


def current() -> KerasObjects | None:
    """The Keras objects of the graph being built, None while none is."""
    return _current.get()


@contextlib.contextmanager
def remembered(objects: KerasObjects) -> Iterator[KerasObjects]:
    """Makes these the current ones for the block."""
    token = _current.set(objects)
    try:
        yield objects
    finally:
        _current.reset(token)


def snake_case(class_name: str) -> str:
    """The name of a class as Keras writes it in names of objects.

    Example:
        >>> [snake_case(name) for name in ("Dense", "LSTM", "Conv1DTranspose", "ReLU")]
        ['dense', 'lstm', 'conv1d_transpose', 're_lu']
    """
    words = re.sub(r"(?<=.)([A-Z][a-z]+)", r"_\1", re.sub(r"\W", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
