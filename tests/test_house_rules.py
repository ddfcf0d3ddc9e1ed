"""Rules that hold for the whole source tree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import trainwright

SOURCE = Path(trainwright.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_public_tensorflow(path):
    imported = re.findall(r"^\s*(?:from|import)\s+tensorflow\.python\S*", path.read_text(), re.M)
    assert imported == []


def test_public_names_of_the_package():
    assert trainwright.__all__ == [
        "__version__",
        "BaseExecutor",
        "Executor",
        "FnArgs",
        "GenericExecutor",
        "Trainer",
        "TrainwrightError",
    ]
    for name in trainwright.__all__:
        assert getattr(trainwright, name) is not None
    assert set(trainwright.__all__) == set(dir(trainwright))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Exekutor'"):
        _ = trainwright.Exekutor


def test_importing_the_package_does_not_import_tensorflow():
    code = (
        "import sys, trainwright, trainwright.artifacts, trainwright.launcher; "
        "from trainwright import Executor, FnArgs, GenericExecutor, Trainer; "
        "print(sorted(m for m in ('tensorflow', 'keras', 'pandas') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
