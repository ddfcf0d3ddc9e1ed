"""Which ops of a step XLA can compile, and where the line between them and the others runs.

A step is cut into three parts: what comes before (input, strings, tables, ids), what is
compiled, and what comes after (updates of single rows). Each part needs nothing of a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.step_graph import is_handle

# Without one of these there is nothing to be won.
_HEAVY = {"BatchMatMul", "BatchMatMulV2", "Conv2D", "DepthwiseConv2dNative", "MatMul"}
_SHAPES = """
    BroadcastGradientArgs BroadcastTo Concat ConcatOffset ConcatV2 Const ExpandDims Fill GatherV2
    Identity IdentityN NoOp OneHot OnesLike Pack PreventGradient Range Rank Reshape Shape ShapeN
    Size Slice Split Squeeze StopGradient StridedSlice StridedSliceGrad Tile Transpose Unpack
    ZerosLike
"""
_ARITHMETIC = """
    Abs Add AddN AddV2 Bitcast Cast Ceil DivNoNan Equal Exp Expm1 Floor FloorDiv FloorMod Greater
    GreaterEqual IsFinite IsNan Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr Maximum
    Minimum Mul MulNoNan Neg NotEqual Pow RealDiv Reciprocal Rsqrt RsqrtGrad Select SelectV2 Sign
    Sqrt SqrtGrad Square SquaredDifference Sub Xdivy Xlogy
"""
_NETWORKS = """
    All Any ArgMax AvgPool AvgPoolGrad BiasAdd BiasAddGrad Conv2DBackpropFilter
    Conv2DBackpropInput DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput Elu
    EluGrad L2Loss LeakyRelu LeakyReluGrad LogSoftmax Max MaxPool MaxPoolGrad Mean Min Prod Relu
    Relu6 Relu6Grad ReluGrad Selu SeluGrad Sigmoid SigmoidGrad Softmax SoftmaxCrossEntropyWithLogits
    Softplus SoftplusGrad SparseSoftmaxCrossEntropyWithLogits Sum Tanh TanhGrad UnsortedSegmentSum
"""
_VARIABLES = """
    AssignAddVariableOp AssignSubVariableOp AssignVariableOp ReadVariableOp ResourceApplyAdagrad
    ResourceApplyAdagradV2 ResourceApplyAdam ResourceApplyFtrl ResourceApplyGradientDescent
    ResourceApplyKerasMomentum ResourceApplyMomentum ResourceApplyRMSProp ResourceGather
"""
_REPEATABLE = {*f"{_SHAPES} {_ARITHMETIC}".split()}
_COMPILABLE = {*_HEAVY, *f"{_SHAPES} {_ARITHMETIC} {_NETWORKS} {_VARIABLES}".split()}
# What the host does without changing the length of a batch.
_KEEPS_LENGTH = {"AsString", "IteratorGetNext", "LookupTableFindV2", "StringToHashBucketFast"}


_RANDOM = ("Random", "TruncatedNormal", "Multinomial")


@dataclass(frozen=True)
class Cut:
    """A step's ops in three parts; constants and the like stand in all parts that use them.

    Args:
        before: those on the host that come first.
        compiled: those for XLA.
        after: those on the host that come last.
    """

    before: tuple[Any, ...]
    compiled: tuple[Any, ...]
    after: tuple[Any, ...]


def cut(operations: Iterable[Any]) -> Cut | str:
    """Cuts a step, or says why there is nothing to compile.

    What only checks values, and stops the step where they are wrong, is left to the last part.

    Args:
        operations: the ops of a step.
    """
    ordered = _Order(operations).ordered()
    if ordered is None:
        return "it holds a loop of the old kind"
    for operation in ordered:
        if operation.op_def.is_stateful and any(word in operation.type for word in _RANDOM):
            return f"it draws random numbers ({operation.name!r}), and XLA draws others"
    parts = _Classes(ordered).parts()
    if not any(operation.type in _HEAVY for operation in parts.compiled):
        return "there is no product of matrices that can be compiled"
    return _unfit_tensor(parts) or parts


def tensors_into(part: Sequence[Any]) -> list[Any]:
    """Tensors that a part reads of other parts."""
    names = {operation.name for operation in part}
    found = [
        tensor
        for operation in part
        for tensor in operation.inputs
        if tensor.op.name not in names and not is_handle(tensor.op)
    ]
    return list({tensor.name: tensor for tensor in found}.values())


class _Order:
    """The ops of a step, and which of them each one needs."""

    def __init__(self, operations: Iterable[Any]):
        self._own = {operation.name: operation for operation in operations}
        self._checks: dict[str, bool] = {}

    def sources(self, operation: Any) -> list[Any]:
        """What an op needs, but for checks that it only waits for."""
        waits = [op for op in operation.control_inputs if not self._is_check(op)]
        found = [*(tensor.op for tensor in operation.inputs), *waits]
        return [source for source in found if source.name in self._own]

    def ordered(self) -> list[Any] | None:
        """The ops, each after those it needs; None where they go in a circle."""
        waiting = {name: {s.name for s in self.sources(op)} for name, op in self._own.items()}
        consumers: dict[str, list[str]] = {name: [] for name in self._own}
        for name, sources in waiting.items():
            for source in sources:
                consumers[source].append(name)
        ready = [name for name, sources in waiting.items() if not sources]
        ordered = []
        while ready:
            name = ready.pop()
            ordered.append(self._own[name])
            for consumer in consumers[name]:
                waiting[consumer].discard(name)
                if not waiting[consumer]:
                    ready.append(consumer)
        return ordered if len(ordered) == len(self._own) else None

    def _is_check(self, operation: Any) -> bool:
        """An Assert, or a group of nothing but Asserts."""
        known = self._checks.get(operation.name)
        if known is None:
            group = operation.type == "NoOp" and operation.control_inputs
            known = operation.type == "Assert" or bool(
                group and all(self._is_check(op) for op in operation.control_inputs)
            )
            self._checks[operation.name] = known
        return known


class _Classes:
    """Which op belongs into which part."""

    def __init__(self, ordered: Sequence[Any]):
        self._ordered = ordered
        self._order = _Order(ordered)
        self._uneven: set[str] = set()
        self._first: set[str] = set()
        self._last: set[str] = set()
        heavy: set[str] = set()
        for operation in ordered:
            names = {source.name for source in self._order.sources(operation)}
            if operation.type in _HEAVY or names & heavy:
                heavy.add(operation.name)
            self._classify(operation, names, operation.name in heavy)
        for operation in reversed(ordered):
            if operation.name in self._first:
                self._first.update(s.name for s in self._order.sources(operation))

    def parts(self) -> Cut:
        """The three parts."""
        middle = [op for op in self._ordered if self._in_middle(op)]
        return Cut(
            self._completed([op for op in self._ordered if op.name in self._first], _constant),
            self._completed(middle, self._repeatable),
            self._completed([op for op in self._ordered if op.name in self._last], _constant),
        )

    def _classify(self, operation: Any, sources: set[str], after_heavy: bool) -> None:
        uneven = bool({tensor.op.name for tensor in operation.inputs} & self._uneven)
        dense = operation.type in _COMPILABLE and not uneven and not _of_strings(operation)
        if uneven or operation.type not in _COMPILABLE | _KEEPS_LENGTH:
            self._uneven.add(operation.name)
        if sources & self._last or operation.type == "Assert" or (not dense and after_heavy):
            self._last.add(operation.name)
        elif not dense:
            self._first.add(operation.name)

    def _in_middle(self, operation: Any) -> bool:
        elsewhere = operation.name in self._first or operation.name in self._last
        return not elsewhere and not _constant(operation)

    def _repeatable(self, operation: Any) -> bool:
        """Whether an early op may be done once more in the compiled part: it costs little.

        Shapes must be known where they are used, and not come from elsewhere.
        """
        return (
            operation.type in _REPEATABLE
            and operation.name not in self._uneven
            and not _of_strings(operation)
        )

    def _completed(self, part: Sequence[Any], repeatable: Callable[[Any], bool]) -> tuple[Any, ...]:
        found = {operation.name: operation for operation in part}
        waiting = list(part)
        while waiting:
            for source in self._order.sources(waiting.pop()):
                if source.name not in found and repeatable(source):
                    found[source.name] = source
                    waiting.append(source)
        return tuple(found.values())


def _of_strings(operation: Any) -> bool:
    return any(tensor.dtype == tf.string for tensor in (*operation.inputs, *operation.outputs))


def _constant(operation: Any) -> bool:
    return bool(operation.type == "Const")


def _unfit_tensor(parts: Cut) -> str | None:
    for tensor in tensors_into(parts.compiled):
        if tensor.dtype in (tf.string, tf.variant, tf.resource):
            return f"it computes with {tensor.name!r}, a {tensor.dtype.name}"
        if tensor.shape.rank is None or None in tensor.shape.as_list()[1:]:
            return f"{tensor.name!r} has a shape of its own in each batch"
    return None
