"""The heads of classifiers and regressors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainwright.estimator.heads import BinaryClassHead, Head, MultiClassHead, RegressionHead


def head_for_classes(
    n_classes: int,
    weight_column: Any,
    label_vocabulary: Sequence[str] | None,
    loss_reduction: str,
) -> Head:
    """The head of a classifier: one logit for two classes, one per class for more."""
    if n_classes == 2:
        return BinaryClassHead(
            weight_column=weight_column,
            label_vocabulary=label_vocabulary,
            loss_reduction=loss_reduction,
        )
    return MultiClassHead(
        n_classes,
        weight_column=weight_column,
        label_vocabulary=label_vocabulary,
        loss_reduction=loss_reduction,
    )


def head_for_regression(label_dimension: int, weight_column: Any, loss_reduction: str) -> Head:
    """The head of a regressor."""
    return RegressionHead(
        label_dimension=label_dimension,
        weight_column=weight_column,
        loss_reduction=loss_reduction,
    )
