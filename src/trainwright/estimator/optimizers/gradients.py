"""Gradients of a loss in a graph, and clipping them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers.hyperparameters import checked_number


def gradients_of(loss: tf.Tensor, variables: Sequence[tf.Variable]) -> list[Any]:
    """A tensor, or IndexedSlices, for each variable.

    Raises:
        InvalidArgumentError: the loss does not depend on one of them.
    """
    return gradients_of_each(loss, [variables])[0]


def gradients_of_each(loss: tf.Tensor, groups: Sequence[Sequence[tf.Variable]]) -> list[list[Any]]:
    """As :func:`gradients_of` for each group; what they have in common is made but once.

    Raises:
        InvalidArgumentError: the loss does not depend on a variable.
    """
    gradients = iter(tf.gradients(loss, [variable for group in groups for variable in group]))
    each = [list(itertools.islice(gradients, len(group))) for group in groups]
    for group, of_group in zip(groups, each, strict=True):
        without = [v.op.name for v, g in zip(group, of_group, strict=True) if g is None]
        if without:
            raise InvalidArgumentError(
                f"The loss {loss.name} has no gradient for: {', '.join(without)}.",
                hint="Leave them out of the trained variables, or make every operation between "
                "them and the loss a differentiable one of the same graph.",
            )
    return each


@dataclass(frozen=True)
class Clipping:
    """Limits to gradients; None means no limit.

    Args:
        clipnorm: greatest L2 norm of each gradient.
        clipvalue: greatest absolute value of each element.
        global_clipnorm: greatest L2 norm of all gradients together.

    Raises:
        InvalidArgumentError: a negative limit, or both norms.
    """

    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None

    def __post_init__(self) -> None:
        for name, limit in self.limits().items():
            checked_number("the optimizer", name, limit)
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise InvalidArgumentError(
                "An optimizer takes clipnorm or global_clipnorm, not both. "
                f"Got clipnorm={self.clipnorm!r}, global_clipnorm={self.global_clipnorm!r}."
            )

    def limits(self) -> dict[str, float]:
        """The limits that are set, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def apply(self, gradients: list[Any]) -> list[Any]:
        """The clipped gradients: first by value, then by norm.

        The values of IndexedSlices are clipped as they are, repeated indices apart.
        """
        if self.clipvalue is not None:
            low, high = -self.clipvalue, self.clipvalue
            gradients = [tf.clip_by_value(gradient, low, high) for gradient in gradients]
        if self.clipnorm is not None:
            gradients = [tf.clip_by_norm(gradient, self.clipnorm) for gradient in gradients]
        if self.global_clipnorm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.global_clipnorm)
        return gradients
