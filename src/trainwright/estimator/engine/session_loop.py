"""One training: its session, and the loop that runs it.

The loop of one session run a step takes every SessionRunHook; the fused one is faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.checkpoints import explaining_restore
from trainwright.estimator.engine.fused_loop import fused_loop
from trainwright.estimator.engine.graph import ModelGraph, add_saver
from trainwright.estimator.engine.observe import StepReporter
from trainwright.estimator.engine.training_hooks import training_hooks
from trainwright.estimator.run_config import RunConfig

v1 = tf.compat.v1


def run_training(
    model: ModelGraph,
    config: RunConfig,
    model_dir: str,
    hooks: Sequence[Any],
    saving_listeners: Sequence[Any],
    checkpoint: str | None,
    steps: int | None = None,
) -> tuple[float | None, int | None]:
    """Trains until a hook asks to stop or the input ends.

    Args:
        model: the training graph, which is the default graph.
        config: periods of checkpoints, summaries and logs.
        model_dir: where they go.
        hooks: the caller's SessionRunHooks.
        saving_listeners: CheckpointSaverListeners.
        checkpoint: what will be restored, to be named in errors.
        steps: how many are to be done, where that is known; hooks stop after them.

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
    all_hooks = training_hooks(model, config, model_dir, reporter, hooks, saving_listeners)
    fused = fused_loop(model, config, step_after, all_hooks, reporter, steps)
    if fused is not None:
        all_hooks.append(fused)
    creator = _session_creator(scaffold, config, model_dir)
    with explaining_restore(checkpoint):
        session = v1.train.MonitoredSession(session_creator=creator, hooks=all_hooks)
    with session:
        if fused is None or fused.train(session):
            while not session.should_stop():
                session.run(spec.train_op)
    return reporter.last_loss, reporter.last_step


def _summarise_loss(loss: Any) -> None:
    summaries = v1.get_collection(v1.GraphKeys.SUMMARIES)
    if not any(summary.op.name == "loss" for summary in summaries):
        v1.summary.scalar("loss", loss)


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
