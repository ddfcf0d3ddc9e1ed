from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from trainwright.user_module.source import (
    bound_names,
    is_installed,
    is_users_file,
    oneline,
    user_frame,
)


def test_bound_names_of_all_kinds(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(
        "import a.b, c as d\n"
        "from e import f, g as h\n"
        "try:\n"
        "    import i\n"
        "except ImportError:\n"
        "    def j(): pass\n"
        "if True:\n"
        "    k: int = 1\n"
        "else:\n"
        "    l = m = 2\n"
        "def outer():\n"
        "    def inner(): pass\n"
        "class C:\n"
        "    def method(self): pass\n"
    )
    names = bound_names(path)
    assert names.functions == ["j", "outer"]
    assert names.others == ["a", "d", "f", "h", "i", "k", "l", "m"]
    assert "outer" in names
    assert "h" in names
    assert "inner" not in names
    assert not names.star


def test_star_imports_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("from e import *")
    assert bound_names(tmp_path / "model.py").star


@pytest.mark.parametrize("source", [b"def f(:", b"x = '\x00'", b"# \xff\nx = '\xff'"])
def test_what_is_not_python_is_a_syntax_error(tmp_path: Path, source: bytes) -> None:
    (tmp_path / "model.py").write_bytes(source)
    with pytest.raises(SyntaxError):
        bound_names(tmp_path / "model.py")


def test_an_environment_below_the_users_folder_is_not_the_users() -> None:
    folder = Path("/home/me/project")
    assert is_users_file(folder / "model.py", folder)
    assert not is_users_file(folder / ".venv/lib/python3.11/site-packages/keras/x.py", folder)
    assert not is_users_file(Path("/home/me/other.py"), folder)
    assert is_installed(Path(sysconfig.get_paths()["stdlib"]) / "json" / "__init__.py")


def test_user_frame_is_the_deepest_of_the_users(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    source = "import json\ndef f():\n    g()\ndef g():\n    json.loads('{')\n"
    scope: dict[str, object] = {}
    exec(compile(source, str(path), "exec"), scope)
    with pytest.raises(ValueError, match="Expecting") as caught:
        scope["f"]()  # type: ignore[operator]
    assert user_frame(caught.value, tmp_path) == (str(path), 5)
    assert user_frame(caught.value, tmp_path / "elsewhere") is None


def test_oneline_finds_the_message_below_an_autograph_traceback() -> None:
    text = "in user code:\n\n    File x, line 1\n\n    ValueError: no such column\n"
    assert oneline(ValueError(text)) == "ValueError: no such column"
    assert oneline(KeyError()) == "KeyError"
    assert oneline(ValueError("one\ntwo")) == "ValueError: one"


def test_oneline_skips_the_preambles_of_graph_errors() -> None:
    message = (
        "Graph execution error:\n\nDetected at node x defined at (most recent call last):\n"
        "<stack traces unavailable>\nError in user-defined function passed to MapDataset:12 "
        "transformation with iterator: Iterator::Root::Map: Feature: y is required\n"
        "\t [[{{node ParseExample}}]]"
    )
    assert oneline(RuntimeError(message)) == "RuntimeError: Feature: y is required"
    assert oneline(RuntimeError("Graph execution error:")) == "RuntimeError"
