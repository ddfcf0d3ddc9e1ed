from __future__ import annotations

from sqlalchemy import update

from trainwright.lineage import ArtifactState, ExecutionState, TypeSpec, get_run
from trainwright.lineage.caching import (
    add_properties,
    join_cache,
    record_cached,
    runs_in_cache,
    runs_of_node,
)
from trainwright.lineage.tables import artifact

KEY = "k" * 64


def test_runs_of_a_key(recording) -> None:
    store = recording.store
    first, second, other = (recording.begin() for _ in range(3))
    join_cache(store, first, KEY)
    join_cache(store, first, KEY, {"note": 1})
    join_cache(store, second, KEY)
    join_cache(store, other, "other")
    recording.complete(first)
    found = runs_in_cache(store, KEY)
    assert [(one.id, one.state.name) for one in found] == [(second, "RUNNING"), (first, "COMPLETE")]
    assert found[1].properties["note"] == 1
    assert [one.id for one in runs_in_cache(store, KEY, limit=1)] == [second]
    assert runs_in_cache(store, "nobody") == []


def test_runs_of_a_node(recording) -> None:
    store = recording.store
    from_conftest = get_run(store, recording.begin()).execution.contexts
    done = recording.begin()
    recording.complete(done)
    found = runs_of_node(store, from_conftest, ExecutionState.COMPLETE, limit=5)
    assert [one.id for one in found] == [done]


def test_a_cached_run(recording) -> None:
    store = recording.store
    source = recording.begin()
    outputs = recording.complete(source)
    run = get_run(store, source).execution
    arguments = (
        *(store, TypeSpec(run.type_name, "mlmd.Train"), run.contexts, KEY),
        *({"examples": [recording.examples()]}, outputs, {"why": "same"}),
    )
    cached = record_cached(*arguments)
    assert cached is not None
    found = get_run(store, cached)
    assert found.execution.state is ExecutionState.CACHED
    assert found.execution.properties["why"] == "same"
    assert found.outputs == get_run(store, source).outputs
    assert found.inputs == get_run(store, source).inputs
    assert [one.id for one in runs_in_cache(store, KEY)] == [cached]

    with store.transaction() as connection:
        gone = update(artifact).where(artifact.c.id == outputs["model"][0])
        connection.execute(gone.values(state=int(ArtifactState.DELETED)))
    assert record_cached(*arguments) is None
    assert [one.id for one in runs_in_cache(store, KEY)] == [cached]


def test_properties_are_added(recording) -> None:
    run = recording.begin(kept=1, changed=1)
    add_properties(recording.store, run, {"changed": 2, "new": "x"})
    properties = get_run(recording.store, run).execution.properties
    assert properties == {"kept": 1, "changed": 2, "new": "x"}
