"""``tf.compat.v1.layers``: layers for graphs, with the names and defaults of TensorFlow 1 and 2.15.

Variables are made by ``tf.compat.v1.get_variable``, so that they follow variable scopes and can be
reused by name: ``dense/kernel``, ``dense_1/bias``, ``batch_normalization/moving_mean``. Updates of
batch normalization are in the collection UPDATE_OPS, regularization in REGULARIZATION_LOSSES.

Example:
    >>> import tensorflow as tf
    >>> from trainwright.compat import layers
    >>> with tf.Graph().as_default():
    ...     hidden = layers.dense(tf.ones([2, 3]), 4, activation=tf.nn.relu)
    ...     logits = layers.dense(hidden, 1)
    ...     [variable.name for variable in tf.compat.v1.trainable_variables()]
    ['dense/kernel:0', 'dense/bias:0', 'dense_1/kernel:0', 'dense_1/bias:0']
"""

from __future__ import annotations

from trainwright.compat.layers.base import Layer
from trainwright.compat.layers.convolution import (
    Conv1D,
    Conv2D,
    Conv3D,
    conv1d,
    conv2d,
    conv3d,
)
from trainwright.compat.layers.core import Dense, Dropout, Flatten, dense, dropout, flatten
from trainwright.compat.layers.normalization import BatchNormalization, batch_normalization
from trainwright.compat.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    average_pooling1d,
    average_pooling2d,
    average_pooling3d,
    max_pooling1d,
    max_pooling2d,
    max_pooling3d,
)
from trainwright.compat.layers.separable import (
    SeparableConv1D,
    SeparableConv2D,
    separable_conv1d,
    separable_conv2d,
)
from trainwright.compat.layers.transposed import (
    Conv2DTranspose,
    Conv3DTranspose,
    conv2d_transpose,
    conv3d_transpose,
)

__all__ = [
    "Layer",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Dense",
    "Dropout",
    "Flatten",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "SeparableConv1D",
    "SeparableConv2D",
    "average_pooling1d",
    "average_pooling2d",
    "average_pooling3d",
    "batch_normalization",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "dense",
    "dropout",
    "flatten",
    "max_pooling1d",
    "max_pooling2d",
    "max_pooling3d",
    "separable_conv1d",
    "separable_conv2d",
]
