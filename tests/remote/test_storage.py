from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trainwright.errors import ArtifactError, ExportError, InvalidArgumentError
from trainwright.remote.gfile_storage import GfileStorage
from trainwright.remote.storage import (
    FsspecStorage,
    accessing,
    is_remote,
    join,
    local_path,
    open_storage,
)


@pytest.mark.parametrize(
    ("uri", "remote", "path"),
    [
        ("/data/x", False, "/data/x"),
        ("data:x", False, "data:x"),
        ("", False, ""),
        ("file:///a%20b/c", False, "/a b/c"),
        ("FILE:///a", False, "/a"),
        ("local:///a", False, "/a"),
        ("memory://a/b", True, "memory://a/b"),
        ("gs://b/k", True, "gs://b/k"),
        ("simplecache::s3://b/k", True, "simplecache::s3://b/k"),
        ("abfs+x://b", True, "abfs+x://b"),
    ],
)
def test_addresses(uri: str, remote: bool, path: str) -> None:
    assert is_remote(uri) is remote
    assert local_path(uri) == path


@pytest.mark.parametrize(("scheme", "kind"), [("memory", FsspecStorage), ("ram", GfileStorage)])
def test_files_go_there_and_back(tmp_path: Path, scheme: str, kind: type[Any]) -> None:
    root = f"{scheme}://storage-test/{scheme}"
    storage = open_storage(root)
    assert isinstance(storage, kind)
    assert storage.files(root) == []
    (tmp_path / "f").write_bytes(b"\x00one")
    for name in ("a", "deep/er/b"):
        storage.upload(tmp_path / "f", join(root, name))
    assert storage.files(root) == storage.files(root + "/") == ["a", "deep/er/b"]
    assert storage.files(join(root, "deep")) == ["er/b"]
    assert storage.is_file(join(root, "a"))
    assert not storage.is_file(join(root, "deep"))
    assert not storage.is_file(join(root, "none"))
    storage.download(join(root, "deep/er/b"), tmp_path / "g")
    assert (tmp_path / "g").read_bytes() == b"\x00one"
    storage.remove(join(root, "deep"))
    storage.remove(join(root, "deep"))
    assert storage.files(root) == ["a"]


def test_a_scheme_nobody_knows() -> None:
    with pytest.raises(InvalidArgumentError, match="no driver for the file system of nosuch://b/k"):
        open_storage("nosuch://b/k")


def test_what_a_driver_raises_is_explained() -> None:
    with (
        pytest.raises(ExportError, match="memory://x could not be written: KeyError: 'k'"),
        accessing("memory://x", "written", ExportError),
    ):
        raise KeyError("k")
    with pytest.raises(ArtifactError, match="^mine$"), accessing("memory://x", "read"):
        raise ArtifactError("mine")
