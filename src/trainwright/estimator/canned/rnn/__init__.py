"""Recurrent networks over sequence columns."""

from trainwright.estimator.canned.rnn.estimators import RNNClassifier, RNNEstimator
from trainwright.estimator.canned.rnn.sequential_head import SequentialHeadWrapper

__all__ = ["RNNClassifier", "RNNEstimator", "SequentialHeadWrapper"]
