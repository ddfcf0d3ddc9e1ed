from __future__ import annotations

import pytest

from trainwright.errors import RunNotFoundError
from trainwright.lineage.graph import Link, find_artifact, get_nodes, links_of


def test_links(recording) -> None:
    store = recording.store
    first, second = recording.begin(), recording.begin()
    written = recording.complete(first)
    (model,), (run,) = written["model"], written["model_run"]
    links, total = links_of(store, "run", first, inputs=True, limit=5)
    assert total == 1
    (examples,) = {link.artifact_id for link in links}
    assert links == [Link(examples, first, True, "examples")]
    links, total = links_of(store, "run", first, inputs=False, limit=5)
    assert {(link.artifact_id, link.key, link.is_input) for link in links} == {
        (model, "model", False),
        (run, "model_run", False),
    }
    links, total = links_of(store, "artifact", examples, inputs=True, limit=1)
    assert ([link.execution_id for link in links], total) == ([first], 2)
    assert links_of(store, "artifact", model, inputs=False, limit=5)[0] == [
        Link(model, first, False, "model")
    ]
    assert links_of(store, "artifact", model, inputs=True, limit=5) == ([], 0)
    artifacts, executions = get_nodes(store, {model, 999}, {first, second, 999})
    assert set(artifacts) == {model}
    assert {id: one.state.name for id, one in executions.items()} == {
        first: "COMPLETE",
        second: "RUNNING",
    }


def test_finding_artifacts(recording) -> None:
    written = recording.complete(recording.begin())
    store, model = recording.store, written["model"][0]
    assert find_artifact(store, [str(model)]) == model
    assert find_artifact(store, ["/absent", "/out/model/1"]) == model
    for names in (["999999999999999999999999"], ["/absent"]):
        with pytest.raises(RunNotFoundError, match=f"no artifact '{names[0]}'"):
            find_artifact(store, names)
