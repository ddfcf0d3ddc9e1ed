"""What ``tfx.dsl.io.fileio`` offers, on ``tf.io.gfile``: files, on any file system it knows."""

from __future__ import annotations

import tensorflow as tf

__all__ = [
    "NotFoundError",
    "copy",
    "exists",
    "glob",
    "isdir",
    "listdir",
    "makedirs",
    "mkdir",
    "open",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]

NotFoundError = tf.errors.NotFoundError
copy = tf.io.gfile.copy
exists = tf.io.gfile.exists
glob = tf.io.gfile.glob
isdir = tf.io.gfile.isdir
listdir = tf.io.gfile.listdir
makedirs = tf.io.gfile.makedirs
mkdir = tf.io.gfile.mkdir
open = tf.io.gfile.GFile  # noqa: A001 - the name it has
remove = tf.io.gfile.remove
rename = tf.io.gfile.rename
rmtree = tf.io.gfile.rmtree
stat = tf.io.gfile.stat
walk = tf.io.gfile.walk
