"""Functions whose ops are put into a graph."""

import tensorflow as tf

from trainwright.estimator.engine.inlining import inlined

v1 = tf.compat.v1


def test_does_what_a_call_does_without_one():
    with tf.Graph().as_default() as graph, v1.Session() as session:
        total = v1.Variable(3, use_resource=True, dtype=tf.int64)
        times = v1.placeholder(tf.int64, [])

        def repeat(times):
            def more(index, _):
                with tf.control_dependencies([total.assign_add(2)]):
                    return index + 1, total.read_value()

            start = [tf.constant(0, tf.int64), tf.constant(0, tf.int64)]
            return tf.while_loop(lambda index, _: index < times, more, start)

        function = v1.wrap_function(repeat, [tf.TensorSpec([], tf.int64)])
        done, last = inlined(function, [times], "loop")
        types = {operation.type for operation in graph.get_operations()}
        session.run(total.initializer)
        assert session.run([done, last], {times: 5}) == [5, 13]
        assert session.run([done, last], {times: 1}) == [1, 15]
    assert "While" in types
    assert not any("Call" in name for name in types)
