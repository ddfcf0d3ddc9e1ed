"""Modules inside wheels, given as ``name@/path/to/file.whl``: unpacked, never installed.

This is how TFX from 1.0 on hands over a user's module: it packages the module file into a wheel,
and names the module and the wheel.

This module does not import TensorFlow.
"""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from trainwright.errors import UserModuleError

__all__ = ["split_wheel", "unpack_wheel"]

_IN_WHEEL = re.compile(r"(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)@(?P<path>.+\.whl)", re.DOTALL)


def split_wheel(value: str) -> tuple[str, str] | None:
    """``name@file.whl`` -> (name, file.whl); None for anything else.

    Example:
        >>> split_wheel("taxi.model@/wheels/taxi-1.0-py3-none-any.whl")
        ('taxi.model', '/wheels/taxi-1.0-py3-none-any.whl')
        >>> split_wheel("/home/me@work/model.py") is None
        True
    """
    match = _IN_WHEEL.fullmatch(value)
    return (match["name"], match["path"]) if match else None


def unpack_wheel(wheel: Path, folder: Path) -> None:
    """Unpacks a wheel, the way an installer lays it out.

    Files of ``{name}.data/purelib`` and ``platlib`` come beside the others. Nothing is compiled,
    and no script of it is run.

    Args:
        wheel: the file.
        folder: an empty directory.

    Raises:
        UserModuleError: there is no such file; it is no zip archive or a damaged one; or a member
            has a name that leads out of it, or is a link.
    """
    if not wheel.is_file():
        raise UserModuleError(
            f"There is no wheel {wheel}.",
            hint="A module in a wheel is given as name@/path/to/file.whl.",
        )
    try:
        with zipfile.ZipFile(wheel) as archive:
            # All names first: of a wheel with a bad one nothing is unpacked.
            places = [(member, folder / _place(member, wheel)) for member in archive.infolist()]
            for member, place in places:
                if not member.is_dir():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(member) as source, place.open("wb") as target:
                        shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise UserModuleError(f"{wheel} cannot be unpacked as a wheel: {error}.") from error
    except RuntimeError as error:  # zipfile's, of an encrypted member
        raise UserModuleError(f"{wheel} cannot be unpacked as a wheel: {error}.") from error


def _place(member: zipfile.ZipInfo, wheel: Path) -> PurePosixPath:
    """Where a member goes, relative to the folder."""
    name = PurePosixPath(member.filename)
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if is_link or name.is_absolute() or ".." in name.parts or "\\" in member.filename:
        raise UserModuleError(
            f"The wheel {wheel} holds {member.filename!r}, which is a link or leads out of it.",
            hint="Build the wheel again, from sources that you trust.",
        )
    first, second, *rest = (*name.parts, "", "")
    if first.endswith(".data") and second in ("purelib", "platlib"):
        return PurePosixPath(*[part for part in rest if part] or ["."])
    return name
