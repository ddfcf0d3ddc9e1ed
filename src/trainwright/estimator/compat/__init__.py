"""Earlier versions of the estimator API."""
