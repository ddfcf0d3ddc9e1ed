"""The names under which heads report predictions and metrics."""

from __future__ import annotations

# Predictions.
LOGITS = "logits"
LOGISTIC = "logistic"
PROBABILITIES = "probabilities"
CLASS_IDS = "class_ids"
CLASSES = "classes"
ALL_CLASS_IDS = "all_class_ids"
ALL_CLASSES = "all_classes"
PREDICTIONS = "predictions"

# Signatures, besides the default one.
CLASSIFICATION = "classification"
REGRESSION = "regression"
PREDICT = "predict"

# Metrics.
LOSS = "loss"
AVERAGE_LOSS = "average_loss"
REGULARIZATION_LOSS = "regularization_loss"
ACCURACY = "accuracy"
ACCURACY_BASELINE = "accuracy_baseline"
AUC = "auc"
AUC_PRECISION_RECALL = "auc_precision_recall"
LABEL_MEAN = "label/mean"
PREDICTION_MEAN = "prediction/mean"
PROBABILITY_MEAN = "probability_mean"
PRECISION = "precision"
RECALL = "recall"


def at_threshold(key: str, threshold: float) -> str:
    """The name of a metric of the positive class at one threshold.

    Example:
        >>> at_threshold("precision", 0.5)
        'precision/positive_threshold_0.5'
    """
    return f"{key}/positive_threshold_{threshold:g}"


def of_head(key: str, head_name: str | None) -> str:
    """The name of a metric of a named head.

    Example:
        >>> of_head("auc", "ctr"), of_head("auc", None)
        ('auc/ctr', 'auc')
    """
    return f"{key}/{head_name}" if head_name else key
