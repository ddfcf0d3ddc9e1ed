from __future__ import annotations

from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.schema import read_schema, schema_file, write_schema
from trainwright.errors import SchemaError


@pytest.fixture
def schema() -> schema_pb2.Schema:
    schema = schema_pb2.Schema()
    schema.feature.add(name="fare", type=schema_pb2.FLOAT)
    return schema


def test_reads_what_it_wrote(tmp_path: Path, schema: schema_pb2.Schema) -> None:
    path = write_schema(schema, tmp_path / "schema")

    assert path == tmp_path / "schema" / "schema.pbtxt"
    assert read_schema(tmp_path / "schema") == schema
    assert read_schema(path) == schema


def test_hidden_files_do_not_count(tmp_path: Path, schema: schema_pb2.Schema) -> None:
    write_schema(schema, tmp_path)
    (tmp_path / ".DS_Store").touch()

    assert read_schema(tmp_path) == schema


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"no schema at .*absent.*directory with one schema"):
        schema_file(tmp_path / "absent")


def test_an_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=rf"{tmp_path} must hold one file.*It is empty"):
        schema_file(tmp_path)


def test_no_schema_but_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    with pytest.raises(SchemaError, match=r"It holds notes\.txt"):
        schema_file(tmp_path)


def test_several_files(tmp_path: Path, schema: schema_pb2.Schema) -> None:
    write_schema(schema, tmp_path)
    (tmp_path / "another.pbtxt").touch()

    with pytest.raises(SchemaError, match=r"It holds another\.pbtxt, schema\.pbtxt"):
        schema_file(tmp_path)


@pytest.mark.parametrize("contents", [b"feature { nome: 1 }", b"\xff\xfe", b"{"])
def test_what_does_not_parse(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "schema.pbtxt").write_bytes(contents)

    with pytest.raises(SchemaError, match=r"schema\.pbtxt is not a Schema in protobuf text"):
        read_schema(tmp_path)


def test_real_schemas(shared_data: Path) -> None:
    assert len(read_schema(shared_data / "taxi" / "schema").feature) == 18
    assert len(read_schema(shared_data / "penguin" / "schema").feature) == 5
