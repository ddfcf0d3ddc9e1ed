"""Seeds of Keras 3 in a graph: a new mask each step, and repeatable by the graph's seed.

In a graph nothing runs the op that advances a ``SeedGenerator``, so that dropout has the same mask
in all steps; and seeds that the user leaves open are drawn from Python's ``random``, so that
``RunConfig(tf_random_seed=...)`` no longer repeats a training.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import tensorflow as tf

from trainwright.estimator.keras.methods import around
from trainwright.estimator.keras.naming import give_name
from trainwright.estimator.keras.objects import SEED, KerasObjects, current
from trainwright.estimator.keras.unwrap import tensorflow_variable

_LAST_ADVANCE = "last advance"
_STAND_IN = "stand-in"
_eager_stand_ins: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
# Generators made in a graph whose users left the seed open.
_open: WeakSet[Any] = WeakSet()


def install(keras: Any) -> None:
    """Changes ``keras.random.SeedGenerator``."""
    generator = keras.random.SeedGenerator
    around(generator, "__init__", _init)
    original = generator.next

    def advance(self: Any, ordered: bool = True) -> Any:
        objects = current()
        if objects is None:
            return original(_living(self), ordered)
        stand_in = _in_graph(objects, self)
        return _next(objects, stand_in) if objects.is_default() else original(stand_in, ordered)

    advance.__doc__ = original.__doc__
    generator.next = advance


def seeded(objects: KerasObjects, initializer: Any) -> Any:
    """A Keras initializer whose seed was left open, with a seed that follows from the graph's."""
    if not type(initializer).__module__.startswith("keras."):
        return initializer
    config: dict[str, Any] = getattr(initializer, "get_config", dict)()
    seed = objects.next_seed() if config.get("seed", 0) is None else None
    if seed is None:
        return initializer
    return type(initializer).from_config({**config, "seed": seed})


def _init(
    original: Any, objects: KerasObjects, self: Any, seed: Any = None, *args: Any, **kwargs: Any
) -> None:
    if not args:
        give_name(objects, self, kwargs)
    if seed is None:
        _open.add(self)
        seed = objects.next_seed()
    with objects.creating(SEED):
        original(self, seed, *args, **kwargs)


def _next(objects: KerasObjects, generator: Any) -> Any:
    """The present seed, an int64 ``[2]``; whoever computes it also advances the generator."""
    state = tensorflow_variable(generator.state)
    last = objects.noted(_LAST_ADVANCE, generator)
    with tf.control_dependencies([] if last is None else [last]):
        seed = tf.identity(state.read_value())
    with tf.control_dependencies([seed]):
        advance = state.assign_add(tf.constant([0, 1], state.dtype), read_value=False)
    objects.note(_LAST_ADVANCE, generator, advance)
    with tf.control_dependencies([advance]):
        return tf.identity(seed)


def _graph(generator: Any) -> Any:
    return getattr(tensorflow_variable(generator.state), "graph", None)


def _in_graph(objects: KerasObjects, generator: Any) -> Any:
    """The generator, or one like it in the graph where it belongs elsewhere.

    Keras's global generator is made where it is first used, and used everywhere after.
    """
    if _graph(generator) is objects.graph:
        return generator
    stand_in = objects.noted(_STAND_IN, generator)
    if stand_in is None:
        with tf.init_scope():
            stand_in = _like(generator)
        objects.note(_STAND_IN, generator, stand_in)
    return stand_in


def _living(generator: Any) -> Any:
    """In eager execution: the generator, or a new one where it was made in a graph."""
    if not tf.executing_eagerly() or _graph(generator) is None:
        return generator
    if generator not in _eager_stand_ins:
        _eager_stand_ins[generator] = _like(generator)
    return _eager_stand_ins[generator]


def _like(generator: Any) -> Any:
    seed = None if generator in _open else generator.get_config()["seed"]
    return type(generator)(seed=seed)
