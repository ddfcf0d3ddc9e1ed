"""The training loop of many steps in one session run.

Each run does as many steps as are left until the next one that a hook must see: a checkpoint, a
log line, a summary, the last step. That one is the last of the run, and all hooks are called
around it as if it had been a run of its own. A run is kept to about a second, so that signals,
timers and displays get their turn.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.engine.choosing import StepChooser
from trainwright.estimator.engine.graph import ModelGraph
from trainwright.estimator.engine.hook_plans import HookPlan, plan_for, watches_steps
from trainwright.estimator.engine.in_graph_loop import InGraphLoop, Progress
from trainwright.estimator.engine.kernel_threads import KernelThreads, has_pools
from trainwright.estimator.engine.late_ops import adding_ops
from trainwright.estimator.engine.observe import StepReporter
from trainwright.estimator.engine.pace import Pace, wants_fused
from trainwright.estimator.engine.stand_ins import StandIns
from trainwright.estimator.engine.step_errors import naming_the_op
from trainwright.estimator.engine.step_graph import obstacle
from trainwright.estimator.hooks import SessionRunHook
from trainwright.estimator.run_config import RunConfig
from trainwright.events import announce

v1 = tf.compat.v1

_WORTH_IT = 500
"""Steps that take longer one by one than it takes to build the loop, in most models."""


def fused_loop(
    model: ModelGraph,
    config: RunConfig,
    step_after: Any,
    hooks: Sequence[Any],
    reporter: StepReporter,
    steps: int | None,
    chooser: StepChooser | None = None,
) -> FusedLoop | None:
    """The fused loop, None where it is switched off, not worth it, or a hook must see each step.

    ``RunConfig(fused=...)`` decides; where that leaves it open, the environment variable
    ``TRAINWRIGHT_FUSED`` may be 0 to switch it off.

    Args:
        model: the training graph.
        config: the RunConfig.
        step_after: the global step after the step's update.
        hooks: all hooks of the training.
        reporter: the one of them that tells of steps.
        steps: how many are to be done; None: until the input ends.
        chooser: chooses whether XLA compiles them; None: it does not.

    Raises:
        InvalidArgumentError: ``fused`` is True, and that is not possible.
    """
    wanted = True if config.jit_compile else wants_fused(config)
    if wanted is False:
        return None
    watching = [hook for hook in hooks if hook is reporter or watches_steps(hook)]
    before_reporter = watching.index(reporter)
    watching.remove(reporter)
    plans = [(hook, plan_for(hook, model.spec.loss)) for hook in watching]
    unknown = [type(hook).__name__ for hook, plan in plans if plan is None]
    reason = None
    if config.cluster_spec.jobs or config.master:
        reason = "training is spread over several processes"
    elif config.train_distribute is not None:
        reason = "a distribution strategy is in use"
    elif steps is not None and steps < _WORTH_IT and not wanted:
        reason = f"they are too few ({steps}) to prepare more"
    elif unknown:
        reason = f"{', '.join(unknown)} may want to see each step"
    if reason is not None:
        _one_by_one(reason, wanted)
        return None
    known = [plan for _, plan in plans if plan is not None]
    loop = FusedLoop(model, config, step_after, known, reporter, wanted, chooser)
    loop.before_reporter = before_reporter
    return loop


class PreparesLoop(SessionRunHook):
    """Stands first among the hooks: while others wait for the input to start, it need not.

    Args:
        loop: the loop.
    """

    def __init__(self, loop: FusedLoop):
        self._loop = loop

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Prepares the loop."""
        del coord
        self._loop.prepare(session)


class FusedLoop(SessionRunHook):
    """Stands last among the hooks, so that it begins when all others have.

    Args:
        model: the training graph.
        config: the RunConfig; with ``jit_compile`` XLA compiles what it can.
        step_after: the global step after the step's update.
        plans: those of the hooks that watch steps, in the order of the hooks.
        reporter: tells of steps.
        insist: True: that a step cannot be fused is an error.
        chooser: chooses whether XLA compiles them; None: it does not.
    """

    def __init__(
        self,
        model: ModelGraph,
        config: RunConfig,
        step_after: Any,
        plans: Sequence[HookPlan],
        reporter: StepReporter,
        insist: bool | None,
        chooser: StepChooser | None = None,
    ):
        self._model = model
        self._config = config
        self._step_after = step_after
        self._plans = plans
        self._reporter = reporter
        self._insist = insist
        self._chooser = chooser
        self._compiled = bool(config.jit_compile)
        self._extra_tensors: list[Any] = []
        self._pace = Pace()
        self._threads = KernelThreads(fixed=has_pools(config.session_config))
        self._loop: InGraphLoop | None = None
        self._step = 0
        self._stop = False
        self._prepared: Any = None
        # So many of the plans are of hooks that see a step before its loss is judged.
        self.before_reporter = 0
        # Ops to run in place of others; None: there are none.
        self.stand_ins: StandIns | None = None

    def begin(self) -> None:
        """Builds the loop into the graph, where that is possible."""
        extras = {t.name: t for plan in self._plans for t in plan.tensors() if self._is_extra(t)}
        self._extra_tensors = list(extras.values())
        self._extras = list(extras)
        try:
            loop = self._loop_of(self._compiled)
            reason = obstacle(loop.operations)
            if reason is None:
                loop.build()
        except (ValueError, TypeError, NotImplementedError, tf.errors.OpError) as problem:
            # Kinds of ops and tensors that a function does not take.
            reason = f"the step cannot be put into a loop: {str(problem).splitlines()[0]}"
        if reason is None:
            self._loop = loop
        else:
            _one_by_one(reason, self._insist)

    def _loop_of(self, compiled: bool) -> InGraphLoop:
        model, step_after, copies = self._model, self._step_after, self.stand_ins
        extras = self._extra_tensors
        if copies is not None:
            spec = model.spec._replace(loss=copies.of(model.spec.loss))
            size = copies.of(model.batch_size)
            model = dataclasses.replace(model, spec=spec, batch_size=size)
            step_after, extras = copies.of(step_after), copies.of_all(extras)
        return InGraphLoop(model, step_after, extras, compiled)

    def _compiled_loop(self) -> InGraphLoop:
        """The same steps compiled, built while the session runs."""
        with adding_ops(self._model.graph):
            loop = self._loop_of(True)
            loop.build()
        return loop

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Reads the step that the session begins with."""
        del coord
        if self._loop is None:
            return
        if self._prepared is None:
            self.prepare(session)
        self._step, self._prepared = int(self._prepared), None
        if self._chooser is not None:
            self._chooser.begin(self._loop)

    def prepare(self, session: Any) -> None:
        """Has TensorFlow make the loop ready to run; nothing is read or changed."""
        if self._loop is None:
            return
        try:
            self._prepared = self._loop.prepare(session)
        except tf.errors.OpError:
            # The first run meets it again, and tells what is to be told of it.
            self._prepared = session.run(self._model.global_step)

    def train(self, session: Any) -> bool:
        """Trains until a hook asks to stop.

        Args:
            session: the MonitoredSession.

        Returns:
            Whether there is more to do, one step at a time: where steps cannot be fused after all.

        Raises:
            tf.errors.OutOfRangeError: the input has ended.
            LossNotFiniteError: the loss became NaN or infinite.
        """

        def advance(step_context: Any) -> None:
            self._advance(step_context.session)

        while self._loop is not None and not session.should_stop():
            session.run_step_fn(advance)
            if self._stop:
                return False
        return not session.should_stop()

    def _advance(self, session: Any) -> None:
        """One run: some steps, the last of which the hooks see."""
        self._take_up_choice(session)
        steps = self._steps_of_next_run()
        for plan in self._plans:
            plan.skip(steps - 1, self._step)
        arguments = v1.train.SessionRunArgs(self._model.spec.train_op)
        context = v1.train.SessionRunContext(arguments, session)
        asked = [plan.hook.before_run(context) for plan in self._plans]
        before = self._step
        progress = self._run(session, steps, asked)
        self._step = progress.step
        finite = math.isfinite(float(progress.loss))
        regular = progress.step == before + steps or not finite
        last_before = progress.step - 1 if regular else before
        for index, (plan, request) in enumerate(zip(self._plans, asked, strict=True)):
            if index == self.before_reporter:
                self._report(progress)
            # Where the loss ended the run early, nothing else was computed.
            if finite or not self._asks_for_extras(request):
                results = self._results(plan, request, progress, last_before)
                plan.hook.after_run(context, _run_values(results))
        if self.before_reporter >= len(self._plans):
            self._report(progress)
        self._stop = context.stop_requested
        if regular and finite and not self._stop:
            self._choose(session, steps, progress)
        if not regular:
            self._loop = None
            _one_by_one(f"a step moved the global step from {before} to {progress.step}", None)

    def _take_up_choice(self, session: Any) -> None:
        """From where an earlier training of the same steps had chosen so, they are compiled."""
        due = self._chooser is not None and self._chooser.due(self._step)
        if not due or self._compiled:
            return
        try:
            loop = self._compiled_loop()
        except ValueError as problem:
            raise _not_compiled(str(problem)) from problem
        self._loop, self._compiled = loop, True

    def _choose(self, session: Any, steps: int, progress: Progress) -> None:
        chooser, loop = self._chooser, self._loop
        if chooser is None or loop is None:
            return
        chooser.saw(self._step, steps, self._pace.seconds, progress.examples)
        if not chooser.wants_to_choose(self._step):
            return
        if self._compiled:
            chooser.choose_compiled(loop, self._step, "RunConfig(jit_compile=True)")
            return
        compiled = chooser.choose(
            self._model, self._config, session, loop, self._compiled_loop, self._step
        )
        if compiled is not None:
            self._loop, self._compiled = compiled, True

    def _report(self, progress: Progress) -> None:
        self._reporter.report(progress.step, float(progress.loss), progress.examples)

    def _asks_for_extras(self, request: Any) -> bool:
        return request is not None and any(map(self._is_extra, tf.nest.flatten(request.fetches)))

    def _run(self, session: Any, steps: int, asked: Sequence[Any]) -> Progress:
        assert self._loop is not None
        observe = any(map(self._asks_for_extras, asked))
        try:
            with (
                naming_the_op(self._model.graph),
                self._pace.timed(steps),
                self._threads.running() as options,
            ):
                progress = self._loop.run(session, steps, observe, self._batch_size(), options)
            self._threads.took(steps, self._pace.seconds)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
            if self._compiled and "compil" in error.message:
                raise _not_compiled(error.message.splitlines()[0]) from error
            raise
        except tf.errors.OutOfRangeError:
            done = self._loop.so_far(session)
            if done.step != self._step:
                self._report(done)
            raise
        if progress.waited is not None:
            announce.on_input_wait(progress.waited)
        return progress

    def _batch_size(self) -> int:
        """How long batches are that take compiled ops; -1: not known, and none do."""
        choice = None if self._chooser is None else self._chooser.due(self._step)
        return -1 if choice is None else choice.batch_size

    def _steps_of_next_run(self) -> int:
        unseen = [plan.steps_unseen(self._step) for plan in self._plans]
        if self._chooser is not None and (before := self._chooser.steps_before(self._step)):
            unseen.append(before - 1)
        return 1 + min([self._pace.steps - 1, *(steps for steps in unseen if steps is not None)])

    def _is_extra(self, fetch: Any) -> bool:
        """Whether it is a tensor that the loop does not give anyway."""
        return (
            tf.is_tensor(fetch)
            and fetch is not self._model.spec.loss
            and not self._is_global_step(fetch)
        )

    def _is_global_step(self, fetch: Any) -> bool:
        step = self._model.global_step
        if fetch is step or any(plan.means_global_step(fetch) for plan in self._plans):
            return True
        operation: Any = getattr(fetch, "op", None)
        if operation is None or operation.type != "ReadVariableOp":
            return False
        # With inputs of its own to wait for, it would be the step after the update.
        return operation.inputs[0] is step.handle and not operation.control_inputs

    def _results(self, plan: HookPlan, request: Any, progress: Progress, step: int) -> Any:
        if request is None:
            return None

        def value(fetch: Any) -> Any:
            if self._is_global_step(fetch):
                return step
            if fetch is self._model.spec.loss:
                return progress.loss
            if getattr(fetch, "name", None) in self._extras:
                return progress.extras[self._extras.index(fetch.name)]
            raise InvalidArgumentError(
                f"{type(plan.hook).__name__} asks for {fetch!r}. A hook with steps_unseen may ask "
                "for the global step and the loss only.",
                hint="RunConfig(fused=False) lets hooks ask for anything.",
            )

        return tf.nest.map_structure(value, request.fetches)


def _one_by_one(reason: str, insist: bool | None) -> None:
    if insist:
        raise InvalidArgumentError(
            f"RunConfig asks for fused or compiled steps, but {reason}.",
            hint="Leave fused and jit_compile open to train one step at a time.",
        )
    v1.logging.info("Training runs one step at a time: %s.", reason)


def _not_compiled(problem: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"XLA is to compile the training step, and does not: {problem}",
        hint="RunConfig(jit_compile=False) trains without it.",
    )


def _run_values(results: Any) -> Any:
    return v1.train.SessionRunValues(
        results=results, options=v1.RunOptions(), run_metadata=v1.RunMetadata()
    )
