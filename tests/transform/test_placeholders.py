"""A transform graph of the older kind, as TF Transform wrote it for TensorFlow 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import ArtifactError, InvalidArgumentError
from trainwright.transform import TFTransformOutput

v1 = tf.compat.v1


def build(folder: Path, signature_name: str = "transform_signature") -> None:
    """Saves a graph: color (sparse strings) -> its number, size -> twice as much."""
    folder.parent.mkdir(exist_ok=True)
    vocabulary = folder.parent / "colors"
    vocabulary.write_text("red\ngreen\n")
    with tf.Graph().as_default(), v1.Session() as session:
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, tf.constant(str(vocabulary)))
        asset = v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS)[0]
        table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                asset,
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            -1,
        )
        color = v1.sparse_placeholder(tf.string, [None, None])
        size = v1.placeholder(tf.float32, [None, 1])
        number = tf.SparseTensor(color.indices, table.lookup(color.values), color.dense_shape)
        session.run(v1.tables_initializer())
        info = v1.saved_model.build_tensor_info
        signature = v1.saved_model.build_signature_def(
            {"color": info(color), "size": info(size)},
            {"color_xf": info(number), "size_xf": info(2 * size)},
        )
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            {signature_name: signature},
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
            main_op=v1.tables_initializer(),
        )
        builder.save()
    vocabulary.unlink()


def test_eagerly(tmp_path: Path) -> None:
    build(tmp_path / "transform_fn")
    output = TFTransformOutput(tmp_path)
    color = tf.sparse.from_dense([["green", ""], ["red", "mauve"]])
    got = output.transform_raw_features({"color": color, "size": tf.constant([[1.0], [2.0]])})
    np.testing.assert_array_equal(tf.sparse.to_dense(got["color_xf"]), [[1, 0], [0, -1]])
    np.testing.assert_array_equal(got["size_xf"], [[2], [4]])
    assert output.vocabulary_by_name("colors") == [b"red", b"green"]


def test_in_a_graph_without_one_of_the_features(tmp_path: Path) -> None:
    build(tmp_path / "transform_fn")
    output = TFTransformOutput(tmp_path)
    with tf.Graph().as_default(), v1.Session() as session:
        color = tf.sparse.from_dense([["green"], ["red"]])
        got = output.transform_raw_features({"color": color})
        session.run(v1.tables_initializer())
        np.testing.assert_array_equal(session.run(got["color_xf"]).values, [1, 0])
    assert list(got) == ["color_xf"]


def test_wrong_features_and_models(tmp_path: Path) -> None:
    build(tmp_path / "transform_fn")
    output = TFTransformOutput(tmp_path)
    with pytest.raises(InvalidArgumentError, match="inputs: color, size"):
        output.transform_raw_features({"colour": tf.zeros([1])})
    with pytest.raises(InvalidArgumentError, match="'color' is ragged"):
        output.transform_raw_features({"color": tf.ragged.constant([["red"]])})
    build(tmp_path / "other" / "transform_fn", "predict")
    with pytest.raises(ArtifactError, match="Its signatures:.* predict"):
        TFTransformOutput(tmp_path / "other").transform_raw_features({"color": tf.zeros([1])})
