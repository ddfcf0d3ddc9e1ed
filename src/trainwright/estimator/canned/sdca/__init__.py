"""Linear models trained by stochastic dual coordinate ascent."""

from trainwright.estimator.canned.sdca.model_fn import sdca_model_fn, sdca_train_op
from trainwright.estimator.canned.sdca.options import LinearSDCA

__all__ = ["LinearSDCA", "sdca_model_fn", "sdca_train_op"]
