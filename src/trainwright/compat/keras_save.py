"""``model.save(directory, save_format="tf")``, which most module files with a Keras model end with.

Keras 3 writes its own format only, and refuses the argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

__all__ = ["saving_saved_models"]


def saving_saved_models(save: Callable[..., Any]) -> Callable[..., Any]:
    """Keras 3's ``Model.save``, which also takes ``save_format="tf"`` and ``signatures``.

    Args:
        save: the method.
    """

    @functools.wraps(save)
    def save_model(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("save_format") != "tf":
            return save(self, filepath, *args, **kwargs)
        signatures, options = kwargs.get("signatures"), kwargs.get("options")
        if signatures is None:
            # With a signature of its inputs, as Keras 2 made one.
            return self.export(str(filepath), verbose=False)
        import tensorflow as tf

        return tf.saved_model.save(self, str(filepath), signatures=signatures, options=options)

    return save_model
