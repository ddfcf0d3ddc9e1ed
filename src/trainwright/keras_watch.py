"""What a run tells of a Keras model that a ``run_fn`` trains.

Keras trains by itself, so that nobody hears of it. With this callback a run of a ``run_fn`` has
what one of an Estimator has: progress, speed, curves, metrics in the lineage, and the report's
ROC, precision and recall, and calibration.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras  # type: ignore[import-untyped]
import numpy as np

from trainwright.errors import NonFiniteLossError
from trainwright.estimator.engine.score_curves import add_curve
from trainwright.events import announce

__all__ = ["WatchedRun"]


class WatchedRun(keras.callbacks.Callback):
    """Announces training and evaluation of a Keras 3 model to the run it is part of.

    Pass the same object to ``fit`` and to ``evaluate``. The loss is Keras's: the mean of the epoch
    so far. Where the model has a metric ``keras.metrics.AUC``, its counts of positives and
    negatives at each threshold are kept, for the report and for TensorBoard's PR curves.

    Args:
        model_run_dir: where event files of evaluations go, ``fn_args.model_run_dir``; None:
            nowhere.
        batch_size: examples in a batch, for the speed; None where that is unknown.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", loss="mse")
        >>> watched = WatchedRun(batch_size=2)
        >>> rows = keras.ops.ones((4, 1))
        >>> _ = model.fit(rows, rows, batch_size=2, callbacks=[watched], verbose=0)
        >>> watched.step
        2
    """

    def __init__(self, model_run_dir: str | None = None, batch_size: int | None = None):
        super().__init__()
        self.step = 0
        self._folder = model_run_dir
        self._batch_size = batch_size
        self._epoch_began = 0
        self._began = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Training begins, or goes on."""
        steps, epochs = self.params.get("steps"), self.params.get("epochs") or 1
        stop = self.step + steps * epochs if steps else None
        announce.on_train_begin(self.step, stop, self._folder or "")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Batches are counted anew."""
        self._epoch_began = self.step

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """One step, or several at once.

        Raises:
            NonFiniteLossError: the loss is NaN or infinite.
        """
        # Where several steps are one call, Keras counts the last call as if it were whole.
        done = min(batch + 1, self.params.get("steps") or batch + 1)
        before, self.step = self.step, self._epoch_began + done
        loss = float((logs or {}).get("loss", math.nan))
        if logs and "loss" in logs and not math.isfinite(loss):
            raise NonFiniteLossError(
                f"The loss became {loss} at step {self.step} or before.",
                hint="Common causes: a learning rate that is too high, features that are not "
                "scaled, labels outside their range.",
            )
        examples = self._batch_size and self._batch_size * (self.step - before)
        announce.on_steps(self.step, loss, examples)

    def on_train_end(self, logs: Any = None) -> None:
        """Training has ended."""
        announce.on_train_end(self.step)

    def on_test_begin(self, logs: Any = None) -> None:
        """An evaluation begins."""
        self._began = time.monotonic()
        announce.on_evaluation_begin(None, None, self.step)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """An evaluation goes on."""
        announce.on_evaluation_step(batch + 1)

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """An evaluation has ended."""
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        if self._folder is not None:
            _write_events(Path(self._folder) / "eval", metrics, _counts(self.model), self.step)
        seconds = time.monotonic() - self._began
        announce.on_evaluation_end(None, {**metrics, "global_step": self.step}, self.step, seconds)


def _write_events(folder: Path, metrics: Mapping[str, float], counts: Any, step: int) -> None:
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default(step):
        # tf.summary.scalar does the same, but only where TensorBoard is installed.
        scalar = tf.compat.v1.SummaryMetadata(data_class=1)
        scalar.plugin_data.plugin_name = "scalars"
        for name, value in metrics.items():
            tf.summary.write(name, tf.constant(value, tf.float32), metadata=scalar)
        if counts is not None:
            add_curve(summary := tf.compat.v1.Summary(), "pr_curve", counts)
            metadata = summary.value[0].metadata
            tf.summary.write("pr_curve", tf.constant(counts, tf.float32), metadata=metadata)
    writer.close()


def _counts(model: Any) -> Any:
    """What a model's area under the ROC curve is computed from, as :func:`add_curve` takes it.

    Returns:
        `[6, thresholds]`; None where no such metric counts at thresholds at equal distances.
    """
    for metric in _areas(model.metrics):
        hits, alarms, rejections, misses = (
            np.asarray(keras.ops.convert_to_numpy(getattr(metric, name)), np.float64)
            for name in ("true_positives", "false_positives", "true_negatives", "false_negatives")
        )
        even = np.linspace(0, 1, hits.shape[0])
        if hits.ndim == 1 and np.allclose(metric.thresholds, even, atol=1e-3):
            predicted, positives = hits + alarms, hits + misses
            precision = np.divide(hits, predicted, out=np.zeros_like(hits), where=predicted > 0)
            recall = np.divide(hits, positives, out=np.zeros_like(hits), where=positives > 0)
            return np.stack([hits, alarms, rejections, misses, precision, recall])
    return None


def _areas(metrics: Any) -> Iterator[Any]:
    """The areas under curves among metrics, and among those that these are made of."""
    for metric in metrics:
        if isinstance(metric, keras.metrics.AUC):
            yield metric
        else:
            yield from _areas(getattr(metric, "metrics", ()))
