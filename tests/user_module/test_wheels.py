from __future__ import annotations

import stat
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from trainwright.errors import UserModuleError
from trainwright.remote.stage import Stage
from trainwright.user_module.function_kind import kind_of_function
from trainwright.user_module.loading import (
    FunctionSource,
    check_source,
    find_function,
    loaded_function,
)
from trainwright.user_module.places import local_source
from trainwright.user_module.wheels import split_wheel, unpack_wheel

FILES = {
    "wheel_model.py": "import wheel_helper\ndef run_fn(): return wheel_helper.VALUE\n",
    "wheel_helper.py": "VALUE = 1\n",
    "wheel_package/__init__.py": "",
    "wheel_package/deep/__init__.py": "def trainer_fn(): return 'deep'\n",
    "wheel_package/model.py": (
        "from . import parts\nfrom .parts import words\n"
        "def build(): return words()\ndef run_fn(): return parts.VALUE\n"
    ),
    "wheel_package/parts.py": (
        "from pathlib import Path\nVALUE = 2\n"
        "def words(): return (Path(__file__).parent / 'words.txt').read_text()\n"
    ),
    "wheel_package/words.txt": "hello",
    "taxi-1.0.data/purelib/wheel_pure.py": "def run_fn(): return 'pure'\n",
    "taxi-1.0.dist-info/METADATA": "Name: taxi\n",
}


def make_wheel(path: Path, files: Mapping[str, str] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(tmp_path / "taxi-1.0-py3-none-any.whl")


def call(value: str, key: str = "module_path", name: str = "run_fn") -> object:
    before = set(sys.modules), list(sys.path)
    with Stage() as stage:
        source = local_source(find_function({key: value}, name), stage)
        with loaded_function(source) as function:
            result = function()
    left = {name for name in set(sys.modules) - before[0] if name.startswith("wheel_")}
    assert not left
    assert sys.path == before[1]
    return result


@pytest.mark.parametrize("key", ["module_file", "module_path"])
@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("wheel_model", 1),
        ("wheel_package.model", 2),
        ("wheel_pure", "pure"),
    ],
)
def test_modules_in_a_wheel(wheel: Path, key: str, module: str, expected: object) -> None:
    assert call(f"{module}@{wheel}", key) == expected


def test_other_functions_in_a_wheel(wheel: Path) -> None:
    assert call(f"wheel_package.model@{wheel}:build") == "hello"
    assert call(f"wheel_package.deep@{wheel}", name="trainer_fn") == "deep"


def test_a_wheel_that_is_built_again(wheel: Path) -> None:
    assert call(f"wheel_model@{wheel}") == 1
    make_wheel(wheel, FILES | {"wheel_helper.py": "VALUE = 3\n"})
    assert call(f"wheel_model@{wheel}") == 3


def test_the_kind_of_a_function_in_a_wheel(wheel: Path) -> None:
    assert kind_of_function({"module_path": f"wheel_model@{wheel}"}) == "run_fn"
    assert kind_of_function({"module_path": f"wheel_package.deep@{wheel}"}) == "trainer_fn"
    assert kind_of_function({"module_path": f"wheel_model@{wheel}:trainer_fn"}) == "trainer_fn"
    assert kind_of_function({"module_path": "wheel_model@absent.whl"}) == "trainer_fn"


def test_what_is_no_wheel() -> None:
    assert split_wheel("model.py") is None
    assert split_wheel("/home/me@work/model.py") is None
    assert split_wheel("/home/me@work/taxi.whl") is None
    assert split_wheel("a.b@gs://c/d.whl") == ("a.b", "gs://c/d.whl")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("wheel_modl@{wheel}", 'no module wheel_modl in the wheel {wheel}.*mean "wheel_model"'),
        ("wheel_package@{wheel}", r"no function run_fn in wheel_package@{wheel}"),
        ("wheel_model@{wheel}:rn_fn", r'To use another one, give "wheel_model@{wheel}:run_fn"'),
        ("wheel_model@{wheel}x.whl", "There is no wheel {wheel}x.whl"),
    ],
)
def test_what_is_not_in_a_wheel(wheel: Path, value: str, text: str) -> None:
    with pytest.raises(UserModuleError, match=text.format(wheel=wheel)), Stage() as stage:
        check_source(
            local_source(find_function({"module_path": value.format(wheel=wheel)}, "run_fn"), stage)
        )


def test_a_module_in_a_wheel_that_fails_to_import(wheel: Path) -> None:
    make_wheel(wheel, {"wheel_model.py": "x = 1\n1/0\ndef run_fn(): pass\n"})
    with pytest.raises(UserModuleError, match=rf"line 2 of {wheel}/wheel_model\.py.*by zero"):
        call(f"wheel_model@{wheel}")


def test_a_module_in_a_wheel_with_the_name_of_an_installed_one(wheel: Path) -> None:
    make_wheel(wheel, {"json.py": "def run_fn(): pass\n"})
    with pytest.raises(UserModuleError, match="json of the wheel .* name of an installed one"):
        call(f"json@{wheel}")


def test_a_wheel_must_be_unpacked_first(wheel: Path) -> None:
    source = FunctionSource("wheel", "wheel_model", "run_fn", str(wheel))
    with pytest.raises(UserModuleError, match="is not unpacked"), loaded_function(source):
        pass


@pytest.mark.parametrize(
    "name", ["../evil.py", "/tmp/evil.py", "a/../../evil.py", "a\\..\\evil.py"]
)
def test_nothing_leads_out_of_a_wheel(tmp_path: Path, name: str) -> None:
    wheel = make_wheel(tmp_path / "a.whl", {"first.py": "", name: "x"})
    with pytest.raises(UserModuleError, match="holds .*evil.*which is a link or leads out of it"):
        unpack_wheel(wheel, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "evil.py").exists()


def test_links_in_a_wheel(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UserModuleError, match="'link.py', which is a link"):
        unpack_wheel(tmp_path / "a.whl", tmp_path / "out")


@pytest.mark.parametrize("cut", [0, 40, -30])
def test_a_damaged_wheel(wheel: Path, tmp_path: Path, cut: int) -> None:
    wheel.write_bytes(wheel.read_bytes()[:cut])
    with pytest.raises(UserModuleError, match=f"{wheel} cannot be unpacked as a wheel"):
        unpack_wheel(wheel, tmp_path / "out")
