from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.engine.old_loops import in_old_loops
from trainwright.estimator.engine.stand_ins import StandIns

v1 = tf.compat.v1


@pytest.fixture
def old_control_flow() -> Iterator[None]:
    v1.disable_control_flow_v2()
    yield
    v1.enable_control_flow_v2()


def nested(start: Any) -> Any:
    """Adds 2 * 3 ones, and counts to 2."""

    def inner(index: Any, total: Any) -> tuple[Any, Any]:
        return index + 1, tf.add(total, 1.0, name="inside")

    def outer(index: Any, total: Any) -> tuple[Any, Any]:
        total = v1.while_loop(lambda i, _: i < 3, inner, [0, total])[1]
        return index + 1, tf.identity(total, name="between")

    return v1.while_loop(lambda i, _: i < 2, outer, [0, start])


@pytest.mark.usefixtures("old_control_flow")
def test_what_is_inside() -> None:
    with tf.Graph().as_default() as graph:
        before = tf.constant(1.0, name="before")
        count, total = nested(before)
        after = tf.add(total, 1.0, name="after")
        inside = in_old_loops(graph.get_operations())
    names = {name.rpartition("/")[2] for name in inside}
    assert {"inside", "between", "Enter", "LoopCond"} <= names
    assert not inside & {before.op.name, after.op.name, count.op.name, total.op.name}


def test_there_are_none_in_functions() -> None:
    with tf.Graph().as_default() as graph:
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])
        assert in_old_loops(graph.get_operations()) == set()


@pytest.mark.usefixtures("old_control_flow")
def test_loops_that_depend_on_what_is_replaced_are_copied_whole() -> None:
    with tf.Graph().as_default() as graph:
        start = tf.identity(tf.constant(1.0), name="start")
        count, total = nested(start)
        after = total + tf.cast(count, tf.float32)
        alone = v1.while_loop(lambda i: i < 4, lambda i: i + 1, [0])
        stand_ins = StandIns(graph)
        stand_ins.make({"start:0": tf.constant(10.0)}, {}, [])
        assert stand_ins.of(alone) is alone
        with v1.Session(graph=graph) as session:
            assert session.run([total, count, after, alone]) == [7.0, 2, 9.0, 4]
            stand_ins.run_in(session)
            assert session.run([total, count, after, alone]) == [16.0, 2, 18.0, 4]
