"""Local copies of what lies on remote file systems, for as long as a run lasts.

Training reads its files many times, renames what it writes, and hands paths to libraries that
know only local ones. So remote inputs are copied to a local directory first, and remote outputs
are written there and uploaded when they are complete.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from trainwright.errors import ArtifactError, ExportError, TrainwrightError
from trainwright.events import announce
from trainwright.remote.storage import accessing, is_remote, join, local_path, open_storage

__all__ = ["Stage"]

_LAST = ("saved_model.pb", "saved_model.pbtxt")
"""What makes a directory a SavedModel: uploaded last, so that no reader takes half of one."""


class Stage:
    """A temporary directory of copies, removed on leaving the ``with`` block.

    Errors of this package that leave the block name the originals, not the copies.

    Args:
        parent: where to make the directory; None: where the system keeps temporary files.
    """

    def __init__(self, parent: str | Path | None = None):
        self._parent = parent
        self._folder: Path | None = None
        self._originals: dict[str, str] = {}
        self._complete: dict[str, str] = {}

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, TrainwrightError):
            self._name_originals(error)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def directory(
        self,
        uri: str,
        wanted: Callable[[str], bool] | None = None,
        error_class: type[TrainwrightError] = ArtifactError,
    ) -> str:
        """A local directory with the files of a remote one; a local one as it is.

        A remote directory that is absent becomes the name of a local one that is absent, too.

        Args:
            uri: the directory.
            wanted: which of its files to copy, by their relative names; directories appear all
                the same.
            error_class: what to raise.

        Raises:
            TrainwrightError: of `error_class`: it cannot be read.
        """
        if not is_remote(uri):
            return local_path(uri)
        known = self._known(uri) if wanted is None else None
        if known is not None:
            return known
        local = self._new(uri)
        storage = open_storage(uri)
        with accessing(uri, "read", error_class):
            names = storage.files(uri)
            chosen = [name for name in names if wanted is None or wanted(name)]
            if chosen:
                announce.on_stage(f"copying {uri} to the local disk")
            for name in names:
                # Parents of all: which splits there are can be seen without their files.
                _below(local, name, uri).parent.mkdir(parents=True, exist_ok=True)
            for name in chosen:
                storage.download(join(uri, name), _below(local, name, uri))
        if wanted is None:
            self._complete[str(local)] = uri
        return str(local)

    def file(self, uri: str, error_class: type[TrainwrightError] = ArtifactError) -> str:
        """A local copy of one remote file; a local one as it is.

        Raises:
            TrainwrightError: of `error_class`: it cannot be read.
        """
        if not is_remote(uri):
            return local_path(uri)
        folder, _, name = uri.rpartition("/")
        local = self._new(folder) / name
        storage = open_storage(uri)
        with accessing(uri, "read", error_class):
            if storage.is_file(uri):
                local.parent.mkdir(parents=True)
                storage.download(uri, local)
        return str(local)

    def folder(self, original: str) -> Path:
        """A new local directory, to hold what was made of an original."""
        folder = self._new(original)
        folder.mkdir(parents=True)
        return folder

    def upload(self, local: str | Path, uri: str) -> None:
        """Copies what is in a local directory to a remote one, whose former contents go.

        What makes a SavedModel one comes last. If it fails nothing is left there.

        Raises:
            ExportError: it cannot be written.
        """
        names = [p.relative_to(local).as_posix() for p in Path(local).rglob("*") if p.is_file()]
        storage = open_storage(uri)
        with accessing(uri, "written", ExportError):
            storage.remove(uri)
            try:
                for name in sorted(names, key=lambda n: (PurePosixPath(n).name in _LAST, n)):
                    storage.upload(Path(local) / name, join(uri, name))
            except BaseException:
                self.discard(uri)
                raise

    def discard(self, uri: str) -> None:
        """Removes a remote directory after a failure, if that is possible."""
        with contextlib.suppress(Exception):  # the failure itself tells more
            open_storage(uri).remove(uri)

    def original(self, text: str) -> str:
        """A text with the names of copies replaced by those of their originals."""
        for local, uri in self._originals.items():
            text = text.replace(local, uri)
        return text

    def _known(self, uri: str) -> str | None:
        """The copy of an address that was copied before, or lies in one that was."""
        for local, original in self._complete.items():
            root = original.rstrip("/")
            if uri.rstrip("/") == root or uri.startswith(f"{root}/"):
                rest = uri[len(root) :].strip("/")
                if not rest or (Path(local) / rest).exists():
                    return str(Path(local) / rest)
        return None

    def _new(self, uri: str) -> Path:
        """The name of a local copy to be made."""
        if self._folder is None:
            if self._parent is not None:
                Path(self._parent).mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="trainwright-", dir=self._parent))
        local = self._folder / str(len(self._originals)) / (_last_part(uri) or "root")
        self._originals[str(local)] = uri.rstrip("/")
        return local

    def _name_originals(self, error: TrainwrightError) -> None:
        texts: dict[str, Any] = {k: v for k, v in vars(error).items() if isinstance(v, str)}
        for name, text in texts.items():
            setattr(error, name, self.original(text))
        error.args = tuple(self.original(a) if isinstance(a, str) else a for a in error.args)


def _last_part(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2].replace(":", "_")


def _below(folder: Path, name: str, uri: str) -> Path:
    """The place of a file below a directory, which its name must not lead out of."""
    if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
        raise ArtifactError(f"{uri} holds a file of the name {name!r}, which leads out of it.")
    return folder / name
