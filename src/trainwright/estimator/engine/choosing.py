"""Choosing, while training goes on, whether XLA compiles its steps.

Once ordinary steps have shown how long they take, and much is left to be done, both kinds are timed
on copies. Compiled ones are taken where they are clearly faster. Whatever was chosen is kept:
see ``step_choice``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.graph import ModelGraph
from trainwright.estimator.engine.in_graph_loop import InGraphLoop
from trainwright.estimator.engine.step_choice import StepChoice, digest_of
from trainwright.estimator.engine.step_copies import cannot_be_copied, copied_session
from trainwright.estimator.engine.step_trial import Figures, Limits, measure
from trainwright.estimator.run_config import RunConfig
from trainwright.events import announce
from trainwright.stopping import stop_wanted

__all__ = ["StepChooser", "step_chooser"]

v1 = tf.compat.v1
LIMITS = Limits()
_RUNS_TO_WARM_UP = 2
_TIMEOUT_MS = 30_000
_FAILURES = (ValueError, TypeError, NotImplementedError, tf.errors.OpError)


def step_chooser(
    config: RunConfig,
    model_dir: str,
    stop: int | None,
    clock: Callable[[], float] = time.perf_counter,
) -> StepChooser | None:
    """Who chooses; None where nobody does, and steps are not compiled.

    A seed asks for the same numbers from each training with it: then nothing is left to clocks.

    Args:
        config: its ``jit_compile`` and ``tf_random_seed`` decide.
        model_dir: where the choice is kept.
        stop: the global step to stop at; None: when the input ends.
        clock: tells the time in seconds.
    """
    seeded = config.tf_random_seed is not None
    if config.jit_compile is False or (seeded and not config.jit_compile):
        return None
    return StepChooser(model_dir, stop, bool(config.jit_compile), clock)


class StepChooser:
    """Chooses once for a training.

    Args:
        model_dir: where the choice is kept.
        stop: the global step to stop at; None: when the input ends.
        forced: whether steps are to be compiled in any case.
        clock: tells the time in seconds.
    """

    def __init__(self, model_dir: str, stop: int | None, forced: bool, clock: Callable[[], float]):
        self._model_dir = model_dir
        self._stop = stop
        self._forced = forced
        self._clock = clock
        self._choice: StepChoice | None = None
        self._digest: str | None = None
        self._open = forced or stop is not None
        self._runs = 0
        self._steps = 0
        self._seconds = 0.0
        self._batch_size = -1

    def begin(self, loop: InGraphLoop) -> None:
        """Looks for an earlier choice.

        Args:
            loop: the training's steps.

        Raises:
            CheckpointError: what was kept is damaged.
        """
        earlier = StepChoice.read(self._model_dir)
        if earlier is None or earlier.step_graph != self._digest_of(loop):
            return
        if earlier.compiled or not self._forced:
            self._choice = earlier
            self._open = False

    def due(self, step: int) -> StepChoice | None:
        """The choice of compiled steps, where it holds for what follows this global step."""
        choice = self._choice
        return choice if choice and choice.compiled and step >= choice.from_step else None

    def steps_before(self, step: int) -> int | None:
        """How many steps are left until compiled ones begin; None where they do not, or have."""
        choice = self._choice
        later = choice is not None and choice.compiled and step < choice.from_step
        return choice.from_step - step if choice is not None and later else None

    def saw(self, step: int, steps: int, seconds: float, examples: int | None) -> None:
        """Learns from a run.

        Args:
            step: the global step after it.
            steps: how many it did.
            seconds: how long they took.
            examples: how many examples they read; None where nobody knows.
        """
        if not self._open:
            return
        self._runs += 1
        if self._runs > _RUNS_TO_WARM_UP:
            self._steps += steps
            self._seconds += seconds
        if examples is not None and examples % steps == 0:
            # Other batches may be shorter, as the last one of an epoch is.
            self._batch_size = max(self._batch_size, examples // steps)

    def wants_to_choose(self, step: int) -> bool:
        """Whether enough is known to choose, and enough is left to be done.

        Args:
            step: the global step now.
        """
        if not self._open or self._batch_size <= 0:
            return False
        if self._forced:
            return True
        if not self._steps or self._seconds < LIMITS.look_after or stop_wanted():
            return False
        self._open = False
        assert self._stop is not None
        return LIMITS.worth_trying(self._stop - step, self._seconds / self._steps)

    def choose_compiled(self, loop: InGraphLoop, step: int, reason: str) -> None:
        """Keeps that steps are compiled from this global step on."""
        self._keep(loop, step, True, reason)

    def choose(
        self,
        model: ModelGraph,
        config: RunConfig,
        session: Any,
        ordinary: InGraphLoop,
        make_compiled: Callable[[], InGraphLoop],
        step: int,
    ) -> InGraphLoop | None:
        """Times both kinds of steps on copies, and keeps what that comes to.

        Args:
            model: the training graph.
            config: the RunConfig.
            session: the plain session of the training.
            ordinary: the training's steps.
            make_compiled: builds the same ones compiled.
            step: the global step now.

        Returns:
            Compiled steps, where they are chosen.
        """
        announce.on_stage("timing steps compiled by XLA")
        compiled: InGraphLoop | None = None
        try:
            reason = cannot_be_copied(model.graph, ordinary)
            if reason is None:
                compiled = make_compiled()
                with copied_session(
                    model, config.session_config, session, [ordinary, compiled]
                ) as copies:
                    figures = self._measure(copies, ordinary, compiled, step)
                reason = str(figures)
                if not figures.favours_compiled(LIMITS):
                    compiled = None
        except _FAILURES as problem:
            compiled, reason = None, str(problem).splitlines()[0].rstrip(".")
        self._keep(ordinary, step, compiled is not None, reason)
        chosen = f"compiled by XLA from step {step} on" if compiled else "not compiled by XLA"
        message = f"Training steps are {chosen}: {reason}."
        v1.logging.info(message)
        announce.on_note(message)
        return compiled

    def _measure(
        self, copies: Any, ordinary: InGraphLoop, compiled: InGraphLoop, step: int
    ) -> Figures:
        options = v1.RunOptions(timeout_in_ms=_TIMEOUT_MS)

        def running(loop: InGraphLoop) -> Callable[[int], None]:
            def run(steps: int) -> None:
                before = loop.so_far(copies).step
                done = loop.run(copies, steps, False, self._batch_size, options)
                if done.step != before + steps:
                    raise ValueError(f"{steps} steps on copies moved the step to {done.step}")

            return run

        assert self._stop is not None
        pace = self._seconds / self._steps
        turns = running(ordinary), running(compiled)
        return measure(*turns, self._stop - step, pace, LIMITS, self._clock)

    def _keep(self, loop: InGraphLoop, step: int, compiled: bool, reason: str) -> None:
        self._open = False
        digest = self._digest_of(loop)
        self._choice = StepChoice(digest, compiled, step, self._batch_size, reason)
        self._choice.save(self._model_dir)

    def _digest_of(self, loop: InGraphLoop) -> str:
        if self._digest is None:
            self._digest = digest_of(loop.body.operations)
        return self._digest
