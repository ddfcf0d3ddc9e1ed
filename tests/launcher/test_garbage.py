from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trainwright.artifacts import Model
from trainwright.launcher import launch
from trainwright.launcher.garbage import Garbage, Limits, find_garbage
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.removal import remove_garbage
from trainwright.launcher.workspace import Workspace
from trainwright.lineage import ArtifactState, LineageStore, RunContexts, TypeSpec, get_run


@pytest.fixture
def store(launching) -> LineageStore:
    return LineageStore.open(launching.metadata)


def run(launching, scripted, number: int, **kwargs) -> None:
    """A run that differs from those of other numbers."""
    launch(launching.cacheable(exec_properties={"number": number}, **kwargs))


def fail(launching, scripted, number: int, *, checkpoint: bool = True, **kwargs) -> None:
    good = scripted.body

    def body(inputs, outputs, properties) -> None:
        if checkpoint:
            Path(outputs["model_run"][0].uri, "model.ckpt-1.index").write_text("weights")
        raise ValueError("no")

    scripted.body = staticmethod(body)
    with pytest.raises(ValueError, match="no"):
        run(launching, scripted, number, **kwargs)
    scripted.body = staticmethod(good)


def listed(found: list[Garbage]) -> list[tuple[str, int]]:
    return [(item.kind, item.run.id) for item in found]


def test_nothing_but_good_runs(launching, scripted, store: LineageStore) -> None:
    run(launching, scripted, 1)
    assert find_garbage(store, Limits()) == []


def test_old_outputs_only_when_asked(launching, scripted, store: LineageStore) -> None:
    for number in range(4):
        run(launching, scripted, number)
    found = find_garbage(store, Limits(outputs=2))
    assert listed(found) == [("outputs", 1), ("outputs", 2)]
    files = [path for path in launching.root.glob("Trainer/*/1/**/*") if path.is_file()]
    assert found[0].size == sum(path.stat().st_size for path in files) > len("modelweights")
    assert [remove_garbage(store, item) for item in found] == ["", ""]
    assert {name.split("/")[2] for name in launching.files()} == {"3", "4"}
    states = [one.state for group in get_run(store, 1).outputs.values() for one in group]
    assert states == [ArtifactState.DELETED, ArtifactState.DELETED]
    assert find_garbage(store, Limits(outputs=2)) == []


def test_what_others_depend_on_stays(launching, scripted, store: LineageStore) -> None:
    run(launching, scripted, 1)
    base = Model(get_run(store, 1).outputs["model"][0].uri)
    run(launching, scripted, 2)
    run(launching, scripted, 3, inputs={"base_model": [base]})
    run(launching, scripted, 2)  # is cached: reuses the outputs of run 2
    run(launching, scripted, 5)
    assert listed(find_garbage(store, Limits(outputs=2))) == [("outputs", 3)]
    assert listed(find_garbage(store, Limits(outputs=1))) == [("outputs", 2), ("outputs", 3)]


def test_outputs_that_come_to_be_needed_stay(launching, scripted, store: LineageStore) -> None:
    run(launching, scripted, 1)
    run(launching, scripted, 2)
    (item,) = find_garbage(store, Limits(outputs=1))
    run(launching, scripted, 1)  # is cached
    assert remove_garbage(store, item) == "another run has come to depend on it"
    assert len(launching.files()) == 4


def test_each_node_keeps_its_own(launching, scripted, store: LineageStore) -> None:
    run(launching, scripted, 1)
    run(launching, scripted, 2, node="Other")
    assert find_garbage(store, Limits(outputs=1)) == []


def test_checkpoints(launching, scripted, store: LineageStore) -> None:
    fail(launching, scripted, 1)
    fail(launching, scripted, 1, fresh=True)
    fail(launching, scripted, 2)
    assert listed(find_garbage(store, Limits())) == [("checkpoints", 1)]
    assert listed(find_garbage(store, Limits(checkpoints=2))) == []
    assert len(find_garbage(store, Limits(checkpoints=0))) == 3
    run(launching, scripted, 1, fresh=True)
    found = find_garbage(store, Limits(checkpoints=5))
    assert listed(found) == [("checkpoints", 1), ("checkpoints", 2)]
    assert found[0].why == "run 4 has completed the same"
    assert [remove_garbage(store, item) for item in found] == ["", ""]
    working = launching.root / "Trainer" / ".working"
    assert [path.name for path in working.iterdir()] == ["3"]
    assert get_run(store, 1).execution.properties["kept_checkpoints"] == "removed"


def test_leftovers_of_runs_that_have_ended(launching, scripted, store: LineageStore) -> None:
    run(launching, scripted, 1)
    fail(launching, scripted, 2)
    fail(launching, scripted, 3, checkpoint=False)
    working = launching.root / "Trainer" / ".working"
    for name in ("1/tmp", "2/tmp", "3/model"):
        (working / name).mkdir(parents=True)
    (launching.root / "Trainer" / "model" / "3").mkdir()
    found = find_garbage(store, Limits())
    assert listed(found) == [("working", 1), ("working", 2), ("working", 3), ("abandoned", 3)]
    assert found[1].paths == [working / "2" / "tmp"]
    assert [remove_garbage(store, item) for item in found] == [""] * 4
    assert [path.name for path in working.iterdir()] == ["2"]
    assert not (launching.root / "Trainer" / "model" / "3").exists()


def test_what_the_database_does_not_know_stays(launching, scripted, store: LineageStore) -> None:
    fail(launching, scripted, 1, checkpoint=False)
    node = launching.root / "Trainer"
    for name in ("model/99", ".working/98", "model/mine", "notes/1", "../Elsewhere/model/1"):
        (node / name).mkdir(parents=True)
    (launching.root / "model").mkdir()
    assert find_garbage(store, Limits(outputs=1, checkpoints=0)) == []


def test_runs_that_go_on_and_runs_of_other_databases(launching, store: LineageStore) -> None:
    def body(inputs, outputs, properties) -> None:
        assert find_garbage(store, Limits()) == []

    launch(launching.request(body))
    launching.metadata.unlink()
    with pytest.raises(Exception, match="is there already"):
        launch(launching.request(body))
    other = LineageStore.open(launching.metadata)
    assert find_garbage(other, Limits(outputs=1, checkpoints=0)) == []


def test_a_dead_run(launching, scripted, store, monkeypatch: pytest.MonkeyPatch) -> None:
    def body(inputs, outputs, properties) -> None:
        Path(outputs["model"][0].uri, "half").touch()
        with monkeypatch.context() as patch:
            patch.setattr(ProcessIdentity, "is_dead", lambda self, here: True)
            (item,) = find_garbage(store, Limits())
        assert (item.kind, item.why) == ("working", "its process died")

    launch(launching.request(body))


def test_symbolic_links_are_never_followed(
    launching, scripted, store: LineageStore, tmp_path: Path
) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").touch()
    for number in range(3):
        run(launching, scripted, number)
    node = launching.root / "Trainer"
    (node / "model" / "1" / "link").symlink_to(treasure)
    shutil.rmtree(node / "model" / "2")
    (node / "model" / "2").symlink_to(treasure)
    (node / ".working" / "3").symlink_to(treasure)
    found = find_garbage(store, Limits(outputs=1))
    assert listed(found) == [("outputs", 1), ("outputs", 2)]
    assert [remove_garbage(store, item) for item in found] == ["", ""]
    assert (treasure / "gold").exists()
    assert (node / "model" / "2").is_symlink()

    moved = launching.root / "Moved"
    node.rename(moved)
    node.symlink_to(moved)
    assert find_garbage(store, Limits(outputs=1)) == []


def test_a_link_that_appears_between_finding_and_removing(
    launching, scripted, store: LineageStore, tmp_path: Path
) -> None:
    for number in range(2):
        run(launching, scripted, number)
    (item,) = find_garbage(store, Limits(outputs=1))
    model = launching.root / "Trainer" / "model"
    model.rename(tmp_path / "model")
    model.symlink_to(tmp_path / "model")
    assert "is a symbolic link: left alone" in remove_garbage(store, item)
    assert (tmp_path / "model" / "1").is_dir()


def test_an_interrupted_removal_is_finished(
    launching, scripted, store: LineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        run(launching, scripted, number)
    (item,) = find_garbage(store, Limits(outputs=1))

    def full(path: Path) -> None:
        raise OSError(5, "Input/output error", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", full)
        assert "Input/output error" in remove_garbage(store, item)
    found = find_garbage(store, Limits())
    assert [remove_garbage(store, item) for item in found] == [""] * len(found)
    assert find_garbage(store, Limits()) == []
    assert {name.split("/")[2] for name in launching.files()} == {"2"}


def test_only_below_one_root(launching, scripted, store: LineageStore, tmp_path: Path) -> None:
    for number in range(2):
        run(launching, scripted, number)
        run(launching, scripted, number, output_root=tmp_path / "b", metadata=launching.metadata)
    limits = Limits(outputs=1, root=launching.root)
    assert {item.run.properties["output_root"] for item in find_garbage(store, limits)} <= {
        str(launching.root)
    }


def test_artifacts_elsewhere_are_never_outputs_to_remove(
    launching, scripted, store: LineageStore, tmp_path: Path
) -> None:
    run(launching, scripted, 1)
    run(launching, scripted, 2)
    with store.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE Artifact SET uri = '{tmp_path}' WHERE id = 3")
    assert find_garbage(store, Limits(outputs=1)) == []
    assert Workspace(launching.root, "Trainer", 1, ()).published("model").is_dir()


def test_leftovers_of_dead_processes_are_removed_at_the_next_launch(launching, scripted) -> None:
    """They died between recording how a run ended and removing what nobody needs."""
    store = LineageStore.open(launching.metadata)
    root, node = Path(launching.root), "Trainer"
    here = ProcessIdentity.here().properties()
    dead = {**here, "process/pid": 2**22 + 1, "output_root": str(root), "workspace": 1}
    living = {**dead, **here}
    trainer, contexts = TypeSpec("T", "mlmd.Train"), RunContexts("p", "r", node)

    def ended(properties, how, **more) -> str:
        number = store.begin_execution(trainer, contexts, {}, properties)
        for name in ("model", "model_run"):
            folder = root / node / ".working" / str(number) / name
            folder.mkdir(parents=True)
            (folder / "file").write_text("x")
        how(number, **more)
        return f"{node}/.working/{number}/"

    def complete(number: int) -> None:
        store.complete_execution(number, {}, {})

    def fail(number: int, kept: bool = False) -> None:
        place = root / node / ".working" / str(number) / "model_run"
        store.fail_execution(number, {"kept_checkpoints": str(place)} if kept else {})

    gone = [ended(dead, complete), ended(dead, fail)]
    with_checkpoints = ended(dead, fail, kept=True)
    others = [ended(living, complete), ended({**dead, "workspace": 0}, fail)]
    others += [ended({**dead, "output_root": str(root / "else")}, fail)]
    others += [ended({**dead, "process/host": "elsewhere"}, fail), f"{node}/.working/999/"]
    (root / node / ".working" / "999").mkdir()
    (root / node / ".working" / "999" / "file").write_text("x")

    run(launching, scripted, 1)

    left = {name for name in launching.files() if ".working" in name}
    assert not any(name.startswith(tuple(gone)) for name in left)
    assert {name for name in left if name.startswith(with_checkpoints)} == {
        f"{with_checkpoints}model_run/file"
    }
    assert all(any(name.startswith(other) for name in left) for other in others)
