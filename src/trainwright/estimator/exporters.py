"""Exporters: what train_and_evaluate calls after an evaluation to export a model."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.events import announce


class Exporter(ABC):
    """Exports a model during train_and_evaluate."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The exporter's name, which is its directory's below ``export/``."""

    @abstractmethod
    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Exports the model, or decides not to.

        Args:
            estimator: the Estimator.
            export_path: the directory to make the export in.
            checkpoint_path: prefix of the checkpoint that was evaluated.
            eval_result: the evaluation's metrics.
            is_the_final_export: whether training has ended.

        Returns:
            The exported directory as bytes, None where nothing was exported.
        """


class SavedModelExporter(Exporter):
    """Keeps what an export needs, and makes it."""

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any] | None,
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
    ):
        if serving_input_receiver_fn is None:
            raise ValueError(f"Exporter {name!r} needs a serving_input_receiver_fn. Got None.")
        self._name = name
        self._serving_input_receiver_fn = serving_input_receiver_fn
        self._assets_extra = assets_extra
        self._as_text = as_text

    @property
    def name(self) -> str:
        """The exporter's name."""
        return self._name

    def _export(self, estimator: Any, export_path: str, checkpoint_path: str) -> bytes:
        path: bytes = estimator.export_saved_model(
            export_path,
            self._serving_input_receiver_fn,
            assets_extra=self._assets_extra,
            as_text=self._as_text,
            checkpoint_path=checkpoint_path,
        )
        announce.on_export(self._name, tf.compat.as_str_any(path))
        return path


class FinalExporter(SavedModelExporter):
    """Exports once, when training has ended.

    Args:
        name: its directory's name below ``export/``.
        serving_input_receiver_fn: makes the receiver.
        assets_extra: path within ``assets.extra`` -> file to copy there.
        as_text: write ``saved_model.pbtxt``.
    """

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Exports if this is the end of training."""
        del eval_result
        if not is_the_final_export:
            return None
        return self._export(estimator, export_path, checkpoint_path)


class LatestExporter(SavedModelExporter):
    """Exports after each evaluation, and keeps the latest of them.

    Args:
        name: its directory's name below ``export/``.
        serving_input_receiver_fn: makes the receiver.
        assets_extra: path within ``assets.extra`` -> file to copy there.
        as_text: write ``saved_model.pbtxt``.
        exports_to_keep: how many exports are kept; None: all.

    Raises:
        ValueError: exports_to_keep is not positive.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ):
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        check_exports_to_keep(exports_to_keep)
        self._exports_to_keep = exports_to_keep

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Exports, then removes the oldest exports beyond those to keep."""
        del eval_result, is_the_final_export
        path = self._export(estimator, export_path, checkpoint_path)
        remove_old_exports(export_path, self._exports_to_keep)
        return path


def check_exports_to_keep(count: int | None) -> None:
    """Raises ValueError unless the count is None or more than 0."""
    if count is not None and count <= 0:
        raise ValueError(f"exports_to_keep must be more than 0, or None. Got {count!r} instead.")


def remove_old_exports(export_path: str, keep: int | None) -> None:
    """Removes the oldest timestamped directories until so many are left.

    Args:
        export_path: the exporter's directory.
        keep: how many to keep; None: all.
    """
    if keep is None:
        return
    export_path = os.fsdecode(export_path)
    names = [os.fsdecode(entry).rstrip("/") for entry in tf.io.gfile.listdir(export_path)]
    stamps = sorted((name for name in names if name.isdigit()), key=int)
    for name in stamps[:-keep]:
        tf.io.gfile.rmtree(f"{export_path}/{name}")
