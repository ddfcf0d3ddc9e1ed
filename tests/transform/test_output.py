"""A transform output that TF Transform wrote, and the examples it made with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.data.tfrecord import read_records
from trainwright.errors import ArtifactError, InvalidArgumentError, SchemaError
from trainwright.transform import TFTransformOutput


@pytest.fixture(scope="module")
def taxi(shared_data: Path) -> Path:
    return shared_data / "taxi"


@pytest.fixture
def output(taxi: Path) -> TFTransformOutput:
    return TFTransformOutput(taxi / "transform_graph")


def records(folder: Path) -> list[bytes]:
    return [record for path in sorted(folder.glob("*.gz")) for record in read_records(path)]


def rows_of(features: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The batch's rows, sorted: the two data sets are not in the same order."""
    columns = [np.round(np.asarray(features[name], float), 4) for name in sorted(features)]
    return sorted(zip(*columns, strict=True))


def test_transforming_raw_examples_gives_the_transformed_examples(
    taxi: Path, output: TFTransformOutput
) -> None:
    raw = records(taxi / "examples" / "Split-eval")
    transformed = records(taxi / "transformed_examples" / "Split-eval")
    got = output.transform_raw_features(tf.io.parse_example(raw, output.raw_feature_spec()))
    wanted = tf.io.parse_example(transformed, output.transformed_feature_spec())
    assert set(got) == set(wanted)
    assert rows_of(got) == rows_of(wanted)


def test_a_feature_that_is_not_given(taxi: Path, output: TFTransformOutput) -> None:
    raw = records(taxi / "examples" / "Split-eval")[:10]
    features = tf.io.parse_example(raw, output.raw_feature_spec())
    everything = output.transform_raw_features(features)
    features.pop("tips")
    features["of_no_use"] = tf.zeros([10])
    got = output.transform_raw_features(features)
    assert set(everything) - set(got) == {"tips_xf"}
    for name, value in got.items():
        np.testing.assert_array_equal(value, everything[name], err_msg=name)
    with pytest.raises(InvalidArgumentError, match="'of_no_use'|of_no_use"):
        output.transform_raw_features({"of_no_use": tf.zeros([10])})


def serving_graph(output: TFTransformOutput, folder: Path) -> None:
    """Exports, from a v1 graph, what a serving receiver would make."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        spec = output.raw_feature_spec()
        spec.pop("tips", None)
        examples = tf.compat.v1.placeholder(tf.string, [None])
        features = output.transform_raw_features(tf.io.parse_example(examples, spec))
        session.run(tf.compat.v1.tables_initializer())
        tf.compat.v1.saved_model.simple_save(
            session,
            str(folder),
            {"examples": examples},
            features,
            legacy_init_op=tf.compat.v1.tables_initializer(),
        )


def test_an_export_keeps_the_vocabularies(
    taxi: Path, output: TFTransformOutput, tmp_path: Path
) -> None:
    serving_graph(output, tmp_path / "model")
    (tmp_path / "model").rename(tmp_path / "moved")
    assets = sorted(path.name for path in (tmp_path / "moved" / "assets").iterdir())
    assert "vocab_compute_and_apply_vocabulary_vocabulary" in assets
    raw = records(taxi / "examples" / "Split-eval")[:50]
    answer = tf.saved_model.load(str(tmp_path / "moved")).signatures["serving_default"]
    got = answer(examples=tf.constant(raw))
    features = tf.io.parse_example(raw, output.raw_feature_spec())
    wanted = output.transform_raw_features(features)
    for name, value in got.items():
        np.testing.assert_allclose(value, wanted[name], rtol=1e-6, err_msg=name)


def test_in_a_tf_function_and_as_a_layer(
    taxi: Path, output: TFTransformOutput, tmp_path: Path
) -> None:
    model = tf.Module()
    model.layer = output.transform_features_layer()
    spec = output.raw_feature_spec()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(examples: Any) -> Any:
        return model.layer(tf.io.parse_example(examples, spec))

    raw = records(taxi / "examples" / "Split-eval")[:5]
    wanted = output.transform_raw_features(tf.io.parse_example(raw, spec))
    np.testing.assert_array_equal(serve(tf.constant(raw))["company_xf"], wanted["company_xf"])
    tf.saved_model.save(model, str(tmp_path), signatures=serve)
    answer = tf.saved_model.load(str(tmp_path)).signatures["serving_default"](tf.constant(raw))
    np.testing.assert_array_equal(answer["company_xf"], wanted["company_xf"])


def test_vocabularies(output: TFTransformOutput) -> None:
    name = "vocab_compute_and_apply_vocabulary_vocabulary"
    terms = output.vocabulary_by_name(name)
    assert output.vocabulary_size_by_name(name) == len(terms) > 2
    assert Path(output.vocabulary_file_by_name(name) or "").name == name
    assert output.vocabulary_file_by_name("vocab_compute") is None
    with pytest.raises(InvalidArgumentError, match="no vocabulary 'vocab_compute'"):
        output.vocabulary_by_name("vocab_compute")


def test_numbers_of_buckets(output: TFTransformOutput) -> None:
    assert output.num_buckets_for_transformed_feature("dropoff_latitude_xf") == 10
    with pytest.raises(InvalidArgumentError, match="int_domain"):
        output.num_buckets_for_transformed_feature("fare_xf")
    with pytest.raises(InvalidArgumentError, match="fare_xf"):
        output.num_buckets_for_transformed_feature("fare_x")


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="Give the run a transform graph"):
        TFTransformOutput("")
    with pytest.raises(SchemaError, match="no schema"):
        TFTransformOutput(tmp_path).transformed_feature_spec()
    with pytest.raises(ArtifactError, match="no SavedModel"):
        TFTransformOutput(tmp_path).transform_raw_features({})
