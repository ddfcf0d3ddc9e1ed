from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from trainwright.artifacts import Examples, Model
from trainwright.executor import GenericExecutor
from trainwright.launcher import LaunchRequest
from trainwright.launcher.identify import Identified, identify, module_source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "data/records": "1",
        "code/module.py": "import helper\n",
        "code/helper.py": "",
        "lib/package/__init__.py": "",
        "lib/package/model.py": "from package import layers\n",
        "lib/package/layers.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    return tmp_path


def identified(folder: Path, properties: dict[str, Any], **kwargs: Any) -> Identified:
    options: dict[str, Any] = {
        "executor_class": GenericExecutor,
        "inputs": {"examples": [Examples(folder / "data", split_names=["train"])]},
        "exec_properties": properties,
        "output_root": folder / "out",
    }
    return identify(LaunchRequest(**options | kwargs), folder / "out")


def part(found: Identified, section: str) -> dict[str, str]:
    assert found.identity is not None, found.problem
    return dict(found.identity.parts[section])


def test_a_module_file_counts_by_its_contents(folder: Path) -> None:
    found = identified(folder, {"module_file": str(folder / "code" / "module.py")})
    assert sorted(part(found, "code")) == ["helper.py", "module.py"]
    assert part(found, "property") == {"executor": "trainwright.executor.GenericExecutor"}
    named = identified(folder, {"module_file": f"{folder}/code/module.py:build"})
    assert part(named, "property")["function"] == "build"


@pytest.mark.parametrize(
    "properties", [{"module_path": "package.model"}, {"run_fn": "package.model.run_fn"}]
)
def test_importable_modules(folder: Path, properties: dict[str, str]) -> None:
    found = identified(folder, properties)
    assert sorted(part(found, "code")) == [
        *("package/__init__.py", "package/layers.py", "package/model.py")
    ]
    assert properties.items() <= part(found, "property").items()


def test_a_wheel_counts_as_a_whole(folder: Path) -> None:
    wheel = folder / "taxi-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("model.py", "")
    found = identified(folder, {"module_file": f"model@{wheel}"})
    assert list(part(found, "code")) == [wheel.name]
    assert part(found, "property")["module"] == "model"
    assert "module_file" not in part(found, "property")


@pytest.mark.parametrize(
    "properties",
    [
        {"module_path": "no.such.module"},
        {"module_file": "a.py", "run_fn": "b.c"},
        {"module_file": "s3://bucket/module.py"},
    ],
)
def test_code_that_cannot_be_found(folder: Path, properties: dict[str, str]) -> None:
    found = identified(folder, properties)
    assert (found.identity, found.problem) == (None, "the source of the module cannot be found")
    assert module_source(properties) is None


def test_a_module_file_that_is_absent(folder: Path) -> None:
    assert "No such file" in identified(folder, {"module_file": str(folder / "x.py")}).problem


def test_inputs(folder: Path) -> None:
    several = [Examples(folder / "data", custom_properties={"x": 1, "is_external": 1})] * 2
    found = part(identified(folder, {}, inputs={"examples": several, "base_model": []}), "input")
    assert sorted(found) == [
        *("examples[0]", "examples[0] type", "examples[0] x"),
        *("examples[1]", "examples[1] type", "examples[1] x"),
    ]
    assert found["examples[0]"].startswith("1 file, 1 byte, sha256 ")
    absent = identified(folder, {}, inputs={"base_model": [Model(folder / "absent")]})
    assert "absent: No such file" in absent.problem


def test_what_it_starts_from(folder: Path) -> None:
    (folder / "model.ckpt-3.index").write_text("i")
    (folder / "model.ckpt-3.data-00000-of-00001").write_text("d")
    properties = {"warm_starting": True, "warm_start_from": str(folder / "model.ckpt-3")}
    by_prefix = part(identified(folder, properties), "input")["warm_start_from"]
    (folder / "model.ckpt-3.index").write_text("j")
    assert part(identified(folder, properties), "input")["warm_start_from"] != by_prefix
    gone = identified(folder, {**properties, "warm_start_from": str(folder / "gone")})
    assert part(gone, "input")["warm_start_from"] == "absent"
    remote = identified(folder, {**properties, "warm_start_from": "gs://bucket/model"})
    assert remote.problem == "gs://bucket/model is not a local directory"


def test_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    assert part(identified(folder, {}), "environment") == {"TF_USE_LEGACY_KERAS": "1"}
    assert set(part(identified(folder, {}), "version")) >= {"trainwright", "tensorflow"}


def test_executors_of_ones_own(folder: Path) -> None:
    class Local(GenericExecutor): ...

    assert "is defined inside a function" in identified(folder, {}, executor_class=Local).problem
    missing = type("Missing", (GenericExecutor,), {"__module__": "nowhere", "__qualname__": "M"})
    assert "nowhere.M cannot be found" in identified(folder, {}, executor_class=missing).problem
    found = identified(folder, {}, executor_class=Top)
    assert [name for name in part(found, "code") if name.endswith("test_identify.py")]


class Top(GenericExecutor):
    """An executor of this file."""


def test_what_has_changed_since(folder: Path) -> None:
    found = identified(folder, {"module_file": str(folder / "code" / "module.py")})
    assert found.changed() == []
    os.utime(folder / "data" / "records", (1, 1))
    (folder / "code" / "helper.py").write_text("x")
    assert found.changed() == [str(folder / "data"), str(folder / "code" / "helper.py")]
