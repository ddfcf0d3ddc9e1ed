"""Clustering by k-means."""

from trainwright.estimator.canned.kmeans.estimator import KMeans

__all__ = ["KMeans"]
