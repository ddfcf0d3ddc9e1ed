from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from trainwright.estimator.engine.meta_graphs import WrittenGraph

v1 = tf.compat.v1


@pytest.fixture
def written(tmp_path: Path) -> WrittenGraph:
    """The default graph of the test's, as a file named `first`."""
    first = tmp_path / "first"
    first.write_bytes(b"a graph")
    made = WrittenGraph()
    made.remember(v1.get_default_graph(), str(first))
    return made


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as made:
        v1.add_to_collection("kinds", tf.constant(1.0))
        yield made


def test_a_graph_that_stays_is_copied_from_the_last_file(written, graph, tmp_path):
    assert written.copied(graph, str(tmp_path / "second"))
    (tmp_path / "first").unlink()
    assert written.copied(graph, str(tmp_path / "third"))
    assert written.copied(graph, str(tmp_path / "third"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "second": b"a graph",
        "third": b"a graph",
    }


def test_one_that_has_other_ops_or_collections_is_not(written, graph, tmp_path):
    # Equal to the one that is there, but another one.
    graph.get_collection_ref("kinds")[:] = [tf.identity(graph.get_collection("kinds")[0])]
    assert not written.copied(graph, str(tmp_path / "second"))
    written.remember(graph, str(tmp_path / "first"))
    graph.add_to_collection("more", "name")
    assert not written.copied(graph, str(tmp_path / "second"))
    assert not written.copied(tf.Graph(), str(tmp_path / "second"))
    assert not (tmp_path / "second").exists()


def test_nothing_is_known_at_first(graph, tmp_path):
    assert not WrittenGraph().copied(graph, str(tmp_path / "first"))
