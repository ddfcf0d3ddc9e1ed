from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.user_module.code_files import code_files, user_path

FILES = {
    "module.py": "import a, os, numpy\nfrom pkg import inner, name\nfrom pkg.deep.leaf import *\n",
    "a.py": "def f():\n    import late\n    from . import nothing\n",
    "late.py": "import a\n",
    "unused.py": "",
    "pkg/__init__.py": "from .sibling import x\n",
    "pkg/inner.py": "from .. import outer\nfrom .sibling import y\n",
    "pkg/sibling.py": "",
    "pkg/unused.py": "",
    "pkg/deep/leaf.py": "",
    "outer.py": "",
    "broken.py": "def (",
    "data/words.txt": "hello",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def found(folder: Path, source: str | None = None) -> set[str]:
    if source is not None:
        (folder / "module.py").write_text(source)
    return set(code_files(folder / "module.py", [folder]))


def test_imports_are_followed(folder: Path) -> None:
    assert found(folder) == {
        *("module.py", "a.py", "late.py", "outer.py"),
        *("pkg/__init__.py", "pkg/inner.py", "pkg/sibling.py", "pkg/deep/leaf.py"),
    }


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import importlib\nimportlib.import_module('pkg.sibling')", {"pkg/sibling.py"}),
        ("__import__('late')", {"late.py", "a.py"}),
        ("if True:\n    try:\n        import unused\n    except ImportError: ...", {"unused.py"}),
        ("import broken", {"broken.py"}),
        ("import pkg.unused as u", {"pkg/unused.py", "pkg/sibling.py"}),
        ("WORDS = 'data/words.txt'", {"data/words.txt"}),
        ("WORDS = f'data/words.txt'", {"data/words.txt"}),
        ("open('data/../data/words.txt')", {"data/words.txt"}),
        ("NAMES = 'data', '.', '..', 'no.such', 'a\\0b.c'", set()),
        ("CPUS = '/proc/cpuinfo.', '/dev/null'", set()),
        ("import trainwright.errors, tensorflow.nn", set()),
        ("def (", set()),
    ],
)
def test_ways_to_depend(folder: Path, source: str, names: set[str]) -> None:
    extra = {"pkg/__init__.py"} if any(name.startswith("pkg/") for name in names) else set()
    extra |= {"pkg/sibling.py"} if extra else set()
    assert found(folder, source) == {"module.py", *names, *extra}


def test_a_computed_name_may_be_any_file(folder: Path) -> None:
    everything = {name for name in FILES if name.endswith(".py")}
    assert found(folder, "import importlib\nimportlib.import_module(name)") == everything


def test_nothing_is_run(folder: Path) -> None:
    assert found(folder, "raise SystemExit\nimport unused") == {"module.py", "unused.py"}


def test_other_folders_and_packages(folder: Path) -> None:
    library = folder / "lib"
    (library / "other").mkdir(parents=True)
    (library / "other" / "__init__.py").write_text("")
    (library / "a.py").write_text("shadowed by the sibling")
    entry = folder / "module.py"
    entry.write_text("import a, other")
    names = set(code_files(entry, [folder, library]))
    assert names == {"module.py", "a.py", "late.py", "lib/other/__init__.py"}


def test_the_users_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    paths = user_path()
    assert folder in paths
    assert not any("site-packages" in path.parts for path in paths)
