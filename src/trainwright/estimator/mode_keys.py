"""The three things that a model_fn is asked to do."""

from __future__ import annotations


class ModeKeys:
    """The standard values of a model_fn's argument ``mode``."""

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"

    ALL = (TRAIN, EVAL, PREDICT)


EXPORT_TAGS = {ModeKeys.PREDICT: ("serve",), ModeKeys.EVAL: ("eval",), ModeKeys.TRAIN: ("train",)}
"""The tags under which each mode's graph lies in a SavedModel."""
