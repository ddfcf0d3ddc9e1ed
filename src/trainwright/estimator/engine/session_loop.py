"""The training loop of one session run a step, in which every SessionRunHook works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.checkpoints import restore_error
from trainwright.estimator.engine.graph import ModelGraph, add_saver
from trainwright.estimator.engine.observe import CheckpointReporter, StepReporter
from trainwright.estimator.run_config import RunConfig

v1 = tf.compat.v1


def run_training(
    model: ModelGraph,
    config: RunConfig,
    model_dir: str,
    hooks: Sequence[Any],
    saving_listeners: Sequence[Any],
    checkpoint: str | None,
) -> tuple[float | None, int | None]:
    """Trains until a hook asks to stop or the input ends.

    Args:
        model: the training graph, which is the default graph.
        config: periods of checkpoints, summaries and logs.
        model_dir: where they go.
        hooks: the caller's SessionRunHooks.
        saving_listeners: CheckpointSaverListeners.
        checkpoint: what will be restored, to be named in errors.

    Returns:
        The last loss and the last global step, None where not a single step was run.

    Raises:
        CheckpointError: the checkpoint does not fit the model, or is damaged.
        LossNotFiniteError: the loss became NaN or infinite.
    """
    spec = model.spec
    scaffold = spec.scaffold
    # Where hooks and summaries of tf.estimator programs look for it.
    v1.add_to_collection(v1.GraphKeys.LOSSES, spec.loss)
    _summarise_loss(spec.loss)
    add_saver(scaffold, config)
    with tf.control_dependencies([spec.train_op]):
        step_after = model.global_step.read_value()
    reporter = StepReporter(spec.loss, step_after, model.batch_size, model_dir)
    worker_hooks = [
        *model.model_input.hooks,
        reporter,
        *_logging_hooks(model, config),
        *hooks,
        *spec.training_hooks,
    ]
    if config.is_chief:
        worker_hooks += _chief_hooks(model, config, model_dir, worker_hooks, saving_listeners)
    creator = _session_creator(scaffold, config, model_dir)
    try:
        session = v1.train.MonitoredSession(session_creator=creator, hooks=worker_hooks)
    except (
        tf.errors.NotFoundError,
        tf.errors.DataLossError,
        tf.errors.InvalidArgumentError,
    ) as problem:
        if checkpoint is None:
            raise
        raise restore_error(checkpoint, problem) from problem
    with session:
        while not session.should_stop():
            session.run(spec.train_op)
    return reporter.last_loss, reporter.last_step


def _summarise_loss(loss: Any) -> None:
    summaries = v1.get_collection(v1.GraphKeys.SUMMARIES)
    if not any(summary.op.name == "loss" for summary in summaries):
        v1.summary.scalar("loss", loss)


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
    listeners = [CheckpointReporter(lambda: scaffold.saver), *saving_listeners]
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
            v1.train.CheckpointSaverHook(
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


def _session_creator(scaffold: Any, config: RunConfig, model_dir: str) -> Any:
    if config.is_chief:
        return v1.train.ChiefSessionCreator(
            scaffold, master=config.master, config=config.session_config, checkpoint_dir=model_dir
        )
    return v1.train.WorkerSessionCreator(
        scaffold,
        master=config.master,
        config=config.session_config,
        max_wait_secs=config.session_creation_timeout_secs,
    )
