from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.engine.stand_ins import StandIns

v1 = tf.compat.v1


@pytest.fixture
def graph() -> Any:
    """``one + 1`` and ``two * one``, where ``one`` is 1."""
    with tf.Graph().as_default() as graph:
        one = tf.identity(tf.constant(1.0), name="one")
        two = tf.constant(2.0, name="two")
        plus = tf.add(one, 1.0, name="plus")
        with tf.control_dependencies([plus]):
            done = tf.no_op(name="done")
        with tf.control_dependencies([done]):
            tf.multiply(two, one, name="times")
        yield graph


def test_who_asks_for_an_op_gets_its_copy(graph: Any) -> None:
    plus = graph.get_tensor_by_name("plus:0")
    stand_ins = StandIns(graph)
    stand_ins.make({"one:0": tf.constant(10.0)}, {}, [])
    assert stand_ins.of(plus) is not plus
    assert stand_ins.of(plus.op).name == "numbered/plus"
    assert stand_ins.of(graph.get_tensor_by_name("two:0")).name == "two:0"
    pair = collections.namedtuple("pair", "first second")
    with v1.Session(graph=graph) as session:
        stand_ins.run_in(session)
        ordered = collections.OrderedDict(b="times:0", a=[plus, ("plus:0",)])
        found = session.run({"x": ordered, "y": pair(plus, "done")})
        assert found["x"] == {"b": 20.0, "a": [11.0, (11.0,)]}
        assert list(found["x"]) == ["b", "a"]
        assert found["y"] == pair(11.0, None)
        assert session.make_callable(plus)() == 11.0
        assert session.run(plus, feed_dict={"two:0": 3.0}) == 11.0


def test_sparse_tensors_are_followed(graph: Any) -> None:
    values = tf.reshape(graph.get_tensor_by_name("plus:0"), [1])
    sparse = tf.SparseTensor(tf.constant([[0]], tf.int64), values, tf.constant([1], tf.int64))
    stand_ins = StandIns(graph)
    stand_ins.make({"one:0": tf.constant(10.0)}, {}, [])
    with v1.Session(graph=graph) as session:
        stand_ins.run_in(session)
        np.testing.assert_array_equal(session.run(sparse).values, [11.0])


def test_an_op_may_be_another_in_its_copy(graph: Any) -> None:
    node = v1.NodeDef()
    node.CopyFrom(graph.get_operation_by_name("plus").node_def)
    node.input[1] = "elsewhere"
    stand_ins = StandIns(graph)
    stand_ins.make({"elsewhere:0": tf.constant(5.0)}, {"plus": node}, [])
    with v1.Session(graph=graph) as session:
        stand_ins.run_in(session)
        assert session.run("plus:0") == 6.0


def test_what_only_waits_for_a_tensor_waits_for_the_other(graph: Any) -> None:
    lonely = tf.identity(tf.constant(1.0), name="lonely")
    with tf.control_dependencies([lonely]):
        late = tf.identity(tf.constant(3.0), name="late")
    printed = v1.Variable(0.0, use_resource=True)
    stand_ins = StandIns(graph)
    with tf.control_dependencies([printed.assign_add(1.0)]):
        instead = tf.constant(4.0)
    stand_ins.make({"lonely:0": instead}, {}, [])
    with v1.Session(graph=graph) as session:
        stand_ins.run_in(session)
        session.run(printed.initializer)
        assert session.run([late, lonely]) == [3.0, 4.0]
        assert session.run(printed) == 1.0


def test_errors_name_the_op_that_was_copied(graph: Any) -> None:
    number = tf.identity(tf.constant(0.0), name="number")
    checked = tf.debugging.check_numerics(1.0 / number, "it is", name="checked")
    stand_ins = StandIns(graph)
    stand_ins.make({"number:0": tf.constant(0.0)}, {}, [])
    with v1.Session(graph=graph) as session:
        stand_ins.run_in(session)
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            session.run(checked)
    assert caught.value.op is checked.op
    assert "'checked' (CheckNumerics) was made here" in caught.value.message
