"""The Estimator of compat.v1."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator import core
from trainwright.estimator.export.saved_model import export_saved_model
from trainwright.estimator.mode_keys import ModeKeys


class Estimator(core.Estimator):
    """An :class:`trainwright.estimator.Estimator` with the method that TensorFlow 1 had besides.

    Args and behaviour are those of that class.
    """

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """Exports for serving: the earlier name of :meth:`export_saved_model`.

        Args:
            export_dir_base: where the timestamped directory is made.
            serving_input_receiver_fn: makes the receiver.
            assets_extra: path within ``assets.extra`` -> file to copy there.
            as_text: write ``saved_model.pbtxt``.
            checkpoint_path: prefix of the checkpoint; None: the latest.
            strip_default_attrs: leave out attributes of ops that have their default values, so
                that earlier versions of TensorFlow, which do not know them, read the graph.

        Returns:
            The directory, as bytes.

        Raises:
            ValueError: no receiver function, or no checkpoint.
        """
        warnings.warn(
            "export_savedmodel is deprecated: call export_saved_model, which strips default "
            "attributes.",
            DeprecationWarning,
            stacklevel=2,
        )
        if serving_input_receiver_fn is None:
            raise ValueError("serving_input_receiver_fn must be given. Got none.")
        checkpoint = checkpoint_path or self.latest_checkpoint()
        if not checkpoint:
            raise ValueError(f"There is no trained model in {self.model_dir} to export.")
        return export_saved_model(
            self.model_definition,
            str(tf.compat.as_str_any(export_dir_base)),
            {ModeKeys.PREDICT: serving_input_receiver_fn},
            checkpoint=checkpoint,
            assets_extra=assets_extra,
            as_text=as_text,
            strip_default_attrs=strip_default_attrs,
        )
