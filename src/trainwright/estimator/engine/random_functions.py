"""Functions whose random ops follow from a number that they are given.

Branches, loops and other functions lie in a graph's library, as protocol buffers. Those that
draw random numbers are written once more here, with one argument more: the number, from which
their stateless ops draw. A loop hands its own next iteration another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.random_kinds import (
    RANDOM_KINDS,
    Stream,
    input_types,
    is_of_inputs,
    keeps_random_state,
    output_type,
    seeds_of,
)

v1 = tf.compat.v1
_CALLS = {
    "PartitionedCall": ("Tin", ("f",)),
    "StatefulPartitionedCall": ("Tin", ("f",)),
    "If": ("Tin", ("then_branch", "else_branch")),
    "StatelessIf": ("Tin", ("then_branch", "else_branch")),
    "Case": ("Tin", ("branches",)),
    "StatelessCase": ("Tin", ("branches",)),
    "While": ("T", ("cond", "body")),
    "StatelessWhile": ("T", ("cond", "body")),
}
"""Of each op that calls functions: the attributes with their argument types, and with them."""
_LOOPS = ("While", "StatelessWhile")
_ARGUMENT = "random_step_number"
_INT64 = tf.int64.as_datatype_enum
_ODD = 6364136223846793005
"""Knuth's multiplier of linear congruential generators."""


class NumberedFunctions:
    """Writes functions once more.

    Args:
        library: the graph's FunctionDefLibrary.
        seed: for ops without a seed.
    """

    def __init__(self, library: Any, seed: int):
        self._library = {each.signature.name: each for each in library.function}
        self._seed = seed
        self._drawing: dict[str, bool] = {}
        self.made: dict[str, Any] = {}
        """What was written, by the name that the function had before."""
        self.remaining: set[str] = set()
        """Ops and functions that keep their state."""

    def draws(self, node: Any) -> bool:
        """Whether an op calls a function that draws random numbers, however deep.

        Args:
            node: its NodeDef.
        """
        if is_of_inputs(node):
            return False
        return any(self._function_draws(name) for name in _functions_of(node))

    def can_be_told(self, node: Any) -> bool:
        """Whether an op is of a kind that can hand its functions a number."""
        return node.op in _CALLS

    def told(self, node: Any, number: str) -> Any:
        """A call as it was, that hands its functions a number.

        Args:
            node: its NodeDef; it draws, and can be told.
            number: the name of the number, an int64 scalar, as inputs are named where it stands.
        """
        types, attributes = _CALLS[node.op]
        copy = v1.NodeDef()
        copy.CopyFrom(node)
        data = [each for each in node.input if not each.startswith("^")]
        copy.input[:] = [*data, number, *(each for each in node.input if each.startswith("^"))]
        copy.attr[types].list.type.append(_INT64)
        loop = node.op in _LOOPS
        if loop and copy.attr["output_shapes"].list.shape:
            copy.attr["output_shapes"].list.shape.add()
        for attribute in attributes:
            value = copy.attr[attribute]
            called = [value.func] if value.HasField("func") else value.list.func
            for function in called:
                function.name = self._numbered(function.name, loop and attribute == "body")
        return copy

    def _function_draws(self, name: str) -> bool:
        if name not in self._library:
            return False
        if name not in self._drawing:
            self._drawing[name] = False  # for those that call themselves
            nodes = self._library[name].node_def
            self._drawing[name] = any(keeps_random_state(n) or self.draws(n) for n in nodes)
        return self._drawing[name]

    def _numbered(self, name: str, is_body: bool) -> str:
        new = f"{name}_numbered" + ("_loop" if is_body else "")
        if new in self.made:
            return new
        definition = type(self._library[name])()
        definition.CopyFrom(self._library[name])
        self.made[new] = definition
        definition.signature.name = new
        definition.signature.input_arg.add(name=_ARGUMENT, type=_INT64)
        if definition.attr["_input_shapes"].list.shape:
            definition.attr["_input_shapes"].list.shape.add()
        else:
            definition.attr.pop("_input_shapes")
        self._rewrite(definition)
        if is_body:
            definition.signature.output_arg.add(name=_ARGUMENT, type=_INT64)
            nodes, after = _salted(_ARGUMENT, "next iteration", f"{_ARGUMENT}/next")
            definition.node_def.extend(nodes)
            definition.ret[_ARGUMENT] = after
        return new

    def _rewrite(self, definition: Any) -> None:
        nodes = list(definition.node_def)
        del definition.node_def[:]
        renamed: dict[str, str] = {}
        for node in nodes:
            if node.op in RANDOM_KINDS:
                new, renamed[f"{node.name}:output:0"] = self._stateless(node)
            elif self.draws(node) and self.can_be_told(node):
                new, number = _salted(_ARGUMENT, node.name, f"{node.name}/{_ARGUMENT}")
                new.append(self.told(node, number))
            else:
                if keeps_random_state(node) or self.draws(node):
                    self.remaining.add(node.name)
                new = [node]
            definition.node_def.extend(new)
        for node in definition.node_def:
            node.input[:] = [renamed.get(name, name) for name in node.input]
        for name, value in definition.ret.items():
            definition.ret[name] = renamed.get(value, value)

    def _stateless(self, node: Any) -> tuple[list[Any], str]:
        """What takes a random op's place; the last op has its name."""
        data = [each for each in node.input if not each.startswith("^")]
        with tf.Graph().as_default() as graph:
            given = [v1.placeholder(dtype) for dtype in input_types(node)]
            number = v1.placeholder(tf.int64, [])
            stream = Stream(seeds_of(node, self._seed), number, counted=False)
            drawn = RANDOM_KINDS[node.op].draw(given, stream, output_type(node))
            names = {tensor.name: name for tensor, name in zip(given, data, strict=True)}
            names[number.name] = _ARGUMENT
            nodes = _in_a_function(graph.get_operations(), names, node.name, drawn.op.name)
        for each in nodes:
            each.device = node.device
        nodes[-1].input.extend(each for each in node.input if each.startswith("^"))
        return nodes, f"{node.name}:{_output(drawn)}"


def _in_a_function(
    operations: Iterable[Any], names: dict[str, str], prefix: str, last: str
) -> list[Any]:
    """Ops of a graph as nodes of a function, whose inputs are named in another way.

    Args:
        operations: in their order.
        names: what they read by name -> its name there; it learns their own.
        prefix: of their names there, and the name of the last one.
        last: the name of the last one here.
    """
    nodes = []
    for operation in operations:
        if operation.type == "Placeholder":
            continue
        node = v1.NodeDef()
        node.CopyFrom(operation.node_def)
        node.name = prefix if operation.name == last else f"{prefix}/numbered/{operation.name}"
        node.input[:] = [names[tensor.name] for tensor in operation.inputs]
        names.update({each.name: f"{node.name}:{_output(each)}" for each in operation.outputs})
        nodes.append(node)
        if operation.name == last:
            break
    return nodes


def _output(tensor: Any) -> str:
    """How a function names an output of an op without lists of outputs."""
    return f"{tensor.op.op_def.output_arg[tensor.value_index].name}:0"


def _salted(number: str, salt: str, prefix: str) -> tuple[list[Any], str]:
    """Nodes that make another number of a number, and its name, both within a function."""
    with tf.Graph().as_default() as graph:
        given = v1.placeholder(tf.int64, [])
        made = salted(given, salt)
        nodes = _in_a_function(graph.get_operations(), {given.name: number}, prefix, made.op.name)
    return nodes, f"{prefix}:{_output(made)}"


def salted(number: Any, salt: str) -> Any:
    """Another number, for another use.

    Args:
        number: int64 scalar tensor.
        salt: makes the difference.
    """
    digest = hashlib.sha256(salt.encode()).digest()
    return number * _ODD + int.from_bytes(digest[:7], "big")


def _functions_of(node: Any) -> list[str]:
    names = []
    for value in node.attr.values():
        if value.HasField("func"):
            names.append(value.func.name)
        names += [function.name for function in value.list.func]
    return names
