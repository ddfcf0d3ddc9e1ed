"""The loop over an evaluation's batches: one in a session run, then many in one.

For many, the ops that take a batch into the metrics are copied into the body of a ``while`` inside
of the graph, as a training step's are. A batch is done before the next one is read, so that
metrics add up in the same order as batch by batch; where the input ends within a run, those of the
batches before are complete. Building that takes as long as some thousand batches gain by it, so it
is built when as many have been run without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.graph import ModelGraph
from trainwright.estimator.engine.kept_session import goes_on
from trainwright.estimator.engine.kernel_threads import KernelThreads, has_pools
from trainwright.estimator.engine.late_ops import adding_ops
from trainwright.estimator.engine.pace import Pace, wants_fused
from trainwright.estimator.engine.step_errors import naming_the_op
from trainwright.estimator.engine.step_graph import StepGraph, all_operations, extract, obstacle
from trainwright.estimator.run_config import RunConfig

__all__ = ["EvaluationLoop"]

v1 = tf.compat.v1
WORTH_IT = 2000
"""Batches that take longer one by one, by what it takes to build the loop, in most models."""
_TIMED_TOGETHER = 0.005
"""Seconds of batches by which it can be told whether one thread is faster."""


class EvaluationLoop:
    """Reads batches into metrics, for one evaluation after the other.

    Args:
        model: the evaluation graph.
        update: the op that takes a batch into the metrics.
        config: its ``fused`` decides, as for training; where that leaves it open, the environment
            variable ``TRAINWRIGHT_FUSED`` may be 0 to have batches run one by one.
    """

    def __init__(self, model: ModelGraph, update: Any, config: RunConfig):
        self._model = model
        self._update = update
        wanted = wants_fused(config)
        spread = config.cluster_spec.jobs or config.evaluation_master or config.eval_distribute
        self._may_fuse = wanted is not False and not spread
        self._worth_it = 0 if wanted else WORTH_IT
        self._alone = 0
        self._threads = KernelThreads(fixed=bool(spread) or has_pools(config.session_config))
        self._fused: _FusedBatches | None = None

    @property
    def fused(self) -> bool:
        """Whether many batches now make a session run."""
        return self._fused is not None

    def run(self, session: Any, steps: int | None, tell: Callable[[int], None]) -> int:
        """Reads batches until there are enough, or the input ends.

        Args:
            session: the plain session, with metrics and input at their beginning.
            steps: how many; None: until the input ends.
            tell: called with the number of batches done, each time that it has grown.

        Returns:
            How many batches were read.
        """
        done = 0
        timer = _Timer(self._threads)
        known_to_be_many = steps is not None and steps >= 2 * self._worth_it
        try:
            while steps is None or done < steps:
                if self._may_fuse and (known_to_be_many or self._alone >= self._worth_it):
                    self._build()
                if self._fused is not None:
                    return self._fused.run(session, done, steps, tell)
                with self._threads.running() as options:
                    session.run(self._update, options=options)
                done += 1
                self._alone += 1
                tell(done)
                timer.batch_done()
        except tf.errors.OutOfRangeError:
            pass  # that is how an input ends
        return done

    def _build(self) -> None:
        """Builds the loop, the first time that it is called and where that is possible."""
        if self._fused is not None:
            return
        self._may_fuse = False
        operations = all_operations([self._update])
        if any(map(goes_on, operations)) or obstacle(operations):
            return
        try:
            with adding_ops(self._model.graph):
                self._fused = _FusedBatches(self._model.graph, self._update, self._threads)
        except (ValueError, TypeError, NotImplementedError, tf.errors.OpError) as problem:
            # Kinds of ops and tensors that a function does not take.
            reason = str(problem).splitlines()[0].rstrip(".")
            v1.logging.info("Evaluation runs one batch at a time: %s.", reason)


class _Timer:
    """Tells how long batches take, some together, since one alone takes too little to tell.

    The first one does not count: it waits for the input, and things are prepared in it.
    """

    def __init__(self, threads: KernelThreads):
        self._threads = threads
        self._began: float | None = None
        self._batches = 0

    def batch_done(self) -> None:
        """One more."""
        now = time.monotonic()
        if self._began is not None:
            self._batches += 1
            if now - self._began < _TIMED_TOGETHER:
                return
            self._threads.took(self._batches, now - self._began)
        self._began, self._batches = now, 0


class _FusedBatches:
    """The loop inside of the graph, which is the default one.

    Args:
        graph: the graph.
        update: the op that takes a batch into the metrics.
        threads: that compute it.
    """

    def __init__(self, graph: Any, update: Any, threads: KernelThreads):
        self._graph = graph
        self._threads = threads
        self._update = update
        self._body: StepGraph = extract(graph, graph.as_graph_def(), [update])
        self._pace = Pace()
        with tf.name_scope("fused"):
            # In no collection: checkpoints know nothing of it.
            self._read = v1.Variable(
                0, trainable=False, collections=[], dtype=tf.int64, use_resource=True, name="read"
            )
            self._steps = v1.placeholder(tf.int64, [], "steps")
            # Not tf.function: it would order ops by their place in the program.
            batches = v1.wrap_function(self._loop, [tf.TensorSpec([], tf.int64)])
            self._done = batches(self._steps)
        self._so_far = self._read.read_value()

    def run(self, session: Any, done: int, steps: int | None, tell: Callable[[int], None]) -> int:
        """As :meth:`EvaluationLoop.run`, where so many batches are done."""
        session.run(self._read.initializer)
        begin = done
        while steps is None or done < steps:
            wanted = self._pace.steps if steps is None else min(self._pace.steps, steps - done)
            with self._pace.timed(wanted):
                read = begin + self._some(session, wanted)
            self._threads.took(wanted, self._pace.seconds)
            if read > done:
                tell(read)
            ended = read < done + wanted
            done = read
            if ended:
                break
        return done

    def _some(self, session: Any, batches: int) -> int:
        """Reads so many more, or what is left; gives how many all runs have read."""
        try:
            with naming_the_op(self._graph), self._threads.running() as options:
                return int(session.run(self._done, {self._steps: batches}, options))
        except tf.errors.OutOfRangeError:
            return int(session.run(self._so_far))

    def _loop(self, steps: Any) -> Any:
        def one_batch(index: Any) -> list[Any]:
            (copy,) = self._body.place([self._update], "step")
            with tf.control_dependencies([copy]):
                read = self._read.assign_add(1, read_value=False)
            with tf.control_dependencies([read]):
                return [index + 1]

        start = [tf.constant(0, tf.int64)]
        done = tf.while_loop(lambda index: index < steps, one_batch, start, parallel_iterations=1)
        with tf.control_dependencies(tf.nest.flatten(done)):
            return self._read.read_value()
