"""TensorBoard event files of evaluations."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.estimator.engine.score_curves import add_curve

v1 = tf.compat.v1
_counter = itertools.count()


class MetricsWriter:
    """Writes the results of evaluations into one event file.

    Args:
        output_dir: the evaluation's directory, made where absent.
    """

    def __init__(self, output_dir: str):
        self._output_dir = output_dir
        self._writer: Any = None

    def write(
        self,
        metrics: Mapping[str, Any],
        step: int,
        checkpoint: str | None,
        curves: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes one evaluation's results as summaries; they are on disk when this returns.

        Numbers become scalars; serialized Summary protos are written as they are; arrays become
        tensors; for nested values there is no summary. Must be called with a graph as the default.

        Args:
            metrics: name -> value; ``global_step`` is the step, not a summary.
            step: the global step evaluated.
            checkpoint: prefix of the checkpoint evaluated, written beside the metrics.
            curves: as :func:`~trainwright.estimator.engine.score_curves.score_curves` names them.
        """
        summary = v1.Summary()
        for name, value in metrics.items():
            if name != "global_step":
                _add(summary, name, value)
        for tag, curve in (curves or {}).items():
            add_curve(summary, tag, curve)
        if checkpoint:
            path = summary.value.add(tag=f"checkpoint_path/{checkpoint}")
            path.tensor.CopyFrom(tf.make_tensor_proto(checkpoint, dtype=tf.string))
            path.metadata.plugin_data.plugin_name = "text"
        if self._writer is None:
            # Event files are named by the second: without a suffix of its own, a file would
            # replace the one that another evaluation began in the same second.
            suffix = f".{os.getpid()}.{next(_counter)}"
            self._writer = v1.summary.FileWriter(self._output_dir, filename_suffix=suffix)
        self._writer.add_summary(summary, step)
        self._writer.flush()

    def close(self) -> None:
        """Closes the file, if there is one."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def read_scalars(path: str) -> Iterator[tuple[int, dict[str, float]]]:
    """Yields the step and the scalars by name of each event that has any.

    A file that was cut off while it was written ends where it is cut.

    Args:
        path: an event file.
    """
    events = v1.train.summary_iterator(path)
    while True:
        try:
            event = next(events)
        except (StopIteration, tf.errors.DataLossError):
            return
        scalars = {
            value.tag: value.simple_value
            for value in event.summary.value
            if value.HasField("simple_value")
        }
        if scalars:
            yield event.step, scalars


def _add(summary: Any, name: str, value: Any) -> None:
    if isinstance(value, (tuple, list, Mapping)):
        return
    array = np.asarray(value)
    if isinstance(value, bytes):
        nested = v1.Summary.FromString(value)
        for index, part in enumerate(nested.value):
            part.tag = f"{name}/{index}"
        summary.value.extend(nested.value)
    elif array.ndim == 0 and array.dtype.kind in "fiub":
        summary.value.add(tag=name, simple_value=float(array))
    else:
        summary.value.add(tag=name).tensor.CopyFrom(tf.make_tensor_proto(array))
