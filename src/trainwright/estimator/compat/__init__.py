"""Earlier versions of the estimator API."""

from trainwright.estimator.compat import v1

__all__ = ["v1"]
