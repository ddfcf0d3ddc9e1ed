from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.heads import BinaryClassHead
from trainwright.estimator.heads.once import keeping, made_once

v1 = tf.compat.v1


def test_only_what_is_made_of_the_same_objects_in_the_same_graph_is_kept() -> None:
    def made(*given: Any) -> list[Any]:
        return list(given)

    some, others = [1], [1]
    with keeping():
        first = made_once(made, some)
        assert made_once(made, some) is first
        assert made_once(made, others) is not first
        assert made_once(made, some, some) is not first
        with tf.Graph().as_default():
            assert made_once(made, some) is not first
        with keeping():
            assert made_once(made, some) is not first
    assert made_once(made, some) is not first


def evaluated(loss_fn: Any = None) -> int:
    """How many checks of labels an evaluation's graph has."""
    with tf.Graph().as_default() as graph:
        labels, logits = tf.constant([[1], [0]]), v1.placeholder(tf.float32, [None, 1])
        BinaryClassHead(loss_fn=loss_fn).create_estimator_spec({}, "eval", logits, labels)
        asserts = [op for op in graph.get_operations() if op.type == "Assert"]
        return sum("check_label_range" in op.name for op in asserts)


def test_an_evaluation_processes_labels_once() -> None:
    assert evaluated() == 2


def test_a_loss_function_of_the_users_own_is_called_as_often_as_ever() -> None:
    calls = []

    def loss_fn(labels: Any, logits: Any) -> Any:
        calls.append(labels)
        return tf.abs(labels - logits)

    evaluated(loss_fn)
    assert len(calls) == 2
