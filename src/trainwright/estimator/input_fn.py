"""Calling an input_fn, and what it may return."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from trainwright.estimator.arguments import accepted_arguments
from trainwright.estimator.engine.early_input import EarlyInput
from trainwright.estimator.engine.input_samples import SamplesInput
from trainwright.estimator.hooks import SessionRunHook
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.input_passes import Passes, expecting_passes, passes_of
from trainwright.input_tuning import untuned

v1 = tf.compat.v1


class IteratorInitializerHook(SessionRunHook):
    """Starts the input's iterator in each new session.

    Args:
        initializer: the iterator's initializer op.
        passes: how its dataset is read in passes, if it is.
        batches: how many batches a pass has.
    """

    def __init__(self, initializer: Any, passes: Passes | None = None, batches: int | None = None):
        self.initializer = initializer
        self._passes = passes
        self._batches = batches
        self._early = EarlyInput([initializer])
        self._contents: Any = None
        self._has_read_all = False

    def begin_early(self, session: Any) -> None:
        """Starts it aside, where nobody could tell."""
        if not self._begins_anew():
            self._note_contents()
            self._early.begin(session)

    def leave(self) -> None:
        """The session it was started in is not wanted any more."""
        self._early.done()
        self._has_read_all = False

    def has_read(self, batches: int) -> None:
        """So many batches were read since it was started, or since this was called."""
        self._has_read_all = batches == self._batches

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Runs the initializer, unless that was done early, or a next pass begins by itself."""
        del coord
        begins_anew, self._has_read_all = self._begins_anew(), False
        if begins_anew or self._early.done():
            return
        self._note_contents()
        session.run(self.initializer)

    def _note_contents(self) -> None:
        self._contents = None if self._passes is None else self._passes.contents()

    def _begins_anew(self) -> bool:
        """Whether the next batch is the first one of a pass over what was read in the last."""
        if not self._has_read_all or self._passes is None or self._contents is None:
            return False
        return bool(self._passes.contents() == self._contents)


@dataclass(frozen=True)
class ModelInput:
    """The input of one graph.

    Args:
        features: what the model_fn gets as features.
        labels: what it gets as labels, None where the input has none.
        hooks: SessionRunHooks that the input needs.
    """

    features: Any
    labels: Any
    hooks: tuple[Any, ...] = ()

    @property
    def iterators(self) -> list[IteratorInitializerHook]:
        """Those of the hooks that start iterators."""
        return [hook for hook in self.hooks if isinstance(hook, IteratorInitializerHook)]

    def batch_size(self) -> Any:
        """How many examples the batch holds: an int64 scalar tensor, None where nobody knows."""
        return batch_size_of(self.features)


def call_input_fn(
    input_fn: Callable[..., Any],
    mode: str,
    params: Any,
    config: Any,
    batches_of_pass: int | None = None,
) -> ModelInput:
    """Calls the input_fn with those of mode, params and config that it takes.

    Args:
        input_fn: returns a Dataset, or tensors: features, or a pair (features, labels).
        mode: one of ModeKeys.
        params: the Estimator's params.
        config: the Estimator's RunConfig.
        batches_of_pass: so many batches will be read, again and again from the beginning; None:
            that is not known.

    Raises:
        ValueError: a tuple that is not a pair.
    """
    accepted = accepted_arguments(input_fn)
    offered = {"mode": mode, "params": params, "config": config}
    # Input pipelines are CPU work, also where the model has another device.
    with tf.device("/cpu:0"):
        with contextlib.nullcontext() if batches_of_pass is None else expecting_passes():
            result = input_fn(**{name: offered[name] for name in offered if name in accepted})
        hooks: tuple[Any, ...] = ()
        if isinstance(result, (tf.data.Dataset, v1.data.Dataset)):
            passes = None if batches_of_pass is None else passes_of(result)
            if passes is not None and batches_of_pass is not None:
                result = passes.dataset_of(batches_of_pass)
            iterator = v1.data.make_initializable_iterator(untuned(result))
            result = iterator.get_next()
            hooks = (IteratorInitializerHook(iterator.initializer, passes, batches_of_pass),)
            if mode == ModeKeys.TRAIN:
                hooks += (SamplesInput(),)
        elif _is_iterator(result):
            result = result.get_next()
    features, labels = _features_and_labels(result)
    return ModelInput(features, None if mode == ModeKeys.PREDICT else labels, hooks)


def batch_size_of(features: Any) -> Any:
    """The first dimension of the first tensor in a structure, as an int64 scalar tensor."""
    for value in _tensors_in(features):
        if isinstance(value, tf.SparseTensor):
            return value.dense_shape[0]
        if isinstance(value, tf.RaggedTensor):
            return tf.cast(value.nrows(), tf.int64)
        if tf.is_tensor(value) and value.shape.rank != 0:
            return tf.shape(value, out_type=tf.int64)[0]
    return None


def _tensors_in(structure: Any) -> Iterator[Any]:
    # tf.nest sorts the keys of a dict, which keys of several types do not allow.
    if isinstance(structure, Mapping):
        for value in structure.values():
            yield from _tensors_in(value)
    elif isinstance(structure, (list, tuple)):
        for value in structure:
            yield from _tensors_in(value)
    else:
        yield structure


def _is_iterator(result: Any) -> bool:
    return isinstance(result, (v1.data.Iterator, tf.data.Iterator))


def _features_and_labels(result: Any) -> tuple[Any, Any]:
    if isinstance(result, (tuple, list)):
        if len(result) != 2:
            raise ValueError(
                "input_fn must return features, or a pair (features, labels), or a Dataset of "
                f"either. Got {len(result)} values instead: {result!r}."
            )
        return result[0], result[1]
    return result, None
