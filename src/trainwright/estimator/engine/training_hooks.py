"""The hooks of a training: input, progress, logs, the user's, summaries, checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.durable import write_whole
from trainwright.estimator.engine.graph import ModelGraph
from trainwright.estimator.engine.observe import CheckpointReporter, StepReporter
from trainwright.estimator.hooks import SessionRunHook
from trainwright.estimator.run_config import RunConfig

v1 = tf.compat.v1
_CheckpointSaverHook: Any = v1.train.CheckpointSaverHook


def training_hooks(
    model: ModelGraph,
    config: RunConfig,
    model_dir: str,
    reporter: StepReporter,
    hooks: Sequence[Any],
    saving_listeners: Sequence[Any],
    keeper: Any,
) -> list[Any]:
    """All hooks, in the order in which they are called.

    Args:
        model: the training graph.
        config: periods of checkpoints, summaries and logs.
        model_dir: where they go.
        reporter: tells of steps; it stands before the checkpoint savers.
        hooks: the caller's.
        saving_listeners: the caller's CheckpointSaverListeners.
        keeper: a further one, where checkpoints are saved.

    Raises:
        ValueError: saving_listeners, where no checkpoints are saved.
    """
    # The user's hooks see the step at which the loss stops training; a saver must not save it.
    savers = [hook for hook in hooks if isinstance(hook, v1.train.CheckpointSaverHook)]
    worker_hooks = [
        *model.model_input.hooks,
        *(hook for hook in hooks if hook not in savers),
        reporter,
        *_logging_hooks(model, config),
        *savers,
        *model.spec.training_hooks,
    ]
    if not config.is_chief:
        return worker_hooks
    all_hooks = [
        *worker_hooks,
        *_chief_hooks(model, config, model_dir, worker_hooks, saving_listeners, keeper),
    ]
    ours = [hook for hook in all_hooks if isinstance(hook, _Saver)]
    return [*map(_SavesBeforeOthersEnd, ours), *all_hooks]


class _Saver(_CheckpointSaverHook):
    """The saver that a training has unless the user gives one; its end may come early.

    TensorFlow's writes the graph as text by Python, which takes nine times as long.
    """

    _save_graph_def: bool
    _has_ended = False
    _writes_graphs = False

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Writes the graph, and saves the step that the session begins with."""
        self._writes_graphs, self._save_graph_def = self._save_graph_def, False
        if self._writes_graphs:
            graph = v1.get_default_graph().as_graph_def(add_shapes=True)
            path = f"{self._checkpoint_dir}/graph.pbtxt"
            write_whole(path, str(graph).encode(), sync=False)
        super().after_create_session(session, coord)

    def _save(self, session: Any, step: int) -> Any:
        self._save_graph_def = self._writes_graphs
        return super()._save(session, step)

    def end(self, session: Any) -> None:
        """Saves the last step, once."""
        if not self._has_ended:
            self._has_ended = True
            super().end(session)


class _SavesBeforeOthersEnd(SessionRunHook):
    """Has the last checkpoint saved before the hooks end, which may look for it."""

    def __init__(self, saver: _Saver):
        self._saver = saver

    def end(self, session: Any) -> None:
        """Ends the saver."""
        self._saver.end(session)


def _logging_hooks(model: ModelGraph, config: RunConfig) -> list[Any]:
    if not config.log_step_count_steps:
        return []
    tensors = {"loss": model.spec.loss, "step": model.global_step}
    return [v1.train.LoggingTensorHook(tensors, every_n_iter=config.log_step_count_steps)]


def _chief_hooks(
    model: ModelGraph,
    config: RunConfig,
    model_dir: str,
    worker_hooks: Sequence[Any],
    saving_listeners: Sequence[Any],
    keeper: Any,
) -> list[Any]:
    """Hooks of the process that writes: the user's, counters, summaries, checkpoints last."""
    scaffold = model.spec.scaffold
    chief_hooks = list(model.spec.training_chief_hooks)
    if config.log_step_count_steps:
        chief_hooks.append(
            v1.train.StepCounterHook(
                every_n_steps=config.log_step_count_steps, output_dir=model_dir
            )
        )
    if config.save_summary_steps:
        chief_hooks.append(
            v1.train.SummarySaverHook(
                save_steps=config.save_summary_steps, output_dir=model_dir, scaffold=scaffold
            )
        )
    listeners = [CheckpointReporter(lambda: scaffold.saver), *saving_listeners, keeper]
    savers = [
        hook
        for hook in (*worker_hooks, *chief_hooks)
        if isinstance(hook, v1.train.CheckpointSaverHook)
    ]
    if savers:
        # A saver of the user's own replaces ours; whoever listens then listens to that one.
        savers[0]._listeners.extend(listeners)
    elif config.save_checkpoints_steps or config.save_checkpoints_secs:
        chief_hooks.append(
            _Saver(
                model_dir,
                save_secs=config.save_checkpoints_secs,
                save_steps=config.save_checkpoints_steps,
                scaffold=scaffold,
                listeners=listeners,
                save_graph_def=config.checkpoint_save_graph_def,
            )
        )
    elif saving_listeners:
        raise ValueError(
            "saving_listeners are called when checkpoints are saved, and none are: set "
            "save_checkpoints_steps or save_checkpoints_secs in the RunConfig."
        )
    return chief_hooks
