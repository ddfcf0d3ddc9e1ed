"""Batch normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.compat.layers.base import Function, Layer, known_dimension, smart_condition
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1
_ZEROS, _ONES = v1.zeros_initializer(), v1.ones_initializer()


class BatchNormalization(Layer):
    """Subtracts the mean and divides by the standard deviation, of the batch or of the past.

    Args:
        axis: the axis that is normalized, mostly the channels; several may be given.
        momentum: of the moving averages.
        epsilon: added to the variance.
        center: whether an offset ``beta`` is learned.
        scale: whether a factor ``gamma`` is learned.
        beta_initializer: of beta.
        gamma_initializer: of gamma.
        moving_mean_initializer: of the moving mean.
        moving_variance_initializer: of the moving variance.
        beta_regularizer: gives a loss for beta.
        gamma_regularizer: gives a loss for gamma.
        beta_constraint: applied to beta after each update.
        gamma_constraint: applied to gamma after each update.
        renorm: not supported, and so its two arguments.
        renorm_clipping: see renorm.
        renorm_momentum: see renorm.
        fused: whether to use the fused operation, whose moving variance is that of a sample (with
            Bessel's correction); None: for four-dimensional inputs.
        trainable: whether beta and gamma are trained.
        virtual_batch_size: not supported.
        adjustment: not supported.
        name: the layer's variable scope.

    Raises:
        InvalidArgumentError: something that is not supported.
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = _ZEROS,
        gamma_initializer: Any = _ONES,
        moving_mean_initializer: Any = _ZEROS,
        moving_variance_initializer: Any = _ONES,
        beta_regularizer: Function | None = None,
        gamma_regularizer: Function | None = None,
        beta_constraint: Function | None = None,
        gamma_constraint: Function | None = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Function | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(trainable, name, **kwargs)
        del renorm_clipping, renorm_momentum
        unsupported = {
            "renorm": renorm,
            "virtual_batch_size": virtual_batch_size,
            "adjustment": adjustment,
        }
        for argument, value in unsupported.items():
            if value:
                raise InvalidArgumentError(
                    f"batch_normalization does not support {argument}. Got {value!r}.",
                    hint=f"Leave {argument} out.",
                )
        self.axis = [axis] if isinstance(axis, int) else list(axis)
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.fused = fused
        self._beta = _weight(beta_initializer, beta_regularizer, beta_constraint)
        self._gamma = _weight(gamma_initializer, gamma_regularizer, gamma_constraint)
        self._moving = (moving_mean_initializer, moving_variance_initializer)

    def build(self, input_shape: Any) -> None:
        """Makes gamma, beta and the moving averages, of the size of the normalized axes."""
        rank = input_shape.rank
        if rank is None:
            raise InvalidArgumentError(
                f"The input of {self.name} must have a known number of axes. Its shape is "
                f"{input_shape}."
            )
        self.axis = [axis % rank for axis in self.axis]
        self.fused = self._is_fused(rank)
        shape = [known_dimension(input_shape, axis, self.name) for axis in self.axis]
        if len(shape) > 1:
            sizes = dict(zip(self.axis, shape, strict=True))
            shape = [sizes.get(axis, 1) for axis in range(rank)]
        dtype = tf.float32 if self.dtype in (tf.float16, tf.bfloat16) else self.dtype
        self.gamma = self.add_weight("gamma", shape, dtype, **self._gamma) if self.scale else None
        self.beta = self.add_weight("beta", shape, dtype, **self._beta) if self.center else None
        options: dict[str, Any] = {"trainable": False, "partitioner": None}
        mean, variance = self._moving
        self.moving_mean = self.add_weight("moving_mean", shape, dtype, mean, **options)
        self.moving_variance = self.add_weight("moving_variance", shape, dtype, variance, **options)

    def _is_fused(self, rank: int) -> bool:
        possible = rank == 4 and self.axis in ([1], [3])
        if self.fused and not possible:
            raise InvalidArgumentError(
                "The fused operation normalizes axis 1 or 3 of four-dimensional inputs. Got axis "
                f"{self.axis} of {rank} dimensions.",
                hint="Leave fused out.",
            )
        return possible if self.fused is None else self.fused

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The normalized inputs; while training the update of the averages joins UPDATE_OPS."""
        if self.fused:
            outputs, mean, variance = self._fused(inputs, training)
        else:
            outputs, mean, variance = self._plain(inputs, training)
        known = tf.get_static_value(training) if tf.is_tensor(training) else training
        if known is None or known:
            share = smart_condition(training, lambda: 1.0 - self.momentum, lambda: 0.0)
            for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                change = (average - tf.cast(value, average.dtype)) * tf.cast(share, average.dtype)
                self.add_update(average.assign_sub(change, read_value=False))
        return outputs

    def _fused(self, inputs: Any, training: Any) -> tuple[Any, Any, Any]:
        size = self.moving_mean.shape
        gamma = tf.ones(size) if self.gamma is None else tf.convert_to_tensor(self.gamma)
        beta = tf.zeros(size) if self.beta is None else tf.convert_to_tensor(self.beta)
        layout = "NHWC" if self.axis == [3] else "NCHW"

        def normalized(is_training: bool) -> tuple[Any, Any, Any]:
            past = (
                {} if is_training else {"mean": self.moving_mean, "variance": self.moving_variance}
            )
            outputs, mean, variance = v1.nn.fused_batch_norm(
                inputs,
                gamma,
                beta,
                epsilon=self.epsilon,
                is_training=is_training,
                data_format=layout,
                **past,
            )
            return outputs, mean, variance

        results: tuple[Any, Any, Any] = smart_condition(
            training, lambda: normalized(True), lambda: normalized(False)
        )
        return results

    def _plain(self, inputs: Any, training: Any) -> tuple[Any, Any, Any]:
        rank = inputs.shape.rank
        others = [axis for axis in range(rank) if axis not in self.axis]
        wide = [inputs.shape[axis] if axis in self.axis else 1 for axis in range(rank)]

        def of_batch() -> tuple[Any, Any]:
            exact = tf.cast(inputs, self.moving_mean.dtype)
            mean, variance = tf.nn.moments(exact, others, keepdims=len(self.axis) > 1)
            return mean, variance

        mean, variance = smart_condition(
            training,
            of_batch,
            lambda: (tf.identity(self.moving_mean), tf.identity(self.moving_variance)),
        )
        parts = [
            None if part is None else tf.cast(tf.reshape(part, wide), inputs.dtype)
            for part in (mean, variance, self.beta, self.gamma)
        ]
        outputs = tf.nn.batch_normalization(inputs, *parts, self.epsilon)
        outputs.set_shape(inputs.shape)
        return outputs, mean, variance


def _weight(initializer: Any, regularizer: Any, constraint: Any) -> dict[str, Any]:
    return {"initializer": initializer, "regularizer": regularizer, "constraint": constraint}


def batch_normalization(
    inputs: Any,
    axis: int | Sequence[int] = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = _ZEROS,
    gamma_initializer: Any = _ONES,
    moving_mean_initializer: Any = _ZEROS,
    moving_variance_initializer: Any = _ONES,
    beta_regularizer: Function | None = None,
    gamma_regularizer: Function | None = None,
    beta_constraint: Function | None = None,
    gamma_constraint: Function | None = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Function | None = None,
) -> Any:
    """Batch normalization; arguments as of :class:`BatchNormalization`.

    ``training`` is a bool or a tensor of one: whether to normalize by the batch. If so, the moving
    averages change when the ops in UPDATE_OPS are run: make the train_op depend on them. ``reuse``
    says whether to use variables that are there under this name.

    Example:
        >>> with tf.Graph().as_default():
        ...     outputs = batch_normalization(tf.zeros([2, 3]), training=True)
        ...     len(tf.compat.v1.get_collection("update_ops"))
        2
    """
    layer = BatchNormalization(
        axis,
        momentum,
        epsilon,
        center,
        scale,
        beta_initializer,
        gamma_initializer,
        moving_mean_initializer,
        moving_variance_initializer,
        beta_regularizer,
        gamma_regularizer,
        beta_constraint,
        gamma_constraint,
        renorm,
        renorm_clipping,
        renorm_momentum,
        fused,
        trainable,
        virtual_batch_size,
        adjustment,
        name,
        _reuse=reuse,
    )
    return layer(inputs, training=training)
