from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright.estimator.heads.classes import all_ids, all_names


@pytest.mark.parametrize("n_classes", [2, 100, 101])
def test_all_classes_are_given_for_each_example(n_classes: int) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        logits = tf.compat.v1.placeholder(tf.float32, [None, n_classes])
        made = all_ids(logits, n_classes), all_names(logits, None, n_classes)
        assert [tensor.shape.as_list() for tensor in made] == [[None, n_classes]] * 2
        ids, names = session.run(made, {logits: [[0.5] * n_classes] * 3})
    assert ids.dtype == "int32"
    assert ids.tolist() == [list(range(n_classes))] * 3
    assert names.tolist() == [[str(number).encode() for number in range(n_classes)]] * 3


def test_names_are_those_of_the_vocabulary() -> None:
    assert all_names(tf.zeros([2, 2]), ["a", "b"], 2).numpy().tolist() == [[b"a", b"b"]] * 2
