"""``MetricKeys`` and ``PredictionKeys``: programs for tf.estimator look results up by them.

Importing it imports the heads, and with them TensorFlow.
"""

from __future__ import annotations

from trainwright.estimator.heads import keys

__all__ = ["MetricKeys", "PredictionKeys"]


class MetricKeys:
    """The names of metrics; those with a ``%`` are completed by a threshold, class or name."""

    LOSS = keys.LOSS
    LOSS_MEAN = keys.AVERAGE_LOSS
    LOSS_REGULARIZATION = keys.REGULARIZATION_LOSS
    ACCURACY = keys.ACCURACY
    ACCURACY_BASELINE = keys.ACCURACY_BASELINE
    AUC = keys.AUC
    AUC_PR = keys.AUC_PRECISION_RECALL
    LABEL_MEAN = keys.LABEL_MEAN
    PREDICTION_MEAN = keys.PREDICTION_MEAN
    PRECISION = keys.PRECISION
    RECALL = keys.RECALL
    ACCURACY_AT_THRESHOLD = f"{keys.ACCURACY}/positive_threshold_%g"
    PRECISION_AT_THRESHOLD = f"{keys.PRECISION}/positive_threshold_%g"
    RECALL_AT_THRESHOLD = f"{keys.RECALL}/positive_threshold_%g"
    PROBABILITY_MEAN_AT_CLASS = f"{keys.PROBABILITY_MEAN}/class%d"
    AUC_AT_CLASS = f"{keys.AUC}/class%d"
    AUC_PR_AT_CLASS = f"{keys.AUC_PRECISION_RECALL}/class%d"
    PROBABILITY_MEAN_AT_NAME = f"{keys.PROBABILITY_MEAN}/%s"
    AUC_AT_NAME = f"{keys.AUC}/%s"
    AUC_PR_AT_NAME = f"{keys.AUC_PRECISION_RECALL}/%s"


class PredictionKeys:
    """The names of predictions."""

    ALL_CLASS_IDS = keys.ALL_CLASS_IDS
    ALL_CLASSES = keys.ALL_CLASSES
    CLASS_IDS = keys.CLASS_IDS
    CLASSES = keys.CLASSES
    LOGISTIC = keys.LOGISTIC
    LOGITS = keys.LOGITS
    PREDICTIONS = keys.PREDICTIONS
    PROBABILITIES = keys.PROBABILITIES
