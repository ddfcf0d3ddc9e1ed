from __future__ import annotations

import tensorflow as tf

from trainwright.estimator.keras.objects import KerasObjects, current, remembered


def test_objects_are_current_in_their_block_only() -> None:
    outer, inner = KerasObjects(tf.Graph()), KerasObjects(tf.Graph())
    assert current() is None
    with remembered(outer):
        with remembered(inner):
            assert current() is inner
        assert current() is outer
    assert current() is None


def test_a_graph_is_the_default_one_or_not() -> None:
    objects = KerasObjects(tf.Graph())
    assert not objects.is_default()
    with objects.graph.as_default():
        assert objects.is_default()
        seen = []
        tf.function(lambda: seen.append(objects.is_default()))()
    assert seen == [False]


def test_notes_are_by_object_and_topic() -> None:
    objects = KerasObjects(tf.Graph())
    one, other = [0], [0]
    objects.note("topic", one, "value")
    assert objects.noted("topic", one) == "value"
    assert objects.noted("topic", other) is None
    assert objects.noted("another", one) is None


def test_a_purpose_lasts_for_a_block() -> None:
    objects = KerasObjects(tf.Graph())
    before = objects.purpose
    with objects.creating("metric"):
        assert objects.purpose == "metric"
    assert objects.purpose == before


def test_seeds_follow_from_that_of_the_graph() -> None:
    def seeds(of_graph: int | None) -> list[int | None]:
        graph = tf.Graph()
        graph.seed = of_graph
        objects = KerasObjects(graph)
        return [objects.next_seed() for _ in range(3)]

    assert len(set(seeds(1))) == 3
    assert seeds(1) == seeds(1)
    assert not set(seeds(1)) & set(seeds(2))
    assert seeds(None) == [None, None, None]
