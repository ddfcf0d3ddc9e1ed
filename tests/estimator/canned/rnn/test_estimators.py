"""Recurrent estimators end to end, where 2.15 has no numbers to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError, TrainwrightWarning
from trainwright.estimator.experimental import RNNClassifier, RNNEstimator

fc = tf.feature_column
PRICE = fc.sequence_numeric_column("price")


def padded_input_fn() -> Any:
    """Sequences padded beyond the longest, and one without any step."""
    price = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 3.0], [3, 5])
    return tf.data.Dataset.from_tensor_slices(({"price": price}, [1, 0, 1])).batch(3)


def steps_input_fn() -> Any:
    price = tf.ragged.constant([[1.0, 2.0, 3.0], [4.0]])
    labels = tf.constant([[0, 1, 1], [1, 0, 0]])
    return tf.data.Dataset.from_tensor_slices(({"price": price}, labels)).batch(2)


def test_padding_beyond_the_longest_sequence_does_no_harm() -> None:
    estimator = RNNClassifier([PRICE], units=[2]).train(padded_input_fn)
    logits = [example["logits"][0] for example in estimator.predict(padded_input_fn)]
    # Where there is no step, the network's output is 0, and the logits are the bias.
    assert logits[2] == pytest.approx(estimator.get_variable_value("rnn_model/logits/bias")[0])


def test_dropout_is_for_training_only() -> None:
    def make_cell() -> Any:
        return tf.keras.layers.LSTMCell(4, dropout=0.5, recurrent_dropout=0.5)

    estimator = RNNClassifier([PRICE], rnn_cell_fn=make_cell).train(padded_input_fn)
    first, second = (
        [example["logits"][0] for example in estimator.predict(padded_input_fn)] for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert "rnn_model/rnn/lstm_cell/kernel" in estimator.get_variable_names()
    assert not [name for name in estimator.get_variable_names() if "seed" in name]


def test_an_exported_model_reads_sequence_examples(tmp_path: Path) -> None:
    estimator = RNNClassifier([PRICE], units=[2], return_sequences=True).train(steps_input_fn)

    def receiver_fn() -> Any:
        examples = tf.compat.v1.placeholder(tf.string, [None])
        spec = {"price": tf.io.VarLenFeature(tf.float32)}
        _, features, _ = tf.io.parse_sequence_example(examples, sequence_features=spec)
        return tfe.export.ServingInputReceiver(features, {"examples": examples})

    path = estimator.export_saved_model(str(tmp_path), receiver_fn).decode()
    steps = [
        tf.train.Feature(float_list=tf.train.FloatList(value=[price])) for price in (1.0, 2.0, 3.0)
    ]
    example = tf.train.SequenceExample(
        feature_lists=tf.train.FeatureLists(
            feature_list={"price": tf.train.FeatureList(feature=steps)}
        )
    )
    predict = tf.saved_model.load(path).signatures["predict"]
    answer = predict(examples=tf.constant([example.SerializeToString()]))
    expected = next(iter(estimator.predict(steps_input_fn)))
    np.testing.assert_allclose(answer["logits"][0], expected["logits"], rtol=1e-5)
    assert expected["sequence_mask"].tolist() == [True, True, True]


def test_columns_may_come_from_a_generator() -> None:
    columns = (column for column in [PRICE])
    estimator = RNNClassifier(columns, units=[2]).train(padded_input_fn)
    assert estimator.evaluate(padded_input_fn)["global_step"] == 1


def test_embeddings_that_are_not_trained_are_told_of() -> None:
    words = [fc.sequence_categorical_column_with_identity(name, 3) for name in ("a", "b")]
    with tf.Graph().as_default():
        shared = fc.shared_embeddings(words, 2)
    with pytest.warns(TrainwrightWarning, match="shared_embeddings keep their initial values"):
        RNNClassifier(shared, units=[2])


def test_sequences_need_a_head_for_sequences() -> None:
    with pytest.raises(InvalidArgumentError, match="the head must be a SequentialHeadWrapper"):
        RNNEstimator(tfe.BinaryClassHead(), [PRICE], units=[2], return_sequences=True)


def test_a_head_must_be_one() -> None:
    with pytest.raises(InvalidArgumentError, match="head must be a Head"):
        RNNEstimator(3, [PRICE], units=[2])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options", [{"weight_column": fc.numeric_column("w")}, {"sequence_mask": None}]
)
def test_sequences_take_weights_and_masks_by_name(options: Any) -> None:
    with pytest.raises(TypeError, match="the name of a feature"):
        RNNClassifier([PRICE], units=[2], return_sequences=True, **options)
