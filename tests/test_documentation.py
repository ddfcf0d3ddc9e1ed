"""The documentation: its examples run, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES += sorted((ROOT / "examples").glob("*/README.md"))
RUNNABLE = [ROOT / "docs" / "from-tf-estimator.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_examples_run_in_order(page, tmp_path):
    _, _, examples = page.read_text().partition("## An example of each")
    code = "\n".join(re.findall(r"```python\n(.*?)```", examples, re.S))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_page_on_runs_names_what_there_is(tmp_path):
    page = (ROOT / "docs" / "runs.md").read_text()
    from trainwright.cli.main import COMMANDS

    for command in ("run", "runs", "show", "compare", "lineage", "gc"):
        assert command in COMMANDS
        assert f"trainwright {command}" in page
    (code,) = re.findall(r"```python\n(.*?)```", page, re.S)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())
