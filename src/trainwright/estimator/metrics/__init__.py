"""The metrics that heads report, with the values of TensorFlow 2.15's."""

from trainwright.estimator.metrics.auc import AUC, PrecisionRecallAUC, update_areas
from trainwright.estimator.metrics.base import Metric
from trainwright.estimator.metrics.confusion import Precision, Recall
from trainwright.estimator.metrics.mean import Accuracy, AccuracyBaseline, Mean, ThresholdAccuracy

__all__ = [
    "AUC",
    "Accuracy",
    "AccuracyBaseline",
    "Mean",
    "Metric",
    "Precision",
    "PrecisionRecallAUC",
    "Recall",
    "ThresholdAccuracy",
    "update_areas",
]
