from __future__ import annotations

import json
from pathlib import Path

import pytest

from trainwright.launcher.workspace import Workspace
from trainwright.lineage import ArtifactRecord, LineageStore, RunContexts, TypeSpec, get_run


@pytest.fixture
def garbage(tmp_path: Path) -> Path:
    """An output directory with two complete runs and a failed one that left its directory."""
    root = tmp_path / "out"
    store = LineageStore.open(root / "metadata.sqlite")
    for number in range(3):
        properties = {"output_root": str(root), "workspace": 1}
        contexts = RunContexts("taxi", f"run-{number}", "Trainer")
        run = store.begin_execution(TypeSpec("T", "mlmd.Train"), contexts, {}, properties)
        workspace = Workspace(root, "Trainer", run, ("model", "model_run"))
        workspace.create()
        (workspace.working("model") / "weights").write_bytes(b"x" * 1500)
        if number == 2:
            store.fail_execution(run, {})
            continue
        workspace.publish()
        workspace.clear()
        types = (("model", "Model"), ("model_run", "ModelRun"))
        outputs = {
            key: [ArtifactRecord(TypeSpec(name), str(workspace.published(key)))]
            for key, name in types
        }
        store.complete_execution(run, outputs, {})
    return root


def on_disk(root: Path) -> set[str]:
    return {str(path.parent.relative_to(root)) for path in root.rglob("weights")}


def test_a_dry_run_is_the_default(invoke, garbage: Path) -> None:
    before = on_disk(garbage)
    code, out, _ = invoke("gc", "--output", garbage)
    assert code == 0
    assert "working  left by a run that is FAILED" in out
    assert out.endswith("1.5 kB could be removed; --delete does it. Nothing has been.\n")
    assert on_disk(garbage) == before


def test_deleting(invoke, garbage: Path) -> None:
    code, out, _ = invoke("gc", "--output", garbage, "--keep", 1, "--delete")
    assert code == 0
    assert out.endswith("Removed 3.0 kB.\n")
    assert on_disk(garbage) == {"Trainer/model/2"}
    ended = invoke("gc", "--output", garbage, "--keep", 1, "--delete")
    assert (ended.code, ended.out, ended.err) == (0, "", "There is nothing to remove.\n")
    store = LineageStore.open(garbage / "metadata.sqlite", read_only=True)
    assert get_run(store, 1).outputs["model"][0].state.name == "DELETED"


def test_json(invoke, garbage: Path) -> None:
    found = json.loads(invoke("gc", "--output", garbage, "--keep", 1, "--json").out)
    assert (found["deleted"], found["bytes"]) == (False, 3000)
    assert [(item["kind"], item["run"]) for item in found["items"]] == [
        ("outputs", 1),
        ("working", 3),
    ]
    assert found["items"][1] == {
        "kind": "working",
        "run": 3,
        "state": "FAILED",
        "why": "left by a run that is FAILED",
        "paths": [str(garbage / "Trainer" / ".working" / "3")],
        "bytes": 1500,
        "problem": None,
    }
    assert json.loads(invoke("gc", "--output", garbage, "--json", "--delete").out)["deleted"]


def test_a_copy_of_an_output_directory_is_not_the_original(
    invoke, garbage: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "metadata.sqlite").write_bytes((garbage / "metadata.sqlite").read_bytes())
    before = on_disk(garbage)
    assert invoke("gc", "--output", copy, "--keep", 1, "--delete").code == 0
    assert on_disk(garbage) == before
    assert invoke("gc", "--metadata", copy / "metadata.sqlite", "--delete").code == 0
    assert on_disk(garbage) == {"Trainer/model/1", "Trainer/model/2"}


def test_what_cannot_be_removed_is_told(
    invoke, garbage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("shutil.rmtree", full)
    code, out, _ = invoke("gc", "--output", garbage, "--delete")
    assert code == 1
    assert f"not removed: {garbage / 'Trainer' / '.working' / '3'}: Permission denied" in out


def test_there_must_be_a_database(invoke, tmp_path: Path) -> None:
    assert invoke("gc", "--output", tmp_path / "absent", "--delete").code == 9
    assert not (tmp_path / "absent").exists()
