from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.errors import ExportError, InvalidArgumentError
from trainwright.launcher.workspace import Workspace, remove_working_directory


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, "Trainer", 7, ["model_run", "model"])


def fill(workspace: Workspace) -> None:
    workspace.create()
    for key in ("model", "model_run"):
        (workspace.working(key) / "part").write_text(key)


def test_outputs_appear_by_publishing(workspace: Workspace) -> None:
    fill(workspace)
    assert not workspace.published("model").exists()
    workspace.publish()
    assert (workspace.published("model") / "part").read_text() == "model"
    assert (workspace.published("model_run") / "part").read_text() == "model_run"
    workspace.clear()
    assert not workspace.directory.exists()


def test_an_output_that_cannot_appear_is_an_error_and_leaves_nothing(workspace: Workspace) -> None:
    fill(workspace)
    workspace.published("model").mkdir(parents=True)
    (workspace.published("model") / "other").touch()
    with pytest.raises(ExportError, match="not empty"):
        workspace.publish()
    workspace.abandon()
    assert not workspace.published("model_run").exists()
    assert [path.name for path in workspace.published("model").iterdir()] == ["other"]


def test_published_paths(workspace: Workspace) -> None:
    inside = str(workspace.working("model_run") / "export" / "final")
    assert workspace.published_path(inside) == str(
        workspace.published("model_run") / "export/final"
    )
    assert workspace.published_path("/elsewhere/model") == "/elsewhere/model"


@pytest.mark.parametrize("taken", ["Trainer/.working/7", "Trainer/model/7"])
def test_directories_in_use_are_refused(workspace: Workspace, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir(parents=True)
    with pytest.raises(InvalidArgumentError, match=f"{taken} is there already"):
        workspace.create()


def test_checkpoint_states_become_relative(workspace: Workspace) -> None:
    workspace.create()
    folder = workspace.working("model_run") / "run"
    folder.mkdir()
    state = (
        f'model_checkpoint_path: "{folder}/model.ckpt-3"\n'
        f'all_model_checkpoint_paths: "{folder}/model.ckpt-1"\n'
        f'all_model_checkpoint_paths: "{folder}/model.ckpt-3"\n'
        f'all_model_checkpoint_paths: "/elsewhere/model.ckpt-0"\n'
    )
    (folder / "checkpoint").write_text(state)
    workspace.publish()
    assert (workspace.published("model_run") / "run" / "checkpoint").read_text() == (
        'model_checkpoint_path: "model.ckpt-3"\n'
        'all_model_checkpoint_paths: "model.ckpt-1"\n'
        'all_model_checkpoint_paths: "model.ckpt-3"\n'
        'all_model_checkpoint_paths: "/elsewhere/model.ckpt-0"\n'
    )


def test_only_working_directories_are_removed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    remove_working_directory(precious)
    assert precious.is_dir()
    remove_working_directory(tmp_path / ".working" / "1")
