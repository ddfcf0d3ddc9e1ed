"""Files that TensorFlow itself has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.errors import DataError
from trainwright.report.checkpoint_index import read_variables
from trainwright.report.event_files import find_event_files, read_events
from trainwright.report.model import describe_model
from trainwright.report.saved_model import read_signatures


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tensorflow as tf

    root = tmp_path_factory.mktemp("tensorflow")

    class Doubling(tf.Module):
        def __init__(self) -> None:
            self.kernel = tf.Variable(tf.zeros([3, 4]), name="kernel")
            self.many = [tf.Variable(tf.zeros([i + 1]), name=f"v{i}") for i in range(300)]

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
        def double(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"y": x @ self.kernel * 2.0}

    module = Doubling()
    tf.saved_model.save(
        module, str(root / "model" / "Format-Serving"), signatures={"double": module.double}
    )
    with tf.summary.create_file_writer(str(root / "events" / "eval")).as_default():
        metadata = tf.compat.v1.SummaryMetadata()
        metadata.plugin_data.plugin_name = "scalars"
        tf.summary.write("epoch_loss", tf.constant(0.25), step=3, metadata=metadata)
        tf.summary.write("words", tf.constant("no number"), step=3)
        tf.summary.write("spread", tf.constant([1.0, 2.0, 3.0], tf.float64), step=4)
    with tf.Graph().as_default():
        writer = tf.compat.v1.summary.FileWriter(str(root / "events"))
        summary = tf.compat.v1.Summary()
        summary.value.add(tag="loss", simple_value=0.5)
        summary.value.add(tag="weight").tensor.CopyFrom(tf.make_tensor_proto([1.0, 2.0]))
        writer.add_summary(summary, 2**40)
        writer.close()
    return root


def test_variables(folder: Path) -> None:
    found = read_variables(folder / "model/Format-Serving/variables/variables.index")
    assert len(found) == 302  # with the object graph
    kernel = next(one for one in found if one.name.startswith("kernel/"))
    assert (kernel.dtype, kernel.shape, kernel.size, kernel.bytes) == ("float32", (3, 4), 12, 48)
    assert sum(one.size for one in found if "many" in one.name) == 300 * 301 / 2


def test_signatures(folder: Path) -> None:
    (signature,) = read_signatures(folder / "model/Format-Serving")
    assert (signature.name, signature.method) == ("double", "predict")
    assert signature.inputs == [("x", "float32", "[?, 3]")]
    assert signature.outputs == [("y", "float32", "[?, 4]")]


def test_a_model(folder: Path) -> None:
    model = describe_model(folder / "model")
    assert model.parameters == 12 + 300 * 301 / 2
    assert model.files >= 3
    assert model.bytes > 48
    assert "kernel" in {layer.name for layer in model.layers}


def test_events(folder: Path) -> None:
    found = find_event_files(folder / "events")
    assert set(found) == {".", "eval"}
    (newer,) = found["eval"]
    assert [tuple(one) for one in read_events(newer)] == [
        ("epoch_loss", 3, [0.25], "scalars"),
        ("spread", 4, [1.0, 2.0, 3.0], ""),
    ]
    (older,) = found["."]
    assert [tuple(e) for e in read_events(older)] == [
        ("loss", 2**40, [0.5], ""),
        ("weight", 2**40, [1.0, 2.0], ""),
    ]


def test_events_of_a_file_that_was_cut_off(folder: Path, tmp_path: Path) -> None:
    (whole,) = find_event_files(folder / "events")["."]
    cut = tmp_path / "events.out.tfevents.1"
    cut.write_bytes(whole.read_bytes()[:-3])
    assert list(read_events(cut)) == []


@pytest.mark.parametrize(
    "contents", [b"", b"x" * 100, b"\xff" * 92 + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"]
)
def test_what_is_no_checkpoint(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "variables.index"
    path.write_bytes(contents)
    with pytest.raises(DataError):
        read_variables(path)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_variables(tmp_path / "variables.index")
    with pytest.raises(DataError, match="cannot be read"):
        read_signatures(tmp_path)
    with pytest.raises(DataError, match="no model"):
        describe_model(tmp_path)


def test_what_keras_exports_counts_once(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model.call, [keras.InputSpec(shape=(None, 2), dtype="float32")])
    archive.write_out(str(tmp_path / "Format-Serving"), verbose=False)

    assert describe_model(tmp_path).parameters == model.count_params() == 9
