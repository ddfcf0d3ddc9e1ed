"""Class ids and class names as predictions."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from trainwright.estimator.export.outputs import ClassificationOutput
from trainwright.estimator.heads import keys
from trainwright.estimator.heads.once import made_once

_FEW = 100
"""Up to how many classes graphs name one by one, rather than count."""
_UNKNOWN = "UNK"


def predicted_ids(scores: tf.Tensor) -> tf.Tensor:
    """The class of the highest score, int64 ``[D0, ..., DN, 1]``, of scores per class."""
    return tf.expand_dims(tf.argmax(scores, axis=-1, name="class_ids"), -1)


def class_predictions(
    scores: tf.Tensor, vocabulary: Sequence[str] | None, names: Sequence[str]
) -> dict[str, tf.Tensor]:
    """Ids and names: of the class of the highest score, and of all classes.

    Args:
        scores: ``[D0, ..., DN, n_classes]``.
        vocabulary: all label values in the order of their ids, or None.
        names: which of these predictions to make.
    """
    made = {}
    n_classes = scores.shape[-1]
    if keys.CLASS_IDS in names or keys.CLASSES in names:
        made[keys.CLASS_IDS] = predicted_ids(scores)
    if keys.CLASSES in names:
        made[keys.CLASSES] = class_names(made[keys.CLASS_IDS], vocabulary, n_classes)
    if keys.ALL_CLASS_IDS in names:
        made[keys.ALL_CLASS_IDS] = all_ids(scores, n_classes)
    if keys.ALL_CLASSES in names:
        made[keys.ALL_CLASSES] = all_names(scores, vocabulary, n_classes)
    return made


def class_names(ids: tf.Tensor, vocabulary: Sequence[str] | None, n_classes: int) -> tf.Tensor:
    """The names of classes: from the vocabulary, else their ids as strings.

    Args:
        ids: int64, of any shape.
        vocabulary: all label values in the order of their ids, or None.
        n_classes: how many ids there are; those beyond the vocabulary are called ``UNK``.

    Returns:
        Strings of the shape of ``ids``.
    """
    if vocabulary is None:
        return tf.strings.as_string(ids, name="str_classes")
    missing = [_UNKNOWN] * (n_classes - len(vocabulary))
    return tf.gather(tf.constant([*vocabulary, *missing]), ids)


def all_ids(logits: tf.Tensor, n_classes: int) -> tf.Tensor:
    """All class ids for each example, int32 ``[batch, n_classes]``."""
    return _for_each(_id_row(n_classes), logits)


def all_names(logits: tf.Tensor, vocabulary: Sequence[str] | None, n_classes: int) -> tf.Tensor:
    """All class names for each example, strings ``[batch, n_classes]``."""
    if vocabulary is not None:
        return _for_each(tf.constant([list(vocabulary)]), logits)
    if n_classes is not None and n_classes <= _FEW:
        return _for_each(tf.constant([[str(number) for number in range(n_classes)]]), logits)
    return _for_each(tf.strings.as_string(_id_row(n_classes)), logits)


def _id_row(n_classes: int) -> tf.Tensor:
    """All class ids, int32 ``[1, n_classes]``."""
    if n_classes is not None and n_classes <= _FEW:
        return tf.constant([list(range(n_classes))], tf.int32)
    return tf.expand_dims(tf.range(n_classes, dtype=tf.int32), 0)


def _for_each(row: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """A row, ``[1, n]``, for each example: ``[batch, n]``."""
    return tf.tile(row, made_once(_repeats, logits))


def _repeats(logits: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(logits)
    batch = shape[0] if logits.shape.rank is None else tf.unstack(shape)[0]
    return tf.stack([batch, 1])


def classification_output(
    scores: tf.Tensor, vocabulary: Sequence[str] | None, n_classes: int
) -> ClassificationOutput:
    """The classify signature's output: scores and names of all classes, ``[batch, n_classes]``."""
    return ClassificationOutput(scores=scores, classes=all_names(scores, vocabulary, n_classes))
