from __future__ import annotations

from trainwright.lineage import ArtifactState, get_run
from trainwright.lineage.caching import join_cache
from trainwright.lineage.collecting import (
    cache_keys,
    claim_artifacts,
    finish_artifacts,
    latest_outputs,
    newest_execution,
    output_roots,
    outputs_by_run,
    runs_by_id,
    used_artifacts,
)


def test_what_is_asked(recording) -> None:
    store = recording.store
    assert newest_execution(store) == 0
    first = recording.begin(output_root="/a")
    second = recording.begin(output_root="/b")
    recording.begin(output_root="/a")
    written = [recording.complete(run) for run in (first, second)]
    assert output_roots(store) == ["/a", "/b"]
    assert newest_execution(store) == 3
    assert sorted(runs_by_id(store, [first, 3, 99])) == [first, 3]
    found = outputs_by_run(store, [first, 3])
    assert {one.id for one in found[first]} == {id for ids in written[0].values() for id in ids}
    assert set(found) == {first}
    newest = {id for ids in written[1].values() for id in ids}
    assert latest_outputs(store, "taxi.Trainer", 1) == newest
    assert latest_outputs(store, "taxi.Trainer", 0) == set()
    assert latest_outputs(store, "taxi.Other", 1) == set()
    (examples,) = get_run(store, first).inputs["examples"]
    assert used_artifacts(store, [examples.id or 0, *newest]) == {examples.id}
    join_cache(store, first, "key")
    assert cache_keys(store, [first, second]) == {first: "key"}


def test_artifacts_are_claimed_and_deleted(recording) -> None:
    store = recording.store
    run = recording.begin()
    ids = [id for group in recording.complete(run).values() for id in group]
    (examples,) = get_run(store, run).inputs["examples"]

    def states() -> set[ArtifactState]:
        return {one.state for group in get_run(store, run).outputs.values() for one in group}

    assert not claim_artifacts(store, [*ids, examples.id or 0], newest=1)
    assert not claim_artifacts(store, [*ids, 99], newest=1)
    assert not claim_artifacts(store, ids, newest=0)  # an output of a run that came later
    assert states() == {ArtifactState.LIVE}
    assert claim_artifacts(store, ids, newest=1)
    assert states() == {ArtifactState.MARKED_FOR_DELETION}
    assert claim_artifacts(store, ids, newest=1)
    finish_artifacts(store, ids)
    assert states() == {ArtifactState.DELETED}
    assert not claim_artifacts(store, ids, newest=1)
