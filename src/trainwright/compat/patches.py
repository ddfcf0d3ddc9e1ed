"""The attributes that TensorFlow's modules have lost."""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType
from typing import Any

from trainwright.compat.modules import stand_in
from trainwright.compat.names import PATCHES

__all__ = ["TensorFlowPatches"]

_ABSENT = object()


class TensorFlowPatches:
    """Sets the attributes that TensorFlow lacks, and takes them away again.

    Args:
        force: replace those that it has, too.
    """

    def __init__(self, force: bool = False):
        self._force = force
        self._undo: list[tuple[Any, str, Any, Any]] = []

    def apply(self, tensorflow: ModuleType) -> None:
        """Sets the attributes of TensorFlow's own modules."""
        for below, name in PATCHES:
            owner: Any = tensorflow
            for part in below.split(".") if below else ():
                owner = getattr(owner, part)
            self._set(owner, name, ".".join(filter(None, ("tensorflow", below, name))))

    def apply_to_keras(self, keras: ModuleType) -> None:
        """Sets those of what is ``tf.keras``.

        It is given here when somebody has imported it: asking ``tf.keras`` for it would import it,
        which takes long, and fails where Keras is just about to be imported.
        """
        self._set(keras, "estimator", "tensorflow.keras.estimator")

    def _set(self, owner: Any, name: str, home: str) -> None:
        before = getattr(owner, name, _ABSENT)
        if self._force or before is _ABSENT or _is_broken(before):
            ours = stand_in(home)
            setattr(owner, name, ours)
            self._undo.append((owner, name, before, ours))

    def undo(self) -> None:
        """Sets what was there before, unless somebody else has set something since."""
        while self._undo:
            owner, name, before, ours = self._undo.pop()
            if getattr(owner, name, None) is not ours:
                continue
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)


def _is_broken(value: Any) -> bool:
    """Whether an attribute is a promise that nothing keeps.

    ``tf.compat.v1.layers`` is a lazy module that asks Keras for a name when it is used; Keras 3 has
    none of them. With TF_USE_LEGACY_KERAS, and tf_keras installed, it works.
    ``tf_keras.estimator`` asks for the package tensorflow_estimator.
    """
    if type(value).__name__ != "KerasLazyLoader":
        return getattr(value, "__name__", "") == "tf_keras.api._v2.keras.estimator"
    legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
    return not (legacy and importlib.util.find_spec("tf_keras"))
