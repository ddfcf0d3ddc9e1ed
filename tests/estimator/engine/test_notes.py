from __future__ import annotations

import tensorflow as tf

from trainwright.estimator.engine.notes import Note

v1 = tf.compat.v1


def test_notes_take_values_of_any_shape_and_are_no_variables() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        with tf.name_scope("a"):
            first, second = Note(tf.float32, "seen"), Note(tf.float32, "seen")
        values = v1.placeholder(tf.float32)
        session.run([first.assign(values), second.assign(1)], {values: [[1.0, 2.0]]})
        assert session.run(first.read()).tolist() == [[1.0, 2.0]]
        session.run(first.assign(values), {values: [3.0]})
        assert session.run([first.read(), second.read()]) == [[3.0], 1.0]
        session.run(second.add(tf.constant(2.0)))
        assert session.run(second.read()) == 3.0
        assert not v1.global_variables()
        assert not v1.local_variables()
