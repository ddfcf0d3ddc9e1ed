from __future__ import annotations

import pytest

from trainwright.errors import LineageError
from trainwright.lineage import ArtifactRecord, PropertyType, RunContexts, TypeSpec


def test_types_are_created_once_with_parent_and_properties(recording) -> None:
    for _ in range(2):
        recording.complete(recording.begin())
    assert recording.rows("SELECT name, type_kind FROM Type WHERE id > 9 ORDER BY name") == [
        ("Examples", 1),
        ("Model", 1),
        ("ModelRun", 1),
        ("node", 2),
        ("pipeline", 2),
        ("pipeline_run", 2),
        ("tfx.components.trainer.component.Trainer", 0),
    ]
    parents = (
        "SELECT t.name, p.name FROM ParentType JOIN Type t ON t.id = type_id "
        "JOIN Type p ON p.id = parent_type_id ORDER BY t.name"
    )
    assert recording.rows(parents) == [
        ("Examples", "mlmd.Dataset"),
        ("Model", "mlmd.Model"),
        ("tfx.components.trainer.component.Trainer", "mlmd.Train"),
    ]
    declared = "SELECT p.name, data_type FROM TypeProperty p ORDER BY p.name"
    assert recording.rows(declared) == [("span", 1), ("split_names", 3), ("version", 1)]


def test_types_gain_properties(recording) -> None:
    recording.begin()
    wider = TypeSpec("Examples", "mlmd.Dataset", {"rows": PropertyType.INT})
    recording.store.begin_execution(
        TypeSpec("Trainer"),
        RunContexts("p", "r", "n"),
        {"examples": [ArtifactRecord(wider, "/data/wide", {"rows": 3})]},
        {},
    )
    names = recording.rows("SELECT name FROM TypeProperty ORDER BY name")
    assert [name for (name,) in names] == ["rows", "span", "split_names", "version"]


def test_a_property_of_another_type_is_refused(recording) -> None:
    recording.begin()
    changed = TypeSpec("Examples", "mlmd.Dataset", {"span": PropertyType.STRING})
    with pytest.raises(LineageError, match="'span' of type Examples is recorded as INT"):
        recording.store.begin_execution(
            TypeSpec("Trainer"),
            RunContexts("p", "r", "n"),
            {"examples": [ArtifactRecord(changed, "/data/other")]},
            {},
        )
    assert recording.rows("SELECT count(*) FROM Execution") == [(1,)]


def test_contexts_are_shared_and_runs_belong_to_their_pipeline(recording) -> None:
    for run_id in ("run-1", "run-2", "run-2"):
        recording.begin(RunContexts("taxi", run_id, "Trainer"))
    contexts = "SELECT t.name, c.name FROM Context c JOIN Type t ON t.id = c.type_id ORDER BY 1, 2"
    assert recording.rows(contexts) == [
        ("node", "taxi.Trainer"),
        ("pipeline", "taxi"),
        ("pipeline_run", "run-1"),
        ("pipeline_run", "run-2"),
    ]
    parents = (
        "SELECT c.name, p.name FROM ParentContext JOIN Context c ON c.id = context_id "
        "JOIN Context p ON p.id = parent_context_id ORDER BY 1"
    )
    assert recording.rows(parents) == [("run-1", "taxi"), ("run-2", "taxi")]
