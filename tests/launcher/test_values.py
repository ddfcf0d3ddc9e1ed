from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from trainwright.artifacts import Examples, Schema
from trainwright.errors import InvalidArgumentError
from trainwright.launcher.values import (
    artifact_record,
    as_property,
    error_properties,
    property_values,
    version_properties,
)
from trainwright.lineage import PropertyType


def test_plain_values_are_kept() -> None:
    for value in (True, 3, 0.5, "text", b"bytes"):
        assert as_property(value) is value


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"b": [1, None]}, '{"b": [1, null]}'),
        ([1, "a"], '[1, "a"]'),
        ((), "[]"),
        (Path("/a/b"), "/a/b"),
        ({"path": Path("/a")}, '{"path": "/a"}'),
        ({(1, 2): 3}, "{(1, 2): 3}"),
        (types.MappingProxyType({"a": 1}), '{"a": 1}'),
    ],
)
def test_other_values_become_text(value: object, kept: str) -> None:
    assert as_property(value) == kept


def test_a_mapping_that_holds_itself() -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    assert as_property(loop) == "{'self': {...}}"


def test_protocol_buffers_become_json() -> None:
    schema_pb2 = pytest.importorskip("tensorflow_metadata.proto.v0.schema_pb2")
    assert as_property(schema_pb2.Schema(default_environment=["A"])) == (
        '{"default_environment": ["A"]}'
    )


def test_none_is_not_recorded() -> None:
    assert property_values({"a": None, "b": 0}) == {"b": 0}


def test_artifact_record() -> None:
    examples = Examples("data/taxi/", split_names=["train"], id=4)
    examples.set_int_custom_property("rows", 3)
    record = artifact_record(examples)
    assert record.type.name == "Examples"
    assert record.type.parent == "mlmd.Dataset"
    assert record.type.properties == {
        "span": PropertyType.INT,
        "version": PropertyType.INT,
        "split_names": PropertyType.STRING,
    }
    assert record.uri == str(Path("data/taxi").absolute())
    assert (record.properties, record.custom_properties, record.id) == (
        {"split_names": '["train"]'},
        {"rows": 3},
        4,
    )


def test_splits_on_disk_are_recorded(tmp_path: Path) -> None:
    (tmp_path / "Split-train").mkdir()
    examples = Examples(tmp_path)
    assert artifact_record(examples).properties == {"split_names": '["train"]'}
    assert examples.properties == {}
    assert artifact_record(Examples(tmp_path / "absent")).properties == {}


def test_uris_of_other_systems_are_kept() -> None:
    assert artifact_record(Schema("s3://bucket/schema")).uri == "s3://bucket/schema"


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - any of them is tested
        return caught


def test_error_properties() -> None:
    found = error_properties(raised(InvalidArgumentError("wrong", hint="do this")))
    assert found["error_type"] == "InvalidArgumentError"
    assert found["error_message"] == "wrong"
    assert found["error_hint"] == "do this"
    assert "test_values.py" in str(found["error_traceback"])


def test_error_types_name_their_module_unless_obvious() -> None:
    class InvalidArgumentError(Exception):
        """As TensorFlow has one."""

    assert error_properties(ValueError("x"))["error_type"] == "ValueError"
    name = error_properties(InvalidArgumentError("x"))["error_type"]
    assert str(name).endswith("InvalidArgumentError")
    assert name != "InvalidArgumentError"


def test_errors_without_a_message() -> None:
    assert error_properties(ValueError())["error_message"] == "no message"
    assert error_properties(KeyboardInterrupt()) == {
        "error_type": "KeyboardInterrupt",
        "error_message": "Somebody stopped it (SIGINT).",
    }


def test_long_tracebacks_keep_their_end() -> None:
    found = error_properties(raised(ValueError("x" * 60_000 + "the end")))
    assert len(str(found["error_traceback"])) == 50_000
    assert str(found["error_traceback"]).rstrip().endswith("the end")


def test_the_version_of_tensorflow_is_recorded_where_it_was_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", types.SimpleNamespace(__version__="2.21.0"))
    assert version_properties()["version/tensorflow"] == "2.21.0"
    monkeypatch.delitem(sys.modules, "tensorflow")
    assert sorted(version_properties()) == ["version/python", "version/trainwright"]
