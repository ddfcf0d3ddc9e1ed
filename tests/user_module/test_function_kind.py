from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.errors import InvalidArgumentError
from trainwright.user_module.function_kind import kind_of_function

RUN = "def run_fn(fn_args): pass\n"
TRAIN = "def trainer_fn(fn_args, schema): pass\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (RUN, "run_fn"),
        (TRAIN, "trainer_fn"),
        (TRAIN + RUN, "run_fn"),
        ("from elsewhere import run_fn", "run_fn"),
        ("from elsewhere import *\n" + TRAIN, "trainer_fn"),
        ("def", "trainer_fn"),
    ],
)
def test_a_file(tmp_path: Path, source: str, expected: str) -> None:
    (tmp_path / "m.py").write_text(source)
    assert kind_of_function({"module_file": str(tmp_path / "m.py")}) == expected


def test_a_file_and_its_function(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(TRAIN + RUN)
    assert kind_of_function({"module_file": f"{path}:trainer_fn"}) == "trainer_fn"
    assert kind_of_function({"module_file": f"{path}:run_fn"}) == "run_fn"
    with pytest.raises(InvalidArgumentError, match="unknown whether build of .*custom_executor"):
        kind_of_function({"module_file": f"{path}:build"})


def test_what_only_running_it_would_tell(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("from elsewhere import *")
    with pytest.raises(InvalidArgumentError, match=r"imports \* from another module"):
        kind_of_function({"module_file": str(tmp_path / "m.py")})


def test_a_module_is_found_but_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "kinds_of_functions"
    (package / "sub").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "sub" / "__init__.py").write_text(RUN)
    (package / "model.py").write_text(TRAIN)
    (tmp_path / "kind_of_run.py").write_text(RUN)
    monkeypatch.syspath_prepend(tmp_path)
    for module, expected in (
        ("kinds_of_functions.sub", "run_fn"),
        ("kinds_of_functions.model", "trainer_fn"),
        ("kind_of_run", "run_fn"),
        ("kinds_of_functions.absent", "trainer_fn"),
        ("kind_of_nothing", "trainer_fn"),
        ("kinds_of_functions.model:run_fn", "run_fn"),
    ):
        assert kind_of_function({"module_path": module}) == expected


@pytest.mark.parametrize("name", ["run_fn", "trainer_fn"])
def test_a_dotted_name(name: str) -> None:
    assert kind_of_function({name: "package.module.build"}) == name
