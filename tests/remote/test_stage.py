from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest

from trainwright.errors import ArtifactError, ExportError, UserModuleError
from trainwright.events import RunObserver, observing
from trainwright.remote.stage import Stage


@pytest.fixture
def memory() -> Any:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    yield memory
    memory.store.clear()


def test_directories_are_copied_once(tmp_path: Path, memory: Any) -> None:
    memory.pipe({"/b/data/one": b"1", "/b/data/sub/two": b"2", "/b/database/no": b"0"})
    heard: list[str] = []

    class Stages(RunObserver):
        def on_stage(self, name: str) -> None:
            heard.append(name)

    with observing(Stages()), Stage(tmp_path / "new") as stage:
        local = Path(stage.directory("memory://b/data"))
        files = sorted(str(p.relative_to(local)) for p in local.rglob("*") if p.is_file())
        assert files == ["one", "sub/two"]
        assert local.is_relative_to(tmp_path)
        assert stage.directory("memory://b/data/") == str(local)
        assert stage.directory("memory://b/data/sub") == str(local / "sub")
        assert stage.directory(str(tmp_path)) == str(tmp_path)
        assert stage.directory(f"file://{tmp_path}") == str(tmp_path)
    assert heard == ["copying memory://b/data to the local disk"]
    assert not list((tmp_path / "new").iterdir())


def test_only_some_files(memory: Any) -> None:
    memory.pipe({"/d/a/1": b"1", "/d/b/2": b"2"})
    with Stage() as stage:
        part = Path(stage.directory("memory://d", lambda name: name.startswith("a/")))
        assert (part / "a" / "1").read_bytes() == b"1"
        assert list((part / "b").iterdir()) == []
        assert (Path(stage.directory("memory://d")) / "b" / "2").exists()


def test_absent_ones_are_absent_locally(memory: Any) -> None:
    with Stage() as stage:
        assert not Path(stage.directory("memory://none")).exists()
        assert not Path(stage.file("memory://none/file")).exists()
        assert stage.file("file:///some/file") == "/some/file"


def test_errors_name_the_originals(memory: Any) -> None:
    memory.pipe({"/d/f": b""})
    stage = Stage()
    local, file = stage.directory("memory://d"), stage.file("memory://d/f")
    assert Path(file).read_bytes() == b""
    with pytest.raises(ArtifactError) as caught, stage:
        raise ArtifactError(f"Bad: {local}/f", hint=f"Look into {file}.")
    assert str(caught.value) == "Bad: memory://d/f Look into memory://d/f."
    assert caught.value.args == ("Bad: memory://d/f",)


def test_what_cannot_be_read(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("not yours")

    memory.pipe({"/d/f": b""})
    monkeypatch.setattr(type(memory), "get_file", refuse)
    with (
        Stage() as stage,
        pytest.raises(UserModuleError, match="memory://d could not be read: Perm.*: not yours"),
    ):
        stage.directory("memory://d", None, UserModuleError)


def test_names_that_lead_out(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(memory), "find", lambda *_: ["/d/../evil"])
    with Stage() as stage, pytest.raises(ArtifactError, match=r"'\.\./evil', which leads out"):
        stage.directory("memory://d")


def test_an_upload_replaces_and_ends_with_what_makes_a_model(
    tmp_path: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("saved_model.pb", "variables/index", "zeta"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    memory.pipe({"/m/old": b""})
    put, order = type(memory).put_file, []

    def watch(self: Any, source: str, target: str, **kwargs: Any) -> Any:
        order.append(target)
        return put(self, source, target, **kwargs)

    monkeypatch.setattr(type(memory), "put_file", watch)
    Stage().upload(tmp_path, "memory://m")
    assert order == ["/m/variables/index", "/m/zeta", "/m/saved_model.pb"]
    assert sorted(memory.find("/m")) == sorted(order)


def test_an_upload_that_fails_leaves_nothing(
    tmp_path: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    put = type(memory).put_file

    def fail(self: Any, source: str, target: str, **kwargs: Any) -> Any:
        if target.endswith("b"):
            raise OSError("quota")
        return put(self, source, target, **kwargs)

    monkeypatch.setattr(type(memory), "put_file", fail)
    with pytest.raises(ExportError, match="memory://m could not be written: OSError: quota"):
        Stage().upload(tmp_path, "memory://m")
    assert memory.find("/m") == []
