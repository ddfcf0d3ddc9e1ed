"""The prediction loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.checkpoints import explaining_restore
from trainwright.estimator.engine.graph import ModelDefinition, ModelGraph, build_graph
from trainwright.estimator.engine.sessions import BeginsSessions, ClosesAside
from trainwright.estimator.mode_keys import ModeKeys

v1 = tf.compat.v1


def predictions(
    definition: ModelDefinition,
    input_fn: Callable[..., Any],
    *,
    predict_keys: str | Sequence[str] | None,
    hooks: Sequence[Any],
    checkpoint: str | None,
    single_examples: bool,
    initialize: Callable[[], None] | None = None,
) -> Iterator[Any]:
    """Yields predictions until the input ends.

    Args:
        definition: the model.
        input_fn: the input; labels are dropped.
        predict_keys: which predictions to give; None: all.
        hooks: the caller's SessionRunHooks.
        checkpoint: prefix of the checkpoint; None: variables as they are initialised.
        single_examples: one dict (or array) for each example, instead of for each batch.
        initialize: called with the graph as the default where there is no checkpoint, to change
            how variables are initialised.

    Raises:
        ValueError: no such prediction, or predictions of different lengths.
        CheckpointError: the checkpoint does not fit the model, or is damaged.
    """
    model = build_graph(definition, input_fn, ModeKeys.PREDICT)
    if initialize is not None and checkpoint is None:
        with model.graph.as_default():
            initialize()
    fetches = _select(model.spec.predictions, predict_keys)
    with _session(model, definition, hooks, checkpoint) as session:
        while not session.should_stop():
            batch = session.run(fetches)
            if single_examples:
                yield from _examples(batch)
            else:
                yield batch


def _session(
    model: ModelGraph, definition: ModelDefinition, hooks: Sequence[Any], checkpoint: str | None
) -> Any:
    config = definition.config
    with model.graph.as_default():
        creator = BeginsSessions(
            model.spec.scaffold,
            master=config.master,
            config=config.session_config,
            checkpoint=checkpoint,
            iterators=model.model_input.iterators,
        )
        all_hooks = [*model.model_input.hooks, *hooks, *model.spec.prediction_hooks]
        with explaining_restore(checkpoint):
            return v1.train.MonitoredSession(ClosesAside(creator), hooks=all_hooks)


def _select(predictions: Any, keys: str | Sequence[str] | None) -> Any:
    if not keys:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError(
            f"predict_keys {keys!r} were given, but the model's predictions have no names: "
            f"they are {predictions!r}."
        )
    wanted = [keys] if isinstance(keys, str) else list(keys)
    selected = {name: value for name, value in predictions.items() if name in wanted}
    if not selected:
        raise ValueError(
            f"The model has no predictions named {wanted}. It has: {sorted(map(str, predictions))}."
        )
    return selected


def _examples(batch: Any) -> Iterator[Any]:
    if not isinstance(batch, dict):
        yield from batch
        return
    lengths = {name: len(value) for name, value in batch.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            "Predictions of one batch differ in length, so that they cannot be told apart by "
            f"example: {lengths}. Ask for batches with yield_single_examples=False."
        )
    for index in range(next(iter(lengths.values()))):
        yield {name: value[index] for name, value in batch.items()}
