"""The attributes that TensorFlow's modules have lost."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from trainwright.compat.keras_save import saving_saved_models
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

    def apply(self, module: ModuleType, name: str = "tensorflow") -> None:
        """Sets the attributes of one of TensorFlow's own modules, and of those below it.

        Args:
            module: the module.
            name: what it was imported as.
        """
        for below, attribute in PATCHES:
            owner_name = f"tensorflow.{below}".rstrip(".")
            if not f"{owner_name}.".startswith(f"{name}."):
                continue
            owner: Any = module
            for part in filter(None, owner_name[len(name) :].split(".")):
                owner = getattr(owner, part)
            self._set(owner, attribute, f"{owner_name}.{attribute}")

    def replace(self, module: ModuleType, name: str) -> None:
        """Puts a stand-in where a module that does not work has just been imported.

        Args:
            module: the module.
            name: what it was imported as.
        """
        del module
        works = _has_estimators() if name.endswith(".estimator") else _has_keras_2()
        if self._force or not works:
            sys.modules[name] = stand_in(name)

    def apply_to_keras(self, keras: ModuleType) -> None:
        """Sets those of what is ``tf.keras``.

        It is given here when somebody has imported it: asking ``tf.keras`` for it would import it,
        which takes long, and fails where Keras is just about to be imported.
        """
        self._set(keras, "estimator", "tensorflow.keras.estimator")
        if keras.__name__.startswith("keras."):  # Keras 3
            self._replace(keras.Model, "save", saving_saved_models(keras.Model.save))
            # Keras 3 has their names, and each of them raises an error. Estimators can use ours.
            legacy = stand_in("tensorflow.keras.optimizers.legacy")
            self._replace(keras.optimizers, "legacy", legacy)

    def _set(self, owner: Any, name: str, home: str) -> None:
        before = getattr(owner, name, _ABSENT)
        if self._force or before is _ABSENT or _is_broken(before):
            self._replace(owner, name, stand_in(home))

    def _replace(self, owner: Any, name: str, ours: Any) -> None:
        before = getattr(owner, name, _ABSENT)
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
    return not _has_keras_2()


def _has_keras_2() -> bool:
    """Whether TensorFlow finds in tf_keras what it promises."""
    legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
    return legacy and importlib.util.find_spec("tf_keras") is not None


def _has_estimators() -> bool:
    """Whether the package that ``tf_keras.estimator`` asks for is really installed."""
    return PathFinder.find_spec("tensorflow_estimator") is not None
