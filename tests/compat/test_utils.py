"""The functions of TFX's utility modules."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.artifacts import Examples
from trainwright.compat import fileio, io_utils, path_utils, schema_utils, tfxio
from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.errors import ArtifactError, DataError, InvalidArgumentError, SchemaError


def test_messages_are_written_and_read(tmp_path: Path) -> None:
    schema = schema_pb2.Schema(feature=[schema_pb2.Feature(name="x")])
    path = str(tmp_path / "new" / "schema.pbtxt")
    io_utils.write_pbtxt_file(path, schema)
    assert io_utils.parse_pbtxt_file(path, schema_pb2.Schema()) == schema
    assert io_utils.SchemaReader().read(path) == schema
    io_utils.write_string_file(path, '{"feature": [{"name": "x"}]}')
    assert io_utils.parse_json_file(path, schema_pb2.Schema()) == schema
    for read in (io_utils.parse_pbtxt_file, io_utils.parse_json_file):
        io_utils.write_string_file(path, "feature {")
        with pytest.raises(DataError, match=f"{path} is no Schema"):
            read(path, schema_pb2.Schema())


def test_copies(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "file", tmp_path / "b" / "file"
    io_utils.write_bytes_file(str(first), b"1")
    io_utils.copy_file(str(first), str(second))
    with pytest.raises(FileExistsError, match="overwrite=True"):
        io_utils.copy_file(str(first), str(second))
    (tmp_path / "b" / "old").touch()
    io_utils.copy_dir(str(tmp_path / "a"), str(tmp_path / "b"))
    assert io_utils.get_only_uri_in_dir(str(tmp_path / "b")) == str(second)
    with pytest.raises(ArtifactError, match="no directory"):
        io_utils.copy_dir(str(tmp_path / "none"), str(tmp_path / "b"))
    assert second.read_bytes() == b"1"
    io_utils.delete_dir(str(tmp_path / "b"))
    with pytest.raises(ArtifactError, match="holds none"):
        io_utils.get_only_uri_in_dir(str(tmp_path / "b"))


def test_the_newest_models_are_found(tmp_path: Path) -> None:
    serving, evaluation = tmp_path / "Format-Serving", tmp_path / "Format-TFMA"
    assert path_utils.serving_model_path(str(tmp_path)) == str(serving)
    assert path_utils.eval_model_path(str(tmp_path)) == str(evaluation)
    for folder in (serving / "export" / "name", evaluation):
        for time in ("99", "100"):
            (folder / time).mkdir(parents=True)
            (folder / time / "saved_model.pb").touch()
    assert path_utils.serving_model_path(str(tmp_path)) == str(serving / "export" / "name" / "100")
    assert path_utils.eval_model_path(str(tmp_path)) == str(evaluation / "100")


def test_schemas_and_feature_specs() -> None:
    spec = {
        "fixed": tf.io.FixedLenFeature([2], tf.float32),
        "scalar": tf.io.FixedLenFeature([], tf.int64),
        "variable": tf.io.VarLenFeature(tf.string),
    }
    domains = {"scalar": schema_pb2.IntDomain(min=0, max=3, is_categorical=True)}
    schema = schema_utils.DatasetMetadata.from_feature_spec(spec, domains).schema
    again = schema_utils.schema_as_feature_spec(schema)
    assert again.feature_spec == spec
    assert again.domains == domains
    schema.string_domain.add(name="colors", value=["red"])
    schema.feature[2].domain = "colors"
    assert schema_utils.schema_as_feature_spec(schema).domains["variable"].value == ["red"]
    for wrong in (tf.io.FixedLenFeature([], tf.int64, 0), tf.io.VarLenFeature(tf.float64)):
        with pytest.raises(SchemaError, match="'x' must be"):
            schema_utils.schema_from_feature_spec({"x": wrong})


def test_files(tmp_path: Path) -> None:
    path = str(tmp_path / "a" / "file")
    fileio.makedirs(str(tmp_path / "a"))
    with fileio.open(path, "w") as file:
        file.write("hello")
    assert fileio.listdir(str(tmp_path / "a")) == ["file"]
    fileio.remove(path)
    assert not fileio.exists(path)
    with pytest.raises(fileio.NotFoundError):
        fileio.remove(path)


def test_a_dataset_factory_of_artifacts(tmp_path: Path) -> None:
    write_records(tmp_path / "Split-train" / "data.gz", list(encode_examples({"x": [1.0, 2.0]})))
    examples = [Examples(tmp_path)]
    factory = tfxio.get_tf_dataset_factory_from_artifact(examples, ["me"])
    schema = schema_utils.schema_from_feature_spec({"x": tf.io.FixedLenFeature([], tf.float32)})
    options = {"batch_size": 2, "num_epochs": 1, "shuffle": False}
    batches = list(factory([str(tmp_path / "Split-train" / "*")], options, schema))
    assert [batch["x"].numpy().tolist() for batch in batches] == [[1, 2]]
    other = Examples(tmp_path, custom_properties={"payload_format": "FORMAT_PROTO"})
    for wrong in ([], [*examples, other]):
        with pytest.raises(InvalidArgumentError, match="of one format"):
            tfxio.get_tf_dataset_factory_from_artifact(wrong)
