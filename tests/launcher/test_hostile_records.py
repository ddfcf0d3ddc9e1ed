"""Directories that a database names: never one outside of where runs write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwright.launcher.resuming import kept_directory
from trainwright.launcher.workspace import KEPT, WORKSPACE, workspace_of
from trainwright.lineage import ExecutionRecord, ExecutionState, RunContexts

NAMES = st.text(st.sampled_from("./\0 ~a*"), max_size=8) | st.sampled_from(
    ["/", "//", "/tmp/..", "..", "/tmp/./x", "/tmp/x/", "~", "/proc/self/root", "a/../../b", ".x"]
)


def record(root: Any, node: str, kept: Any = None) -> ExecutionRecord:
    properties = {"output_root": root, WORKSPACE: 1} | ({KEPT: kept} if kept is not None else {})
    return ExecutionRecord(
        id=7,
        type_name="Trainer",
        name="one",
        state=ExecutionState.FAILED,
        created_ms=0,
        updated_ms=0,
        properties=properties,
        contexts=RunContexts("pipeline", "run", node),
    )


@settings(max_examples=300, deadline=None)
@given(NAMES | st.integers() | st.none(), NAMES, NAMES)
def test_places_lie_below_their_root(root: Any, node: str, kept: str) -> None:
    found = workspace_of(record(root, node), ["model"])
    if found is not None:
        for place in (found.directory, found.published("model"), found.working("model_run")):
            assert os.path.normpath(place) == str(place)
            assert place.is_relative_to(root)
            assert place.relative_to(root).parts[0] == node
            assert not node.startswith(".")
    directory = kept_directory(record(root, node, kept))
    assert directory is None or directory.is_relative_to(str(root))


def test_links_on_the_way_are_not_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    (real / ".working" / "7" / "model_run").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "Trainer").symlink_to(real)
    assert workspace_of(record(str(tmp_path / "out"), "Trainer")) is None
    assert workspace_of(record(str(tmp_path), "real")) is not None


@pytest.mark.parametrize("node", ["", "..", ".working", "a/b", "a\0b"])
def test_nodes_that_are_no_name(tmp_path: Path, node: str) -> None:
    assert workspace_of(record(str(tmp_path), node)) is None
