"""Heads: the parts of models that turn logits into loss, predictions, metrics and signatures."""

from trainwright.estimator.heads.base import Head
from trainwright.estimator.heads.binary_class import BinaryClassHead
from trainwright.estimator.heads.multi_class import MultiClassHead
from trainwright.estimator.heads.multi_head import MultiHead
from trainwright.estimator.heads.multi_label import MultiLabelHead
from trainwright.estimator.heads.regression import (
    LogisticRegressionHead,
    PoissonRegressionHead,
    RegressionHead,
)

__all__ = [
    "BinaryClassHead",
    "Head",
    "LogisticRegressionHead",
    "MultiClassHead",
    "MultiHead",
    "MultiLabelHead",
    "PoissonRegressionHead",
    "RegressionHead",
]
