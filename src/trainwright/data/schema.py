"""Schema artifacts: a directory with one ``schema.pbtxt``, a tensorflow_metadata Schema."""

from __future__ import annotations

from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.atomic import atomic_file
from trainwright.errors import SchemaError

__all__ = ["SCHEMA_FILE", "read_schema", "schema_file", "write_schema"]

SCHEMA_FILE = "schema.pbtxt"


def schema_file(uri: str | Path) -> Path:
    """The one file of a Schema artifact.

    Args:
        uri: the artifact's directory, or the file itself.

    Raises:
        SchemaError: there is no such directory or file, or the directory holds anything but
            exactly one ``schema.pbtxt``.
    """
    path = Path(uri)
    if path.is_file():
        return path
    if not path.is_dir():
        raise SchemaError(
            f"There is no schema at {uri}.",
            hint=f"A Schema artifact is a directory with one {SCHEMA_FILE}.",
        )
    names = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith("."))
    if names == [SCHEMA_FILE] and (path / SCHEMA_FILE).is_file():
        return path / SCHEMA_FILE
    found = f"It holds {', '.join(names)}." if names else "It is empty."
    raise SchemaError(
        f"The Schema artifact at {uri} must hold one file, {SCHEMA_FILE}.", hint=found
    )


def read_schema(uri: str | Path) -> schema_pb2.Schema:
    """Reads a Schema artifact.

    Args:
        uri: the artifact's directory, or the file itself.

    Raises:
        SchemaError: as :func:`schema_file`, or the file is not a Schema in protobuf text format.
    """
    path = schema_file(uri)
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), schema_pb2.Schema())
    except (text_format.ParseError, UnicodeDecodeError, OSError) as error:
        raise SchemaError(
            f"{path} is not a Schema in protobuf text format: {error}.",
            hint="Write it again, or compare it with tensorflow_metadata's schema.proto.",
        ) from error


def write_schema(schema: schema_pb2.Schema, uri: str | Path) -> Path:
    """Writes a Schema artifact.

    Args:
        schema: what to write.
        uri: the artifact's directory, made if need be.

    Returns:
        The file.
    """
    path = Path(uri) / SCHEMA_FILE
    with atomic_file(path) as file:
        file.write(text_format.MessageToString(schema).encode())
    return path
