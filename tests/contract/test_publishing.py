from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trainwright.contract.publishing import (
    find_serving_export,
    publish_copies,
    publish_staged,
    staged_model,
)
from trainwright.errors import ExportError


class FinalExporter:
    def __init__(self, name: str):
        self.name = name


def exporter(name: str) -> Any:
    return SimpleNamespace(name=name)


def make_export(model_dir: Path, name: str, timestamp: int) -> Path:
    folder = model_dir / "export" / name / str(timestamp)
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_text(f"{name} {timestamp}")
    return folder


def test_the_newest_of_several_timestamps(tmp_path: Path) -> None:
    make_export(tmp_path, "a", 999)
    newest = make_export(tmp_path, "a", 1000)
    (tmp_path / "export" / "a" / "temp-2000").mkdir()
    (tmp_path / "export" / "a" / "3000").mkdir()  # of an export that failed
    assert find_serving_export(str(tmp_path), [exporter("a")]) == newest


def test_the_final_exporter_of_several(tmp_path: Path) -> None:
    exports = {name: make_export(tmp_path, name, 1) for name in "abc"}
    find = find_serving_export
    assert find(str(tmp_path), [exporter("a"), FinalExporter("b"), exporter("c")]) == exports["b"]
    assert find(str(tmp_path), [FinalExporter("a"), FinalExporter("b")]) == exports["b"]
    assert find(str(tmp_path), [exporter("a"), exporter("b")]) == exports["b"]
    with pytest.raises(ExportError, match="'none' wrote nothing"):
        find(str(tmp_path), (exporter("a"), exporter("none")))


def test_no_export_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="has no exporters"):
        find_serving_export(str(tmp_path), ())
    with pytest.raises(ExportError, match="'a' wrote nothing"):
        find_serving_export(str(tmp_path), [exporter("a")])
    (tmp_path / "export" / "a").mkdir(parents=True)
    (tmp_path / "export" / "a" / "notes").touch()
    with pytest.raises(ExportError, match=f"no SavedModel in {tmp_path}/export/a"):
        find_serving_export(str(tmp_path), [exporter("a")])


def test_copies_appear_and_replace(tmp_path: Path) -> None:
    source = make_export(tmp_path, "a", 1)
    old = tmp_path / "model" / "Format-Serving"
    old.mkdir(parents=True)
    (old / "left-over").touch()
    publish_copies({str(old): str(source), str(tmp_path / "model" / "Format-TFMA"): str(source)})
    for name in ("Format-Serving", "Format-TFMA"):
        folder = tmp_path / "model" / name
        assert sorted(p.name for p in folder.iterdir()) == ["saved_model.pb", "variables"]
    assert len(list((tmp_path / "model").iterdir())) == 2
    assert source.is_dir()


def test_a_copy_that_fails_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_export(tmp_path, "a", 1)
    copy, calls = shutil.copytree, []

    def full_disk(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return copy(*args, **kwargs)

    monkeypatch.setattr(shutil, "copytree", full_disk)
    with pytest.raises(OSError, match="No space"):
        publish_copies({str(tmp_path / "m" / name): str(source) for name in ("one", "two")})
    assert list((tmp_path / "m").iterdir()) == []


def test_a_staged_model_is_moved(tmp_path: Path) -> None:
    model = tmp_path / "model"
    with staged_model(model) as staging:
        (staging / "Format-Serving").mkdir()
        (staging / "Format-Serving" / "weights").write_text("1")
        assert not (model / "Format-Serving").exists()
        publish_staged(staging, f"{model}/Format-Serving", f"{model}/Format-TFMA", "run_fn")
    assert [p.name for p in model.iterdir()] == ["Format-Serving"]
    assert (model / "Format-Serving" / "weights").read_text() == "1"


def test_a_staged_model_that_is_not_there(tmp_path: Path) -> None:
    serving = f"{tmp_path}/model/Format-Serving"
    with staged_model(tmp_path / "model") as staging:
        (staging / "Format-Serving").mkdir()
        with pytest.raises(ExportError, match=f"run_fn wrote no model: .* {serving}"):
            publish_staged(staging, serving, f"{tmp_path}/model/Format-TFMA", "run_fn")
    assert not (tmp_path / "model").exists()
