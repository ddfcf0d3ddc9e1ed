from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

import pytest

from trainwright.errors import InvalidArgumentError, UserModuleError
from trainwright.user_module.loading import FunctionSource, find_function, loaded_function


def from_file(path: Path, function: str = "run_fn") -> FunctionSource:
    return find_function({"module_file": str(path)}, function)


def call(source: FunctionSource) -> object:
    with loaded_function(source) as function:
        return function()


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({}, "none of them"),
        ({"module_file": None, "module_path": "", "run_fn": None}, "none of them"),
        ({"module_file": "a.py", "module_path": "a"}, "module_file and module_path"),
        ({"module_file": "a.py", "run_fn": "a.run_fn"}, "module_file and run_fn"),
        ({"module_file": "a.py", "run_fn": "run_fn"}, r"path\.py:function"),
        ({"module_path": "a", "run_fn": "a.f"}, "module_path and run_fn"),
        ({"run_fn": "run_fn"}, "dotted name"),
        ({"run_fn": "a.no-name"}, "dotted name"),
        ({"module_file": 3}, "must be a string. Got 3"),
    ],
)
def test_exactly_one_place_for_the_function(properties: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidArgumentError, match=named) as caught:
        find_function(properties, "run_fn")
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"module_file": "d/a.py"}, ("file", "d/a.py", "run_fn")),
        ({"module_file": "d/a.py:build"}, ("file", "d/a.py", "build")),
        ({"module_file": Path("d/a.py")}, ("file", "d/a.py", "run_fn")),
        ({"module_path": "p.a"}, ("module", "p.a", "run_fn")),
        ({"module_path": "p.a:build"}, ("module", "p.a", "build")),
        ({"run_fn": "p.a.build"}, ("module", "p.a", "build")),
        ({"run_fn": "p.a:build"}, ("module", "p.a", "build")),
    ],
)
def test_places_of_the_function(properties: dict[str, object], expected: tuple[str, ...]) -> None:
    assert find_function(properties, "run_fn") == FunctionSource(*expected)


def test_a_file_whose_name_has_a_colon(tmp_path: Path) -> None:
    path = tmp_path / "a:b"
    path.write_text("def run_fn(): return 1")
    assert from_file(path).function == "run_fn"


def import_state() -> tuple[list[str], set[str], list[object]]:
    """What loading a module must leave as it was; the standard library may be loaded further."""
    library = (*sys.stdlib_module_names, "_sysconfigdata")
    modules = {name for name in sys.modules if not name.startswith(library)}
    return list(sys.path), modules, list(sys.path_hooks)


def test_a_module_file_imports_its_siblings(tmp_path: Path) -> None:
    (tmp_path / "pkg" / "sub").mkdir(parents=True)
    (tmp_path / "space").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("from pkg.sub import three")
    (tmp_path / "pkg" / "sub" / "__init__.py").write_text("three = 3")
    (tmp_path / "space" / "part.py").write_text("two = 2")
    (tmp_path / "helpers.py").write_text("one = 1")
    (tmp_path / "late.py").write_text("four = 4")
    (tmp_path / "model.py").write_text(
        "import helpers, pkg, space.part\n"
        "def run_fn():\n"
        "    import late\n"
        "    return helpers.one, space.part.two, pkg.three, late.four\n"
    )
    before = import_state()
    assert call(from_file(tmp_path / "model.py")) == (1, 2, 3, 4)
    assert import_state() == before
    assert not [path for path in sys.path_importer_cache if path.startswith(str(tmp_path))]


def test_edits_count_at_the_next_load_even_within_a_second(tmp_path: Path) -> None:
    model, helpers = tmp_path / "model.py", tmp_path / "helpers.py"
    for number in (1, 2, 3):  # the same length each time, so that only the contents differ
        helpers.write_text(f"value = {number}")
        model.write_text(f"import helpers\ndef run_fn(): return {number}, helpers.value")
        assert call(from_file(model)) == (number, number)


def test_a_sibling_wins_over_a_module_of_the_same_name_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helpers_of_test.py").write_text(f"where = {folder!r}")
    monkeypatch.syspath_prepend(tmp_path / "there")
    import helpers_of_test  # type: ignore[import-not-found]

    model = tmp_path / "here" / "model.py"
    model.write_text("import helpers_of_test as h\ndef run_fn(): return h.where")
    assert call(from_file(model)) == "here"
    assert sys.modules.pop("helpers_of_test") is helpers_of_test


def test_a_sibling_never_replaces_a_library_in_use(tmp_path: Path) -> None:
    import click

    (tmp_path / "click.py").write_text("raise AssertionError")
    (tmp_path / "model.py").write_text("import click\ndef run_fn(): return click")
    assert call(from_file(tmp_path / "model.py")) is click


def test_a_library_below_the_folder_is_no_sibling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "vendored_library.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path / "vendor")
    (tmp_path / "model.py").write_text("import vendored_library as v\ndef run_fn(): return v")
    library = call(from_file(tmp_path / "model.py"))
    assert call(from_file(tmp_path / "model.py")) is library
    assert sys.modules.pop("vendored_library") is library


def test_a_library_imported_for_the_first_time_stays(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("import colorsys\ndef run_fn(): return colorsys")
    sys.modules.pop("colorsys", None)
    library = call(from_file(tmp_path / "model.py"))
    assert sys.modules["colorsys"] is library


def test_a_module_may_change_sys_path_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("import sys\nsys.path.clear()\ndef run_fn(): pass")
    before = list(sys.path)
    call(from_file(tmp_path / "model.py"))
    assert sys.path == before


def test_a_dataclass_in_the_module_finds_its_module(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "from typing import ClassVar\n"
        "@dataclass\n"
        "class Units:\n"
        "    first: int = 1\n"
        "    many: ClassVar[int] = 2\n"
        "def run_fn(): return Units()\n"
    )
    assert "first=1" in repr(call(from_file(tmp_path / "model.py")))


def test_all_is_as_before_after_an_error(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("value = 1")
    (tmp_path / "model.py").write_text("import helpers\nraise RuntimeError('no')")
    before = import_state()
    with pytest.raises(UserModuleError):
        call(from_file(tmp_path / "model.py"))
    assert import_state() == before


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UserModuleError, match=r"model\.py does not exist; run_fn was to be loaded"):
        call(from_file(tmp_path / "model.py"))
    with pytest.raises(UserModuleError, match="is a directory"):
        call(from_file(tmp_path))


def test_no_such_function_names_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("from os.path import join\ndef train_fn(): pass\ndef other(): pass\n")
    with pytest.raises(UserModuleError) as caught:
        call(from_file(path, "trainer_fn"))
    assert caught.value.message == (
        f"There is no function trainer_fn in module file {path}. Its functions: train_fn, other."
    )
    assert caught.value.hint == f'To use another one, give "{path}:train_fn".'
    assert caught.value.exit_code == 5


def test_a_function_that_is_not_there_is_told_without_running_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("def other(): pass\nraise AssertionError('it was run')\n")
    with pytest.raises(UserModuleError, match=r"no function run_fn .* Its functions: other\."):
        call(from_file(path))


@pytest.mark.parametrize(
    "source",
    [
        "from there import *",
        "from there import build as run_fn, run_fn",
        "globals()['run_fn'] = lambda: 1",
        "def __getattr__(name):\n    return {'run_fn': lambda: 1}[name]",
        "run_fn = lambda: 1",
    ],
)
def test_functions_that_are_bound_in_other_ways(tmp_path: Path, source: str) -> None:
    (tmp_path / "there.py").write_text("def run_fn(): return 1\nbuild = run_fn\n")
    path = tmp_path / "model.py"
    path.write_text(source)
    assert call(from_file(path)) == 1


def test_a_module_without_functions(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("x = 1\n")
    with pytest.raises(UserModuleError, match="It has no functions"):
        call(from_file(tmp_path / "model.py"))
    with pytest.raises(UserModuleError, match="must be a function. It is 1"):
        call(from_file(tmp_path / "model.py", "x"))


@pytest.mark.parametrize(
    ("source", "cause", "text"),
    [
        ("def run_fn(): pass\n\n1/0\n", ZeroDivisionError, r"line 3 of .*model\.py.*by zero"),
        ("import no_such_thing\ndef run_fn(): pass\n", ModuleNotFoundError, "no_such_thing"),
        ("def run_fn(: pass\n", SyntaxError, r"line 1 of .*model\.py"),
        ("import sys\nsys.exit(3)\ndef run_fn(): pass\n", SystemExit, "line 2 .*SystemExit: 3"),
        ("import broken\ndef run_fn(): pass\n", SyntaxError, r"line 2 of .*broken\.py"),
        ("x = '\x00'\n", (SyntaxError, ValueError), "null byte"),
    ],
)
def test_a_module_that_fails_to_import(
    tmp_path: Path, source: str, cause: type[BaseException], text: str
) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ny = = 2\n")
    path = tmp_path / "model.py"
    path.write_text(source)
    with pytest.raises(UserModuleError, match=text) as caught:
        call(from_file(path))
    assert isinstance(caught.value.__cause__, cause)
    assert str(path) in caught.value.message
    assert "run_fn" in caught.value.message


def test_an_import_error_names_the_functions_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("import no_such_thing\ndef run_fn(): pass\ndef other(): pass\n")
    with pytest.raises(UserModuleError, match="Functions in the file: run_fn, other"):
        call(from_file(path))


def test_a_module_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "user_package_a"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.py").write_text("def run_fn(): return 1")
    monkeypatch.syspath_prepend(tmp_path)
    source = find_function({"module_path": "user_package_a.model"}, "run_fn")
    assert call(source) == 1
    assert source.folder == package
    (package / "model.py").write_text("def run_fn(): return 'edited'")
    assert call(source) == "edited"
    assert call(find_function({"run_fn": "user_package_a.model.run_fn"}, "run_fn")) == "edited"


def test_what_a_module_by_name_imports_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "user_package_c"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.py").write_text(
        "import user_module_c\nfrom user_package_c import part\n"
        "def run_fn(): return part.VALUE, user_module_c.VALUE\n"
    )
    (package / "part.py").write_text("VALUE = 1")
    (tmp_path / "user_module_c.py").write_text("VALUE = 1")
    monkeypatch.syspath_prepend(tmp_path)
    source = find_function({"run_fn": "user_package_c.model.run_fn"}, "run_fn")
    assert call(source) == (1, 1)
    first = sys.modules["user_package_c.model"]
    assert call(source) == (1, 1)
    assert sys.modules["user_package_c.model"] is first
    (package / "part.py").write_text("VALUE = 2")
    assert call(source) == (2, 1)
    (tmp_path / "user_module_c.py").write_text("VALUE = 2")
    assert call(source) == (2, 2)
    (package / "part.py").write_text("VALUE = ")
    with pytest.raises(UserModuleError, match=r"line 1 of .*part\.py"):
        call(source)
    assert sys.modules["user_package_c.model"].run_fn() == (2, 2)
    (package / "part.py").write_text("VALUE = 3")
    assert call(source) == (3, 2)


def test_a_module_by_name_that_is_absent_or_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "user_module_b.py").write_text("import no_such_thing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserModuleError, match="There is no module user_package_z") as absent:
        call(FunctionSource("module", "user_package_z.model", "run_fn"))
    assert "PYTHONPATH" in str(absent.value)
    with pytest.raises(UserModuleError, match="Importing user_module_b .*line 1 of"):
        call(FunctionSource("module", "user_module_b", "run_fn"))
    with pytest.raises(UserModuleError, match=r"no function nothing in json\. Its .*dump"):
        call(FunctionSource("module", "json", "nothing"))


def test_a_file_in_a_package_can_import_that_and_relatively(tmp_path: Path) -> None:
    package = tmp_path / "models_of_mine" / "wide"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package.parent / "features.py").write_text("KEY = 1\n")
    (package / "constants.py").write_text("SIZE = 2\n")
    (package / "model.py").write_text(
        "import constants\nfrom models_of_mine import features\nfrom .. import features as again\n"
        "from .constants import SIZE\n\ndef run_fn():\n"
        "    assert again is features\n    return features.KEY, SIZE, constants.SIZE\n"
    )
    before = set(sys.modules)
    assert call(from_file(package / "model.py")) == (1, 2, 2)
    (package.parent / "features.py").write_text("KEY = 3\n")
    assert call(from_file(package / "model.py")) == (3, 2, 2)
    assert not {name for name in set(sys.modules) - before if name.startswith("models_of_mine")}


def test_keras_is_keras_2_where_that_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras_2 = module_from_spec(ModuleSpec("tf_keras", None))
    keras_2.VERSION = 2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tf_keras", keras_2)
    module = tmp_path / "model.py"
    module.write_text("import keras\n\ndef run_fn():\n    return keras.VERSION\n")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    assert call(from_file(module)) == 2
