from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trainwright.estimator.heads import BinaryClassHead, MultiHead, RegressionHead

HEAD = MultiHead([BinaryClassHead(name="a"), RegressionHead(2, name="b")])
LOGITS = np.zeros([2, 3], np.float32)
LABELS = {"a": [[1], [0]], "b": [[0.0, 1.0], [0.0, 1.0]]}


@pytest.mark.parametrize(
    ("labels", "logits", "message"),
    [
        ({"a": [[1], [0]]}, LOGITS, r"labels must hold an entry for each head\. Missing"),
        (None, LOGITS, "labels must be a dict"),
        ([[1], [0]], LOGITS, "labels must be a dict"),
        (LABELS, {"a": LOGITS[:, :1]}, r"logits must hold an entry for each head\. Missing"),
        (
            LABELS,
            LOGITS[:, :2],
            "The last dimension of logits must be 3, the sum of what the heads",
        ),
    ],
)
def test_labels_and_logits_for_each_head(labels: Any, logits: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HEAD.loss(labels, logits)


def test_metrics_gather_over_batches() -> None:
    metrics = HEAD.metrics()
    for _ in range(2):
        HEAD.update_metrics(metrics, {}, LOGITS, LABELS)
    assert float(metrics["average_loss/b"].result()) == 0.5
    assert float(metrics["label/mean/a"].result()) == 0.5


def test_the_common_properties() -> None:
    assert HEAD.logits_dimension == 3
    assert HEAD.name == "a_b"
    assert HEAD.loss_reduction == "sum_over_batch_size"
    assert HEAD.training_scope == "training_2"
