"""The file systems that TensorFlow reads itself, such as ``gs://`` without a driver for fsspec.

This module does not import TensorFlow until it is needed.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

__all__ = ["GfileStorage"]


class GfileStorage:
    """A file system of TensorFlow's."""

    @staticmethod
    def can_read(uri: str) -> bool:
        """Whether TensorFlow knows the scheme of an address."""
        import tensorflow as tf

        schemes = tf.io.gfile.get_registered_schemes()
        return uri.partition("://")[0] in schemes

    def is_file(self, uri: str) -> bool:
        """Whether there is a file of this name."""
        import tensorflow as tf

        return bool(tf.io.gfile.exists(uri) and not tf.io.gfile.isdir(uri))

    def files(self, uri: str) -> list[str]:
        """Names, relative to a directory, of all files below it; empty where there is none."""
        import tensorflow as tf

        root = uri.rstrip("/")
        if not tf.io.gfile.isdir(root):
            return []
        return sorted(
            posixpath.join(folder.rstrip("/"), name)[len(root) + 1 :]
            for folder, _, names in tf.io.gfile.walk(root)
            for name in names
        )

    def download(self, uri: str, to: Path) -> None:
        """Copies one file to a local path."""
        import tensorflow as tf

        tf.io.gfile.copy(uri, str(to), overwrite=True)

    def upload(self, path: Path, uri: str) -> None:
        """Copies one local file to an address, with the directories above it."""
        import tensorflow as tf

        tf.io.gfile.makedirs(posixpath.dirname(uri))
        tf.io.gfile.copy(str(path), uri, overwrite=True)

    def remove(self, uri: str) -> None:
        """Removes a directory with all that is in it, if it is there."""
        import tensorflow as tf

        if tf.io.gfile.isdir(uri):
            tf.io.gfile.rmtree(uri)
