"""The attributes that TensorFlow's modules have lost."""

from __future__ import annotations

import importlib.util
import os
from functools import partial
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
        """Sets the attributes."""
        for below, name in PATCHES:
            owner: Any = tensorflow
            for part in below.split(".") if below else ():
                owner = getattr(owner, part)
            # Asking tf.keras for a name loads it, and that may be tf_keras, which is slow.
            before = (vars(owner).get if below == "keras" else partial(getattr, owner))(
                name, _ABSENT
            )
            if self._force or before is _ABSENT or _is_broken(before):
                ours = stand_in(".".join(filter(None, ("tensorflow", below, name))))
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
    """Whether an attribute is TensorFlow's promise of Keras 2 that nothing keeps.

    ``tf.compat.v1.layers`` is a lazy module that asks Keras for a name when it is used; Keras 3 has
    none of them. With TF_USE_LEGACY_KERAS, and tf_keras installed, it works.
    """
    if type(value).__name__ != "KerasLazyLoader":
        return False
    legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
    return not (legacy and importlib.util.find_spec("tf_keras"))
