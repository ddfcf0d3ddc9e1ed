"""The data of the example: what TFX's wheel carries of the taxi trips of Chicago.

TFX itself is not installed, and none of its code is run: the wheel is opened as the zip file it is.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from trainwright.data.atomic import atomic_directory
from trainwright.errors import ArtifactError

__all__ = ["CONTENTS", "REQUIREMENT", "fetch_data", "find_wheel"]

REQUIREMENT = "tfx==1.21.0"

CONTENTS = {
    "examples": "tfx/components/testdata/csv_example_gen/",
    "schema": "tfx/components/testdata/schema_gen/",
    "transform_graph": "tfx/components/testdata/transform/transform_graph/",
    "transformed_examples": "tfx/components/testdata/transform/transformed_examples/",
    "csv": "tfx/examples/chicago_taxi_pipeline/data/simple/",
}
"""What we call it -> where it lies in the wheel."""


def fetch_data(folder: Path, wheel: Path | None = None) -> Path:
    """Puts the data into a folder, once.

    Args:
        folder: where the artifacts go; complete when it is there.
        wheel: TFX's wheel; None: pip downloads it.

    Returns:
        The folder.

    Raises:
        ArtifactError: the wheel cannot be had, or holds something else.
    """
    if not folder.is_dir():
        wheel = wheel or find_wheel(folder.parent / "download")
        with atomic_directory(folder) as unfinished:
            _unpack(wheel, unfinished)
    return folder


def find_wheel(folder: Path) -> Path:
    """TFX's wheel as pip downloads it, without what it depends on.

    Raises:
        ArtifactError: pip could not download it.
    """
    # The wheel holds no compiled code: any Python may have it.
    options = ["--quiet", "--no-deps", "--ignore-requires-python", "--only-binary=:all:"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder)]
    done = subprocess.run([*command, REQUIREMENT], capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("tfx-*.whl"))
    if done.returncode or not wheels:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise ArtifactError(
            f"pip could not download {REQUIREMENT}, whose data this example trains on. "
            f"It said: {said[-1].removeprefix('ERROR: ')}",
            hint="Where there is a network, run: pip download --no-deps "
            f"{REQUIREMENT}; then name the file here with --wheel.",
        )
    return wheels[-1]


def _unpack(wheel: Path, folder: Path) -> None:
    """Copies the data, and nothing else, out of the wheel."""
    if not zipfile.is_zipfile(wheel):
        raise ArtifactError(f"{wheel} must be TFX's wheel. It is no wheel, or not there.")
    with zipfile.ZipFile(wheel) as archive:
        for name, prefix in CONTENTS.items():
            members = [member for member in archive.namelist() if member.startswith(prefix)]
            if not members:
                raise ArtifactError(
                    f"{wheel} holds no {prefix}.", hint=f"This example needs {REQUIREMENT}."
                )
            for member in members:
                target = folder / name / member.removeprefix(prefix)
                if not member.endswith("/"):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(member))
