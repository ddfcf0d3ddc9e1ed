"""Remote file systems: whatever ``fsspec`` has a driver for, else what TensorFlow reads itself.

An address is remote where it begins with a scheme (``gs://``, ``s3://``, ``memory://``) other
than ``file://``.

This module imports neither fsspec nor TensorFlow until it is needed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from trainwright.errors import ArtifactError, InvalidArgumentError, TrainwrightError

__all__ = [
    "FsspecStorage",
    "Storage",
    "absolute",
    "accessing",
    "is_remote",
    "join",
    "local_path",
    "open_storage",
]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)(?:://|::)")
_LOCAL = ("file", "local")


def is_remote(uri: str) -> bool:
    """Whether an address leads to a remote file system.

    Example:
        >>> is_remote("gs://bucket/data"), is_remote("/data"), is_remote("file:///data")
        (True, False, False)
    """
    match = _SCHEME.match(uri)
    return match is not None and match[1].lower() not in _LOCAL


def local_path(uri: str) -> str:
    """A ``file://`` address as a path; any other as it is.

    Example:
        >>> local_path("file:///my%20data"), local_path("data"), local_path("gs://bucket")
        ('/my data', 'data', 'gs://bucket')
    """
    match = _SCHEME.match(uri)
    if match is None or match[1].lower() not in _LOCAL:
        return uri
    return unquote(urlsplit(uri).path)


def absolute(uri: str) -> str:
    """An address that means the same wherever the program is started: remote ones as they are.

    Example:
        >>> absolute("gs://bucket/data"), absolute("file:///data"), absolute("/data")
        ('gs://bucket/data', '/data', '/data')
    """
    return uri if is_remote(uri) else str(Path(local_path(uri)).expanduser().absolute())


def join(uri: str, name: str) -> str:
    """The address of a file below a directory."""
    return f"{uri.rstrip('/')}/{name}"


class Storage(Protocol):
    """A file system; all addresses are full ones."""

    def is_file(self, uri: str) -> bool:
        """Whether there is a file of this name."""

    def files(self, uri: str) -> list[str]:
        """Names, relative to a directory, of all files below it; empty where there is none."""

    def download(self, uri: str, to: Path) -> None:
        """Copies one file to a local path."""

    def upload(self, path: Path, uri: str) -> None:
        """Copies one local file to an address, with the directories above it."""

    def remove(self, uri: str) -> None:
        """Removes a directory with all that is in it, if it is there."""


class FsspecStorage:
    """A file system of fsspec's.

    Args:
        file_system: an ``fsspec.AbstractFileSystem``.
    """

    def __init__(self, file_system: Any):
        self._fs = file_system

    def _path(self, uri: str) -> str:
        import fsspec

        return str(fsspec.core.url_to_fs(uri)[1])  # the file system itself is cached

    def is_file(self, uri: str) -> bool:
        """Whether there is a file of this name."""
        return bool(self._fs.isfile(self._path(uri)))

    def files(self, uri: str) -> list[str]:
        """Names, relative to a directory, of all files below it; empty where there is none."""
        root = self._path(uri).rstrip("/") + "/"
        self._fs.invalidate_cache()
        return sorted(
            path[len(root) :]
            for path in self._fs.find(root)
            if path.startswith(root) and len(path) > len(root) and not path.endswith("/")
        )

    def download(self, uri: str, to: Path) -> None:
        """Copies one file to a local path."""
        self._fs.get_file(self._path(uri), str(to))

    def upload(self, path: Path, uri: str) -> None:
        """Copies one local file to an address, with the directories above it."""
        target = self._path(uri)
        self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        self._fs.put_file(str(path), target)

    def remove(self, uri: str) -> None:
        """Removes a directory with all that is in it, if it is there."""
        path = self._path(uri)
        self._fs.invalidate_cache()
        if self._fs.exists(path):
            self._fs.rm(path, recursive=True)


def open_storage(uri: str) -> Storage:
    """The file system that an address is on.

    Raises:
        InvalidArgumentError: there is no driver for it; the hint says what to install.
    """
    import fsspec

    try:
        return FsspecStorage(fsspec.core.url_to_fs(uri)[0])
    except (ImportError, ValueError) as error:
        from trainwright.remote.gfile_storage import GfileStorage

        if GfileStorage.can_read(uri):
            return GfileStorage()
        raise InvalidArgumentError(
            f"There is no driver for the file system of {uri}: {error}.",
            hint="Install the package of fsspec's driver for it, or copy the files to a local "
            "directory.",
        ) from error


@contextlib.contextmanager
def accessing(
    uri: str, doing: str, error_class: type[TrainwrightError] = ArtifactError
) -> Iterator[None]:
    """Explains what a driver raises while the block runs.

    Args:
        uri: what is read or written.
        doing: what happens to it: ``"read"``.
        error_class: what to raise.
    """
    try:
        yield
    except TrainwrightError:
        raise
    except Exception as error:
        # Drivers raise what the clients below them do: there is no common class.
        raise error_class(
            f"{uri} could not be {doing}: {type(error).__name__}: {error}.",
            hint="Check the address, the permissions and the network.",
        ) from error
