"""What module files use of ``tfx.utils.io_utils``: small files, and copies.

This module does not import TensorFlow.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from trainwright.data.schema import read_schema
from trainwright.errors import ArtifactError, DataError

__all__ = [
    "SchemaReader",
    "all_files_pattern",
    "copy_dir",
    "copy_file",
    "delete_dir",
    "get_only_uri_in_dir",
    "parse_json_file",
    "parse_pbtxt_file",
    "read_bytes_file",
    "read_string_file",
    "write_bytes_file",
    "write_pbtxt_file",
    "write_string_file",
]


class SchemaReader:
    """Reads a schema."""

    def read(self, schema_path: str) -> Any:
        """The Schema in a file in protobuf text format."""
        return read_schema(schema_path)


def all_files_pattern(file_pattern: str) -> str:
    """A pattern for all files of a directory.

    Example:
        >>> all_files_pattern("data/Split-train")
        'data/Split-train/*'
    """
    return str(Path(file_pattern) / "*")


def copy_file(src: str, dst: str, overwrite: bool = False) -> None:
    """Copies a file; the directory it goes to is made.

    Raises:
        FileExistsError: there is a file already, and it is not to be overwritten.
    """
    if Path(dst).exists() and not overwrite:
        raise FileExistsError(f"{dst} exists. Give overwrite=True to replace it.")
    Path(dst).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(src, dst)


def copy_dir(src: str, dst: str) -> None:
    """Copies a directory; one that is there already is replaced."""
    if not Path(src).is_dir():
        raise ArtifactError(f"There is no directory {src} to copy to {dst}.")
    delete_dir(dst)
    shutil.copytree(src, dst)


def delete_dir(path: str) -> None:
    """Removes a directory with all that is in it, where it exists."""
    if Path(path).is_dir():
        shutil.rmtree(path)


def get_only_uri_in_dir(dir_path: str) -> str:
    """The one file or directory in a directory.

    Raises:
        ArtifactError: there is none, or more than one.
    """
    names = sorted(entry.name for entry in Path(dir_path).glob("*"))
    if len(names) != 1:
        raise ArtifactError(
            f"{dir_path} must hold exactly one file. It holds {', '.join(names) or 'none'}."
        )
    return str(Path(dir_path) / names[0])


def parse_pbtxt_file(file_name: str, message: Any) -> Any:
    """Reads a protocol buffer in text format.

    Args:
        file_name: the file.
        message: what it is read into.

    Returns:
        The message.

    Raises:
        DataError: the file does not hold such a message.
    """
    from google.protobuf import text_format

    try:
        return text_format.Parse(read_string_file(file_name), message)
    except text_format.ParseError as error:
        kind = type(message).__name__
        raise DataError(f"{file_name} is no {kind} in protobuf text format: {error}.") from error


def parse_json_file(file_name: str, message: Any) -> Any:
    """Reads a protocol buffer in JSON format; the same arguments as :func:`parse_pbtxt_file`."""
    from google.protobuf import json_format

    try:
        return json_format.Parse(read_string_file(file_name), message)
    except json_format.ParseError as error:
        kind = type(message).__name__
        raise DataError(f"{file_name} is no {kind} in JSON: {error}.") from error


def read_string_file(file_name: str) -> str:
    """The text of a file in UTF-8."""
    return read_bytes_file(file_name).decode("utf-8")


def read_bytes_file(file_name: str) -> bytes:
    """The contents of a file.

    Raises:
        FileNotFoundError: there is none.
    """
    return Path(file_name).read_bytes()


def write_string_file(file_name: str, string_value: str) -> None:
    """Writes text in UTF-8; the directory is made."""
    write_bytes_file(file_name, string_value.encode("utf-8"))


def write_bytes_file(file_name: str, content: bytes) -> None:
    """Writes a file; the directory is made."""
    Path(file_name).parent.mkdir(parents=True, exist_ok=True)
    Path(file_name).write_bytes(content)


def write_pbtxt_file(file_name: str, proto: Any) -> None:
    """Writes a protocol buffer in text format; the directory is made."""
    from google.protobuf import text_format

    write_string_file(file_name, text_format.MessageToString(proto))
