"""Module files and wheels on remote file systems, and ``file://`` addresses."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from trainwright.errors import InvalidArgumentError, UserModuleError
from trainwright.remote.stage import Stage
from trainwright.user_module.function_kind import kind_of_function
from trainwright.user_module.loading import find_function, loaded_function
from trainwright.user_module.places import local_source


@pytest.fixture
def memory() -> Iterator[Any]:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe(
        {
            "/code/model.py": b"import far_helper, far_package.part\n"
            b"def run_fn(): return far_helper.VALUE, far_package.part.VALUE\n"
            b"def other(): return __file__\n",
            "/code/far_helper.py": b"VALUE = 1\n",
            "/code/far_package/part.py": b"VALUE = 2\n",
            "/code/data.bin": b"0" * 100,
            "/code/.git/hook.py": b"",
        }
    )
    yield memory
    memory.store.clear()


def call(value: str, name: str = "run_fn", key: str = "module_file") -> Any:
    with Stage() as stage:
        source = local_source(find_function({key: value}, name), stage)
        with loaded_function(source) as function:
            return function()


def test_a_remote_module_file_with_its_siblings(memory: Any) -> None:
    assert call("memory://code/model.py") == (1, 2)
    memory.pipe({"/code/far_helper.py": b"VALUE = 3\n"})
    assert call("memory://code/model.py") == (3, 2)
    place = Path(call("memory://code/model.py:other"))
    assert place.name == "model.py"
    assert not place.exists()


def test_only_python_is_fetched(memory: Any) -> None:
    source = find_function({"module_file": "memory://code/model.py"}, "run_fn")
    with Stage() as stage:
        folder = Path(local_source(source, stage).location).parent
        names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert names == ["far_helper.py", "far_package/part.py", "model.py"]


def test_the_kind_of_a_remote_function(memory: Any) -> None:
    assert kind_of_function({"module_file": "memory://code/model.py"}) == "run_fn"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("memory://code/absent.py", "Module file memory://code/absent.py does not exist"),
        ("memory://nowhere/absent.py", "Module file memory://nowhere/absent.py does not exist"),
        ("memory://code/model.py:run", 'To use another one, give "memory://code/model.py:run_fn"'),
    ],
)
def test_remote_modules_that_are_absent(memory: Any, value: str, text: str) -> None:
    with pytest.raises(UserModuleError, match=text):
        call(value)


def test_a_remote_module_that_fails_to_import(memory: Any) -> None:
    memory.pipe({"/code/model.py": b"\n1/0\ndef run_fn(): pass\n"})
    with pytest.raises(UserModuleError, match=r"line 2 of memory://code/model\.py.*by zero"):
        call("memory://code/model.py")


def test_a_remote_module_without_a_driver() -> None:
    with pytest.raises(InvalidArgumentError, match="no driver for the file system of nosuch://b"):
        call("nosuch://b/model.py")


def test_a_remote_wheel(memory: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("far_wheel.py", "def run_fn(): return 'far'\n")
    memory.pipe({"/wheels/far-1-py3-none-any.whl": buffer.getvalue()})
    value = "far_wheel@memory://wheels/far-1-py3-none-any.whl"
    assert call(value, key="module_path") == "far"
    with pytest.raises(UserModuleError, match=r"There is no wheel memory://wheels/none\.whl"):
        call("far_wheel@memory://wheels/none.whl", key="module_path")


def test_a_file_address(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("def run_fn(): return __file__")
    assert call(f"file://{tmp_path}/model.py") == str(tmp_path / "model.py")
