"""One training: its session, and the loop that runs it.

The loop of one session run a step takes every SessionRunHook; the fused one is faster.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.checkpoints import checkpoint_step, explaining_restore
from trainwright.estimator.engine.choosing import step_chooser
from trainwright.estimator.engine.fused_loop import PreparesLoop, fused_loop
from trainwright.estimator.engine.graph import ModelGraph, add_saver
from trainwright.estimator.engine.input_state import InputState
from trainwright.estimator.engine.observe import StepReporter
from trainwright.estimator.engine.random_ops import number_random_ops
from trainwright.estimator.engine.resuming import GoesOn, KeepsPlace, KeepsTimers, StopsSafely
from trainwright.estimator.engine.sessions import BeginsSessions, ClosesAside
from trainwright.estimator.engine.stand_ins import RunsStandIns
from trainwright.estimator.engine.training_hooks import training_hooks
from trainwright.estimator.engine.training_state import TrainingState
from trainwright.estimator.run_config import RunConfig
from trainwright.events import announce
from trainwright.stopping import until_safe

v1 = tf.compat.v1


def run_training(
    model: ModelGraph,
    config: RunConfig,
    model_dir: str,
    hooks: Sequence[Any],
    saving_listeners: Sequence[Any],
    checkpoint: str | None,
    steps: int | None,
    state: TrainingState,
) -> tuple[float | None, int | None]:
    """Trains until a hook asks to stop or the input ends.

    Args:
        model: the training graph, which is the default graph.
        config: periods of checkpoints, summaries and logs.
        model_dir: where they go.
        hooks: the caller's SessionRunHooks.
        saving_listeners: CheckpointSaverListeners.
        checkpoint: what will be restored, to be named in errors.
        steps: how many this training does in all, where that is known; hooks stop after them.
        state: the training, to be gone on with or at its beginning.

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
    number = number_random_ops([spec.train_op, spec.loss], state.seed)
    done = [spec.train_op] if number is None else [number.moved_on([spec.train_op, spec.loss])]
    with tf.control_dependencies(done):
        step_after = model.global_step.read_value()
    input_state = InputState([spec.train_op, spec.loss])
    reporter = StepReporter(spec.loss, step_after, model.batch_size, model_dir)
    resumed_from = checkpoint if state.resumed else None
    goes_on = GoesOn(state, resumed_from, input_state, number, model.global_step)
    start = checkpoint_step(checkpoint) if checkpoint else 0
    keeper = KeepsPlace(state, start, input_state, reporter, model_dir)
    all_hooks = training_hooks(
        model, config, model_dir, reporter, [goes_on, *hooks], saving_listeners, keeper
    )
    keeper.hooks = all_hooks
    for listener in saving_listeners:
        if hasattr(listener, "join"):
            listener.join(state)
    all_hooks.append(StopsSafely(all_hooks, state))
    chooser = step_chooser(config, model_dir, None if steps is None else state.start_step + steps)
    fused = fused_loop(model, config, step_after, all_hooks, reporter, steps, chooser)
    if number is not None:
        all_hooks.append(number)
    if fused is not None:
        fused.stand_ins = None if number is None else number.stand_ins
        all_hooks.insert(0, PreparesLoop(fused))
        all_hooks.append(fused)
    all_hooks.append(KeepsTimers(dict(state.timers), all_hooks))
    creator: Any = ClosesAside(_session_creator(model, config, model_dir))
    if number is not None:
        creator = RunsStandIns(creator, number.stand_ins)
    with explaining_restore(checkpoint):
        session = v1.train.MonitoredSession(session_creator=creator, hooks=all_hooks)
    with until_safe(), session, _telling_of_the_end(state, reporter, start):
        if fused is None or fused.train(session):
            while not session.should_stop():
                session.run(spec.train_op)
    keeper.finish()
    return reporter.last_loss, reporter.last_step


@contextlib.contextmanager
def _telling_of_the_end(state: TrainingState, reporter: StepReporter, start: int) -> Iterator[None]:
    """Announces that the input has ended; the session takes that for the end of training."""
    try:
        yield
    except tf.errors.OutOfRangeError:
        state.input_ended = True
        announce.on_input_end(start if reporter.last_step is None else reporter.last_step)
        raise


def _summarise_loss(loss: Any) -> None:
    summaries = v1.get_collection(v1.GraphKeys.SUMMARIES)
    if not any(summary.op.name == "loss" for summary in summaries):
        v1.summary.scalar("loss", loss)


def _session_creator(model: ModelGraph, config: RunConfig, model_dir: str) -> Any:
    if config.is_chief:
        return BeginsSessions(
            model.spec.scaffold,
            master=config.master,
            config=config.session_config,
            checkpoint_dir=model_dir,
            iterators=model.model_input.iterators,
        )
    return v1.train.WorkerSessionCreator(
        model.spec.scaffold,
        master=config.master,
        config=config.session_config,
        max_wait_secs=config.session_creation_timeout_secs,
    )
