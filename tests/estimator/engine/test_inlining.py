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


def test_branches_that_are_rarely_taken_remain_functions():
    def double_or_not(number):
        doubled = tf.cond(number > 2, lambda: number * 2, lambda: number, name="rarely")
        return tf.cond(doubled > 0, lambda: doubled, lambda: -doubled, name="rarely")

    with tf.Graph().as_default() as graph, v1.Session() as session:
        number = v1.placeholder(tf.int64, [])
        function = v1.wrap_function(double_or_not, [tf.TensorSpec([], tf.int64)])
        (of_calls,) = inlined(function, [number], "calls", rare="rarely")
        (of_ops,) = inlined(function, [number], "ops")
        kept = [op for op in graph.get_operations() if op.name.startswith("calls/rarely")]
        assert not any(op.node_def.attr["_lower_using_switch_merge"].b for op in kept)
        for given, expected in ((3, 6), (1, 1), (-4, 4)):
            assert session.run([of_calls, of_ops], {number: given}) == [expected, expected]
    assert [op.type for op in kept if op.type != "Identity"] == ["StatelessIf", "StatelessIf"]
