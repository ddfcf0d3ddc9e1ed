from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright.estimator.engine.late_ops import adding_ops


@pytest.mark.parametrize("final", [True, False])
def test_ops_are_added_and_the_graph_is_as_final_as_before(final: bool) -> None:
    graph = tf.Graph()
    if final:
        graph.finalize()
    with adding_ops(graph):
        tf.constant(1, name="late")
    assert graph.get_operation_by_name("late")
    assert graph.finalized == final


def test_a_tensorflow_that_does_not_take_finality_back() -> None:
    class Final:
        finalized = True

    with pytest.raises(NotImplementedError, match="in use"), adding_ops(Final()):
        pass
