"""Fingerprints of directories: equal where all files have the same names and contents."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from trainwright.events import announce
from trainwright.launcher.digests import DigestMemo, FileStamp, digest_file, stamp_of

__all__ = ["Fingerprint", "NoFingerprintError", "fingerprint", "tree_stamps"]

_ATTEMPTS = 3
_WORTH_TELLING = 1 << 28
"""Bytes to read from which on a person should know why nothing seems to happen."""


class NoFingerprintError(Exception):
    """There is no fingerprint; the message says why."""


@dataclass(frozen=True)
class Fingerprint:
    """What a file or directory held when it was read.

    Attributes:
        root: the file or directory.
        digest: of the names and contents, as hexadecimal digits.
        stamps: of the files, by path relative to the root; empty for a file itself.
        exclude: absolute paths below the root that do not count.
    """

    root: Path
    digest: str
    stamps: Mapping[str, FileStamp]
    exclude: tuple[Path, ...] = ()

    @property
    def size(self) -> str:
        """Number of files and bytes, for people.

        Example:
            >>> Fingerprint(Path("x"), "", {"a": FileStamp(0, 0, 1500, 0, 0)}).size
            '1 file, 1,500 bytes'
        """
        count, total = len(self.stamps), sum(stamp.size for stamp in self.stamps.values())
        return f"{count:,} file{'s' * (count != 1)}, {total:,} byte{'s' * (total != 1)}"

    def holds(self) -> bool:
        """Whether nothing has changed since; no file is read."""
        try:
            return tree_stamps(self.root, self.exclude) == self.stamps
        except (OSError, NoFingerprintError):
            return False


def fingerprint(root: Path, memo: DigestMemo, exclude: Iterable[Path] = ()) -> Fingerprint:
    """Reads a file, or all files below a directory, symbolic links followed.

    Args:
        root: an absolute path.
        memo: digests known from earlier.
        exclude: absolute paths that do not count, such as where outputs go.

    Raises:
        NoFingerprintError: there is nothing, something cannot be read, or it keeps changing.
    """
    left_out = tuple(exclude)
    try:
        for _ in range(_ATTEMPTS):
            stamps = tree_stamps(root, left_out)
            digests = _digests(root, stamps, memo)
            if tree_stamps(root, left_out) == stamps:
                return Fingerprint(root, _combined(digests), stamps, left_out)
    except OSError as error:
        raise NoFingerprintError(f"{error.filename or root}: {error.strerror}") from error
    raise NoFingerprintError(f"{root} changes while it is read")


def tree_stamps(root: Path, exclude: Iterable[Path] = ()) -> dict[str, FileStamp]:
    """The stamps of all files, by path relative to the root, in order.

    Raises:
        OSError: something cannot be seen, or is neither a file nor a directory.
        NoFingerprintError: a directory contains itself by a symbolic link.
    """
    left_out = frozenset(os.fspath(path) for path in exclude)
    found: dict[str, FileStamp] = {}
    if root.is_dir():
        _collect(os.fspath(root), "", left_out, (), found)
    else:
        found[""] = stamp_of(root)
    return dict(sorted(found.items()))


def _collect(
    folder: str,
    prefix: str,
    exclude: frozenset[str],
    above: tuple[tuple[int, int], ...],
    found: dict[str, FileStamp],
) -> None:
    status = os.stat(folder)  # noqa: PTH116 - there may be a hundred thousand
    place = (status.st_dev, status.st_ino)
    if place in above:
        raise NoFingerprintError(f"{folder} leads back to a directory above it")
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.path in exclude:
                continue
            if entry.is_dir():
                _collect(entry.path, f"{prefix}{entry.name}/", exclude, (*above, place), found)
            else:
                found[prefix + entry.name] = stamp_of(Path(entry.path))


def _digests(root: Path, stamps: Mapping[str, FileStamp], memo: DigestMemo) -> dict[str, str]:
    """The digest of each file; those not remembered are read, several at a time."""
    found: dict[str, str] = {}
    unknown = []
    for name, stamp in stamps.items():
        known = memo.get(_path(root, name), stamp)
        if known is None:
            unknown.append(name)
        else:
            found[name] = known
    if sum(stamps[name].size for name in unknown) >= _WORTH_TELLING:
        announce.on_stage(f"fingerprinting {root}")
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        try:
            read = pool.map(lambda name: digest_file(_path(root, name)), unknown)
            for name, (stamp, digest) in zip(unknown, read, strict=True):
                memo.put(_path(root, name), stamp, digest)
                found[name] = digest
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def _path(root: Path, name: str) -> Path:
    return root / name if name else root


def _combined(digests: Mapping[str, str]) -> str:
    total = hashlib.sha256()
    for name in sorted(digests):
        total.update(os.fsencode(name) + b"\0" + digests[name].encode() + b"\n")
    return total.hexdigest()
