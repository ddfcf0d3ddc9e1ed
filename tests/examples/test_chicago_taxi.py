"""The taxi example, as its README says to run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from trainwright.errors import ArtifactError
from trainwright.lineage import ExecutionState, LineageStore, list_runs

PROGRAM = Path(__file__).parents[2] / "examples" / "chicago_taxi" / "run.py"
Load = Callable[[str], ModuleType]


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_it_trains_goes_on_and_compares(tmp_path: Path) -> None:
    done = run("--output", tmp_path, "--steps", 60)
    if "pip could not download" in done.stderr and not os.environ.get("CI"):
        pytest.skip(f"needs TFX's wheel from the package index: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    numbers = {
        line.split("  ")[0]: [float(word) for word in re.findall(r"\d\.\d+", line)]
        for line in done.stdout.splitlines()
    }
    first, second = numbers["from nothing, 60 steps"], numbers["from the first model, 30 more"]
    assert first[0] > 0.85  # it has learned: guessing is 0.5
    assert second[0] > 0.9
    assert second[2] < first[2]  # the loss goes on falling from where the first run left it
    assert "Credit Card" in done.stdout
    runs = list_runs(LineageStore.open(tmp_path / "metadata.sqlite", read_only=True))
    assert [one.state for one in runs] == [ExecutionState.COMPLETE] * 2
    assert not list(tmp_path.rglob("tfx/components/*.py"))  # data only


@pytest.mark.slow
def test_without_a_network_it_says_what_to_do(
    tmp_path: Path, example: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ArtifactError, match=r"No matching distribution.*--wheel"):
        example("chicago_taxi/data.py").fetch_data(tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_what_is_no_wheel_of_tfx(tmp_path: Path, example: Load) -> None:
    data = example("chicago_taxi/data.py")
    with pytest.raises(ArtifactError, match="no wheel, or not there"):
        data.fetch_data(tmp_path / "data", wheel=tmp_path / "absent.whl")
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("other/__init__.py", "")
    with pytest.raises(ArtifactError, match=r"holds no tfx/components/testdata.*tfx==1.21.0"):
        data.fetch_data(tmp_path / "data", wheel=tmp_path / "other.whl")
    assert not (tmp_path / "data").exists()


def test_data_are_unpacked_once(tmp_path: Path, example: Load) -> None:
    data = example("chicago_taxi/data.py")
    with zipfile.ZipFile(tmp_path / "tfx.whl", "w") as archive:
        for name, prefix in data.CONTENTS.items():
            archive.writestr(f"{prefix}Split-train/{name}.txt", name)
        archive.writestr("tfx/components/testdata/module_file/trainer_module.py", "code")
    folder = data.fetch_data(tmp_path / "data", wheel=tmp_path / "tfx.whl")
    files = sorted(path.name for path in folder.rglob("*.*"))
    assert files == sorted(f"{name}.txt" for name in data.CONTENTS)
    assert data.fetch_data(folder, wheel=tmp_path / "absent.whl") == folder
