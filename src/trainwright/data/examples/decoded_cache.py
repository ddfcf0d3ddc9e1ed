"""Parsed records on disk, for reading the same files again at the speed of memory.

An entry holds the features of some files in columns, a chunk of rows at a time, as
``tf.data.Dataset.save`` writes them. Its name is a digest of what was parsed, and how, and of the
files' sizes, times of change and inodes: files that have changed since have another entry, and
the one they had is removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from trainwright.data.atomic import atomic_directory
from trainwright.data.examples.blocks import RecordFiles, records_within, sequential_blocks
from trainwright.data.examples.entry_lock import EntryLock, locks_work
from trainwright.data.examples.fingerprints import FileStamp, changed_lately, stamp, stamps
from trainwright.data.examples.functions import as_written
from trainwright.data.examples.parsing import Parser, RowParser
from trainwright.data.examples.row_form import RowForm
from trainwright.data.input_settings import input_settings
from trainwright.events import announce

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["DATA", "PARTS", "CacheDir", "Entry", "decoded"]

CacheDir: TypeAlias = str | Path | Literal[False] | None
"""Where decoded records are kept; False: nowhere; None: where the run's settings say."""

DATA = "data"
PARTS = 8
"""Into so many parts the files are divided, for records of all parts to be mixed."""

_FORMAT = 1
_MANIFEST = "manifest.json"
_CHUNK_RECORDS = 512
_CHUNKS_WITHIN_BLOCK = 16
_BLOCK_BYTES = 32 << 20
_ATTEMPTS = 3

_in_use: dict[Path, EntryLock] = {}
"""Entries that this process reads: they must stay, since each epoch opens them again."""


@dataclass(frozen=True)
class Entry:
    """Decoded records.

    Attributes:
        path: the directory.
        chunk: how many rows it has in a chunk, but in the last one of each part.
        form: how features are made of the rows.
    """

    path: Path
    chunk: int
    form: RowForm


class _UnusableError(Exception):
    """Why there can be no entry."""


def decoded(cache_dir: str | Path, files: RecordFiles, parse: Parser) -> Entry | None:
    """The entry of the files, written now where there is none.

    Args:
        cache_dir: the directory of all entries, made where absent.
        files: what to read.
        parse: how.

    Returns:
        The entry; None, after a warning that says why, where there can be none: what is read then
        must be read from the files.
    """
    import tensorflow as tf

    root = Path(cache_dir)
    try:
        if not isinstance(parse, RowParser):
            raise _UnusableError("what decodes these records may have changed unseen")
        known = _known(files)
        root.mkdir(parents=True, exist_ok=True)
        return _found_or_written(root, files, known, parse)
    except (_UnusableError, OSError, ValueError, tf.errors.OpError) as error:
        problem = str(error).strip().partition("\n")[0]
        announce.on_warning(
            f"The input cache in {root} is not used: {problem}. The files are read instead."
        )
        return None


def _known(files: RecordFiles) -> list[FileStamp]:
    """The files' stamps."""
    if input_settings().max_bad_records:
        raise _UnusableError("records that cannot be read are to be skipped")
    if files.reader is not None:
        raise _UnusableError("the files are read by a reader of the module")
    if not locks_work():
        raise _UnusableError("this system has no locks on files")
    known = stamps(files.names)
    if known is None:
        raise _UnusableError("it takes local files only")
    if changed_lately(known):
        raise _UnusableError("a file was written within the last two seconds")
    return known


def _found_or_written(
    root: Path, files: RecordFiles, known: Sequence[FileStamp], parse: RowParser
) -> Entry:
    path = root / _name(known, parse)
    for _ in range(_ATTEMPTS):
        if path in _in_use and _is_complete(path):
            return _entry(path, parse)
        lock = EntryLock(root / f"{path.name}.lock")
        lock.for_reading()
        if _is_complete(path):
            _in_use[path] = lock
            return _entry(path, parse)
        lock.for_writing()
        try:
            if not _is_complete(path):  # nobody else has written it meanwhile
                announce.on_stage(f"decoding {len(files.names)} files into the input cache")
                _write(path, files, known, parse)
                _remove_stale(root, path)
        finally:
            lock.give_up()
    raise _UnusableError("other processes keep removing its entry")


def _name(known: Sequence[FileStamp], parse: RowParser) -> str:
    import tensorflow as tf

    identity = [_FORMAT, tf.__version__, parse.identity, known]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def _is_complete(path: Path) -> bool:
    return (path / _MANIFEST).is_file()


def _entry(path: Path, parse: RowParser) -> Entry:
    return Entry(path, json.loads((path / _MANIFEST).read_text())["chunk"], parse.row_form())


def _write(path: Path, files: RecordFiles, known: Sequence[FileStamp], parse: RowParser) -> None:
    """Makes the entry, whole or not at all."""
    fitting = records_within(_BLOCK_BYTES, files.names[0]) // _CHUNKS_WITHIN_BLOCK
    chunk = max(1, min(_CHUNK_RECORDS, fitting))
    with atomic_directory(path) as folder:
        _save(folder / DATA, _parts(files, known), chunk, parse)
        if stamps(files.names) != list(known):
            raise _UnusableError("a file changed while it was read")
        manifest = {"format": _FORMAT, "chunk": chunk, "files": known}
        (folder / _MANIFEST).write_text(json.dumps(manifest))


def _parts(files: RecordFiles, known: Sequence[FileStamp]) -> list[RecordFiles]:
    """Files that follow each other, about as large as each other part."""
    total, before = sum(file.size for file in known), 0
    parts: dict[int, list[str]] = {}
    for name, file in zip(files.names, known, strict=True):
        parts.setdefault(before * PARTS // max(total, 1), []).append(name)
        before += file.size
    return [RecordFiles(names) for names in parts.values()]


def _save(folder: Path, parts: Sequence[RecordFiles], chunk: int, parse: RowParser) -> None:
    """Parses the files in a graph and session of its own, whatever mode the caller is in."""
    import tensorflow as tf

    form = parse.row_form()
    with tf.Graph().as_default():
        chunks: Any = None
        for number, part in enumerate(parts):
            rows = sequential_blocks(part, chunk, 1).map(
                as_written(form.parse), num_parallel_calls=tf.data.AUTOTUNE
            )
            numbered = tf.data.Dataset.zip((_always(number), rows))
            chunks = numbered if chunks is None else chunks.concatenate(numbered)
        saved = chunks.save(
            str(folder), compression=None, shard_func=as_written(lambda number, _: number)
        )
        with tf.compat.v1.Session() as session:
            session.run(saved)


def _always(number: int) -> tf.data.Dataset:
    import tensorflow as tf

    return tf.data.Dataset.from_tensors(tf.constant(number, tf.int64)).repeat()


def _remove_stale(root: Path, but: Path) -> None:
    """Removes entries of files that have changed or are gone, unless somebody reads them."""
    for path in _entries(root):
        if path == but or not _is_stale(path):
            continue
        lock = EntryLock(root / f"{path.name}.lock")
        if path not in _in_use and lock.for_removal():
            shutil.rmtree(path, ignore_errors=True)
            lock.remove()


def _entries(root: Path) -> Iterator[Path]:
    for manifest in root.glob(f"*/{_MANIFEST}"):
        if not manifest.parent.name.startswith("."):
            yield manifest.parent


def _is_stale(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        files = json.loads((path / _MANIFEST).read_text())["files"]
        return any(stamp(file[0]) != FileStamp(*file) for file in files)
    return False  # half removed by another process, or of another format
