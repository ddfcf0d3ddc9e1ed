"""Feature columns in models: input layers and linear models.

``tensors`` alone decides how a column is computed.
"""

from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.input_layer import input_layer
from trainwright.estimator.columns.linear_model import LinearOutput, linear_model

__all__ = ["FeatureCache", "LinearOutput", "input_layer", "linear_model"]
