"""Arguments that heads reject when they are made, labels that they reject when used."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.heads import (
    BinaryClassHead,
    LogisticRegressionHead,
    MultiClassHead,
    MultiHead,
    MultiLabelHead,
    RegressionHead,
)

ABC = ["a", "b", "c"]
A, B = BinaryClassHead(name="a"), RegressionHead(name="b")

WRONG = [
    (lambda: BinaryClassHead(thresholds=[0.0]), "thresholds not in (0, 1)"),
    (lambda: BinaryClassHead(thresholds=[1]), "thresholds not in (0, 1)"),
    (lambda: BinaryClassHead(thresholds="a"), "thresholds not in (0, 1)"),
    (lambda: BinaryClassHead(thresholds=0.5), "thresholds not in (0, 1)"),
    (lambda: BinaryClassHead(label_vocabulary="ab"), "must be a list or tuple"),
    (lambda: MultiClassHead(2), "n_classes must be an int of 3 or more. Got 2"),
    (lambda: MultiClassHead(None), "n_classes must be an int of 3 or more. Got None"),
    (lambda: MultiClassHead("3"), "n_classes must be an int of 3 or more"),
    (
        lambda: MultiClassHead(3, label_vocabulary=["a"]),
        "label_vocabulary must name all 3 classes. Got 1 names",
    ),
    (lambda: MultiLabelHead(1), "n_classes must be an int of 2 or more"),
    (lambda: MultiLabelHead(None), "n_classes must be an int of 2 or more"),
    (
        lambda: MultiLabelHead(3, label_vocabulary=["a"]),
        "label_vocabulary must name all 3 classes. Got 1 names",
    ),
    (lambda: MultiLabelHead(3, thresholds=[2]), "thresholds not in (0, 1)"),
    (
        lambda: MultiLabelHead(3, classes_for_class_based_metrics=[3]),
        "must be ids from 0 to 2. Got 3",
    ),
    (
        lambda: MultiLabelHead(3, classes_for_class_based_metrics=[-1]),
        "must be ids from 0 to 2. Got -1",
    ),
    (
        lambda: MultiLabelHead(3, classes_for_class_based_metrics=["a"]),
        "must be class ids where there is no label_vocabulary",
    ),
    (
        lambda: MultiLabelHead(3, label_vocabulary=ABC, classes_for_class_based_metrics=["z"]),
        "label_vocabulary has no 'z'",
    ),
    (lambda: RegressionHead(0), "label_dimension must be an int of 1 or more. Got 0"),
    (lambda: RegressionHead("a"), "label_dimension must be an int of 1 or more. Got 'a'"),
    (lambda: RegressionHead(inverse_link_fn=3), "inverse_link_fn must be callable"),
    (lambda: MultiHead([]), "heads must be a list of one Head or more"),
    (lambda: MultiHead([A, RegressionHead()]), "Each head of a MultiHead needs a name"),
    (lambda: MultiHead([A, A]), "must have different names"),
    (lambda: MultiHead([A, 3]), "heads must be Heads"),
    (lambda: MultiHead([A, B], [1.0]), "one of head_weights for each of 2 heads. Got 1"),
    (
        lambda: MultiHead([A, RegressionHead(name="b", loss_reduction="sum")]),
        "must have one loss_reduction",
    ),
]


@pytest.mark.parametrize(("make", "message"), WRONG)
def test_wrong_arguments(make: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        make()


ONE, THREE = np.zeros([2, 1], np.float32), np.zeros([2, 3], np.float32)
UNUSABLE = [
    (BinaryClassHead(), ONE, [[2], [0]], "labels must be at most 1"),
    (BinaryClassHead(), ONE, [[-1], [0]], "labels must not be negative"),
    (
        BinaryClassHead(label_vocabulary=["a", "b"]),
        ONE,
        [["z"], ["a"]],
        "labels must be in the label_vocabulary",
    ),
    (BinaryClassHead(), ONE, [["1"], ["0"]], "labels must be integers"),
    (MultiClassHead(3), THREE, [[3], [0]], "labels must be at most 2"),
    (MultiClassHead(3), THREE, [[1.0], [0.0]], "labels must be integers"),
    (MultiClassHead(3), THREE, np.eye(3)[:2], "The last dimension of labels must be 1. Got 3"),
    (MultiLabelHead(3), THREE, [[2, 0, 0], [0, 0, 0]], "values in [0, 1]"),
    (MultiLabelHead(3), THREE, [["a", "b", "c"]] * 2, "Dense labels of a MultiLabelHead"),
    (MultiLabelHead(3), THREE, tf.SparseTensor([[0, 0]], [3], [2, 1]), "values in [0, 3)"),
    (MultiLabelHead(3), THREE, tf.SparseTensor([[0, 0]], ["a"], [2, 1]), "labels must be integers"),
    (MultiLabelHead(3), THREE, tf.SparseTensor([[0, 0]], [0.5], [2, 1]), "labels must be integers"),
    (
        MultiLabelHead(3, label_vocabulary=ABC),
        THREE,
        tf.SparseTensor([[0, 0]], ["z"], [2, 1]),
        "labels must be in the label_vocabulary",
    ),
    (RegressionHead(), ONE, [["a"], ["b"]], "labels must be numbers"),
    (LogisticRegressionHead(), ONE, [[1.5], [0.0]], "labels must be from 0 to 1"),
    (LogisticRegressionHead(), ONE, [[-0.5], [0.0]], "labels must be from 0 to 1"),
]


@pytest.mark.parametrize(("head", "logits", "labels", "message"), UNUSABLE)
def test_unusable_labels(head: Any, logits: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        head.loss(labels, logits)


def test_boolean_labels() -> None:
    assert float(BinaryClassHead().loss([[True], [False]], ONE)) == pytest.approx(np.log(2))
    assert float(MultiLabelHead(3).loss(THREE.astype(bool), THREE)) == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("head", "logits", "key"),
    [
        (BinaryClassHead(), ONE, "foo"),
        (MultiClassHead(3), THREE, "logistic"),
        (MultiLabelHead(3), THREE, "class_ids"),
        (RegressionHead(), ONE, "logits"),
        (MultiHead([A, B]), np.zeros([2, 2], np.float32), ("b", "logits")),
    ],
)
def test_predictions_that_are_not_made(head: Any, logits: Any, key: Any) -> None:
    with pytest.raises(ValueError, match=r"no prediction .*(It has|There are): "):
        head.predictions(logits, keys=[key])


def test_some_predictions() -> None:
    assert list(BinaryClassHead().predictions(ONE, ["classes", "logits"])) == ["classes", "logits"]
    two = np.zeros([2, 2], np.float32)
    assert list(MultiHead([A, B]).predictions(two, ["logits"])) == [("a", "logits")]
    chosen = MultiHead([A, B]).predictions(two, [("b", "predictions")])
    assert list(chosen) == [("b", "predictions")]
