"""The exporter that keeps the best model of a training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.estimator.arguments import accepted_arguments, describe
from trainwright.estimator.engine.event_files import read_scalars
from trainwright.estimator.exporters import (
    SavedModelExporter,
    check_exports_to_keep,
    remove_old_exports,
)

_LOSS = "loss"


def loss_smaller(
    best_eval_result: Mapping[str, Any], current_eval_result: Mapping[str, Any]
) -> bool:
    """Whether the current loss is smaller than the best one.

    Raises:
        ValueError: a result without a loss.
    """
    for name, result in (("best", best_eval_result), ("current", current_eval_result)):
        if not result or _LOSS not in result:
            raise ValueError(f"The {name} evaluation result has no {_LOSS!r}: {result!r}.")
    return bool(current_eval_result[_LOSS] < best_eval_result[_LOSS])


class BestExporter(SavedModelExporter):
    """Exports when an evaluation is better than all before it, those of earlier runs included.

    The first evaluation of a training is always exported. After a restart, earlier results are
    read from the evaluation's event files, so that a worse model never replaces a better one.

    Args:
        name: its directory's name below ``export/``.
        serving_input_receiver_fn: makes the receiver.
        event_file_pattern: where those files are, relative to the model directory; None: results
            of earlier runs are not considered.
        compare_fn: ``compare_fn(best_eval_result, current_eval_result)`` says whether the current
            result is better; the default compares losses.
        assets_extra: path within ``assets.extra`` -> file to copy there.
        as_text: write ``saved_model.pbtxt``.
        exports_to_keep: how many exports are kept; None: all.

    Raises:
        ValueError: a compare_fn of other arguments, or exports_to_keep that is not positive.
    """

    def __init__(
        self,
        name: str = "best_exporter",
        serving_input_receiver_fn: Callable[[], Any] | None = None,
        event_file_pattern: str | None = "eval/*.tfevents.*",
        compare_fn: Callable[..., bool] = loss_smaller,
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ):
        _check_compare_fn(compare_fn)
        check_exports_to_keep(exports_to_keep)
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._event_file_pattern = event_file_pattern
        self._compare_fn = compare_fn
        self._exports_to_keep = exports_to_keep
        self._best: Mapping[str, Any] | None = None
        self._model_dir: str | None = None

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Exports if this evaluation is the best so far."""
        del is_the_final_export
        if self._model_dir != estimator.model_dir:
            self._model_dir = estimator.model_dir
            self._best = self._best_of_earlier_runs(export_path, eval_result)
        if self._best is not None and not self._better(eval_result):
            return None
        self._best = eval_result
        path = self._export(estimator, export_path, checkpoint_path)
        remove_old_exports(export_path, self._exports_to_keep)
        return path

    def _better(self, result: Mapping[str, Any]) -> bool:
        return bool(self._compare_fn(best_eval_result=self._best, current_eval_result=result))

    def _best_of_earlier_runs(
        self, export_path: str, eval_result: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        # Without an export there is no best model yet, whatever was evaluated before.
        if not self._event_file_pattern or not tf.io.gfile.exists(export_path):
            return None
        for step, result in self._earlier_results():
            # The evaluation that is being exported now has already written its events.
            if not _is_of(eval_result, step, result) and (
                self._best is None or self._better(result)
            ):
                self._best = result
        return self._best

    def _earlier_results(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        pattern = f"{self._model_dir}/{self._event_file_pattern}"
        for path in sorted(tf.io.gfile.glob(pattern)):
            yield from read_scalars(path)


def _is_of(eval_result: Mapping[str, Any], step: int, scalars: Mapping[str, float]) -> bool:
    """Whether these scalars of an event are what this evaluation wrote."""
    if "global_step" in eval_result:
        return step == int(eval_result["global_step"])
    # Events keep float32.
    return all(
        name in eval_result and np.float32(eval_result[name]) == np.float32(value)
        for name, value in scalars.items()
    )


def _check_compare_fn(compare_fn: Any) -> None:
    if compare_fn is None:
        raise ValueError("compare_fn must be a function. Got None instead.")
    accepted = accepted_arguments(compare_fn)
    if set(accepted) != {"best_eval_result", "current_eval_result"}:
        raise ValueError(
            "compare_fn must take best_eval_result and current_eval_result. "
            f"Got {describe(compare_fn)} instead."
        )
