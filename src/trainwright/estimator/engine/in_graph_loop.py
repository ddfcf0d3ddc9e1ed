"""Many training steps in one session run: a loop inside of the graph.

The ops of one step are copied into the body of a ``while``, in a function; variables, tables and
the input's iterator are those of the graph. Nothing of the next step begins before a step is
done, so that steps do what they do one by one; and after a run the iterator has been read exactly
as often as there were steps, so that its position belongs to the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.engine.compilable import cut
from trainwright.estimator.engine.compiled_step import CompiledStep
from trainwright.estimator.engine.graph import ModelGraph
from trainwright.estimator.engine.inlining import inlined
from trainwright.estimator.engine.input_clock import ARRIVED, ASKED, waited, with_clocks
from trainwright.estimator.engine.notes import Note
from trainwright.estimator.engine.step_graph import extract, is_handle

v1 = tf.compat.v1
_STEP = "step"
_OBSERVED = "observed"
_RARELY = "where_observed"


class Progress(NamedTuple):
    """What a run of the loop has done.

    Args:
        step: the global step now.
        loss: the loss of the last step, as the graph gives it.
        examples: how many examples the steps read; None where nobody knows.
        extras: values of the extra tensors in the last step, where they were asked for.
        waited: seconds that the steps waited for their input; None where nobody knows.
    """

    step: int
    loss: Any
    examples: int | None
    extras: list[Any]
    waited: float | None = None


class InGraphLoop:
    """The loop, built into the default graph before that is finalized.

    Args:
        model: the training graph.
        step_after: the global step after the step's update.
        extras: tensors to be computed in the last step of a run, if that asks for them.
        compiled: whether XLA compiles what it can.
    """

    def __init__(
        self, model: ModelGraph, step_after: Any, extras: Sequence[Any], compiled: bool = False
    ):
        self._model = model
        self._step_after = step_after
        self._extras = list(extras)
        graph_def = model.graph.as_graph_def()
        self._fetches = [model.spec.loss, step_after]
        if model.batch_size is not None:
            self._fetches.append(model.batch_size)
        self.body = extract(model.graph, graph_def, self._fetches)
        timed = with_clocks(self.body)
        self._clocks = [] if timed is None else [ASKED, ARRIVED]
        inside = {operation.name for operation in self.body.operations}
        beside = [extra for extra in self._extras if extra.op.name not in inside]
        # Variables they read are read before the step changes them.
        whole = extract(model.graph, graph_def, beside, inside)
        self._reads = [op for op in whole.operations if _reads_variable(op)]
        without = inside | {operation.name for operation in self._reads}
        self.beside = extract(model.graph, graph_def, beside, without)
        seen = [*self.beside.outside, *self._extras]
        # What the extras are made of: tensors of the step itself.
        self._seen = list({t.name: t for t in seen if t.op.name in inside}.values())
        self._timed_body = timed or self.body
        self._compiled: CompiledStep | None = None
        if compiled:
            self._compiled = self._cut(graph_def)

    def _cut(self, graph_def: Any) -> CompiledStep:
        parts = cut(self.body.operations)
        if isinstance(parts, str):
            raise ValueError(parts)
        return CompiledStep(graph_def, parts, [*self._fetches, *self._seen])

    @property
    def operations(self) -> list[Any]:
        """The ops that run inside."""
        return [*self.body.operations, *self._reads, *self.beside.operations]

    def build(self) -> None:
        """Adds the loop to the default graph."""
        with tf.name_scope("fused"):
            # In no collection: checkpoints know nothing of them.
            self._last_loss = Note(tf.float64, "last_loss")
            self._examples = Note(tf.int64, "examples")
            self._waited = Note(tf.float64, "waited")
            # What is seen of a step stands in variables, not in the loop's state: a loop hands on
            # each part of its state by four ops a step.
            self._read = [Note(read.outputs[0].dtype, "read") for read in self._reads]
            self._observed = [Note(extra.dtype, "observed") for extra in self._extras]
            self._steps = v1.placeholder(tf.int64, [], "steps")
            self._observe = v1.placeholder(tf.bool, [], "observe")
            self._size = v1.placeholder(tf.int64, [], "size")
            number = tf.TensorSpec([], tf.int64)
            signature = [number, tf.TensorSpec([], tf.bool), number]
            # Not tf.function: it would order ops by their place in the program.
            fused_steps = v1.wrap_function(self._loop, signature)
            given = [self._steps, self._observe, self._size]
            self._done = inlined(fused_steps, given, "loop", rare=_RARELY)
        self._so_far = (
            self._model.global_step.read_value(),
            self._last_loss.read(),
            self._examples.read(),
            self._waited.read(),
        )

    def prepare(self, session: Any) -> int:
        """Has TensorFlow make the loop ready to run: a run of no steps, which changes nothing.

        Args:
            session: the plain session, not a monitored one.

        Returns:
            The global step.
        """
        given = {self._steps: 0, self._observe: False, self._size: -1}
        return int(session.run(self._done, given)[0])

    def run(
        self, session: Any, steps: int, observe: bool, size: int = -1, options: Any = None
    ) -> Progress:
        """Does so many steps; fewer where the loss stops being finite.

        It also ends early where a step does not move the global step by one.

        Args:
            session: the plain session.
            steps: how many.
            observe: whether the last one computes the extra tensors.
            size: batches of this length take the compiled part, where there is one.
            options: RunOptions.

        Raises:
            tf.errors.OutOfRangeError: the input has ended; :meth:`so_far` knows what was done.
        """
        given = {self._steps: steps, self._observe: observe, self._size: size}
        step, loss, examples, waited, *extras = session.run(self._done, given, options)
        return Progress(int(step), loss, self._counted(examples), extras, self._timed(waited))

    def so_far(self, session: Any) -> Progress:
        """What was done in a run that ended with an error: the steps that were completed."""
        step, loss, examples, waited = session.run(self._so_far)
        return Progress(int(step), loss, self._counted(examples), [], self._timed(waited))

    def _counted(self, examples: Any) -> int | None:
        return None if self._model.batch_size is None else int(examples)

    def _timed(self, waited: Any) -> float | None:
        return float(waited) if self._clocks else None

    def _loop(self, steps: Any, observe: Any, size: Any) -> list[Any]:
        notes = [note.assign(0) for note in (self._last_loss, self._examples, self._waited)]
        pairs = zip(self._observed, self._extras, strict=True)
        notes += [note.assign(_nothing(extra)) for note, extra in pairs]
        with tf.control_dependencies(notes):
            first = tf.identity(self._model.global_step.read_value())

        def going_on(index: Any, step: Any, loss: Any) -> Any:
            as_wanted = tf.reduce_all(tf.math.is_finite(tf.cast(loss, tf.float64)))
            as_wanted &= tf.equal(tf.cast(step - first, tf.int64), index)
            return tf.logical_and(index < steps, as_wanted)

        def one_step(index: Any, step: Any, loss: Any) -> list[Any]:
            del step, loss
            observed = tf.logical_and(observe, tf.equal(index + 1, steps))
            return [index + 1, *self._one_step(observed, size)]

        loss = self._model.spec.loss
        state = [tf.constant(0, tf.int64), first, tf.zeros([], loss.dtype)]
        shapes = [tf.TensorShape([]), tf.TensorShape([]), _scalar_or_any(loss)]
        done = tf.while_loop(going_on, one_step, state, shapes, parallel_iterations=1)
        with tf.control_dependencies([done[0]]):
            counts = [self._examples.read(), self._waited.read()]
            return [done[1], done[2], *counts, *(note.read() for note in self._observed)]

    def _one_step(self, observed: Any, size: Any) -> list[Any]:
        """A step's copy: the global step after it, and its loss."""
        handles, read = self._read_before(observed)
        copies, waits = self._copies(size, handles)
        loss, step, *sizes = [copies[fetch.name] for fetch in self._fetches]
        known = {tensor.name: copies[tensor.name] for tensor in self._seen}
        after = [*read, *(copies.get(op.name, step) for op in self.beside.after)]
        waits = [*waits, *self._observe_beside(observed, known, after)]
        with tf.control_dependencies([step, *waits]):
            number = tf.cast(tf.reshape(loss, [-1])[0], tf.float64)
            notes = [self._last_loss.assign(number)]
            notes += [self._examples.add(size) for size in sizes]
            if self._clocks:
                notes.append(self._waited.add(waited(copies)))
        with tf.control_dependencies(notes):
            return [tf.identity(step), tf.identity(loss)]

    def _copies(self, size: Any, handles: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        """Copies of a step's tensors by name, and what must run besides."""
        if self._compiled is not None:
            return self._compiled.place(_STEP, size, handles)
        fetches = [*self._fetches, *self._seen, *self.beside.after]
        fetches += self._clocks
        copies = self._timed_body.place(fetches, _STEP, handles)
        return {fetch.name: copy for fetch, copy in zip(fetches, copies, strict=True)}, []

    def _read_before(self, observed: Any) -> tuple[dict[str, Any], list[Any]]:
        """Notes what the extras read of variables.

        Returns:
            The variables' handles, there once that is done, and what to wait for.
        """
        if not self._reads:
            return {}, []

        def read_all() -> list[Any]:
            return [
                note.assign(tf.raw_ops.ReadVariableOp(resource=read.inputs[0], dtype=note.dtype))
                for read, note in zip(self._reads, self._read, strict=True)
            ]

        done = _where(observed, read_all)
        handles = {read.inputs[0].name: read.inputs[0] for read in self._reads}
        with tf.control_dependencies([done]):
            late = {name: tf.identity(handle) for name, handle in handles.items()}
        return late, [done]

    def _observe_beside(
        self, observed: Any, known: dict[str, Any], after: Sequence[Any]
    ) -> list[Any]:
        """Notes the extras, where the step is observed; gives what to wait for."""
        if not self._extras:
            return []

        def compute() -> list[Any]:
            read = {
                read.outputs[0].name: note.read()
                for read, note in zip(self._reads, self._read, strict=True)
            }
            given = {**known, **read}
            missing = [extra for extra in self._extras if extra.name not in given]
            copies = self.beside.place(missing, _OBSERVED, given)
            found = {extra.name: copy for extra, copy in zip(missing, copies, strict=True)}
            values = [{**given, **found}[extra.name] for extra in self._extras]
            return [note.assign(value) for note, value in zip(self._observed, values, strict=True)]

        with tf.control_dependencies(after):
            now = tf.identity(observed)
        return [_where(now, compute)]


def _where(condition: Any, act: Callable[[], list[Any]]) -> Any:
    """A tensor that is there once ops have run, or need not."""

    def acted() -> Any:
        with tf.control_dependencies(act()):
            return tf.constant(True)

    return tf.cond(condition, acted, lambda: tf.constant(False), name=_RARELY)


def _reads_variable(operation: Any) -> bool:
    """Whether the op reads a variable, and waits for nothing before."""
    return (
        operation.type == "ReadVariableOp"
        and not operation.control_inputs
        and is_handle(operation.inputs[0].op)
    )


def _nothing(tensor: Any) -> Any:
    """An empty tensor of the same type, to stand for one that has not been computed."""
    return tf.zeros([0] * (tensor.shape.rank or 0), tensor.dtype)


def _scalar_or_any(tensor: Any) -> Any:
    return tf.TensorShape([]) if tensor.shape.rank == 0 else tf.TensorShape(None)
