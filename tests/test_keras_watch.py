"""A Keras model that a run_fn trains tells its run what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.errors import NonFiniteLossError
from trainwright.events import RunObserver, observing

keras = pytest.importorskip("keras")

from trainwright.keras_watch import WatchedRun  # noqa: E402
from trainwright.report.curves import read_recordings  # noqa: E402
from trainwright.report.quality import measure  # noqa: E402


class Heard(RunObserver):
    def __init__(self) -> None:
        self.steps: list[tuple[int, int | None]] = []
        self.evaluations: list[dict[str, Any]] = []
        self.begun: list[tuple[int, int | None]] = []

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        self.begun.append((start_step, stop_step))

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        self.steps.append((step, examples))

    def on_evaluation_end(self, name: Any, metrics: Any, step: int, seconds: float) -> None:
        self.evaluations.append(dict(metrics))


@pytest.fixture(scope="module")
def rows() -> tuple[Any, Any]:
    random = np.random.default_rng(3)
    features = random.normal(size=(400, 2)).astype(np.float32)
    return features, (features[:, :1] + random.normal(size=(400, 1)) > 0).astype(np.float32)


def model_of(*metrics: Any) -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=list(metrics), steps_per_execution=4)
    return model


def test_steps_metrics_and_the_counts_of_the_evaluation(
    rows: tuple[Any, Any], tmp_path: Path
) -> None:
    model = model_of("accuracy", keras.metrics.AUC(name="auc"))
    heard, watched = Heard(), WatchedRun(str(tmp_path), batch_size=40)

    with observing(heard):
        model.fit(*rows, batch_size=40, epochs=2, callbacks=[watched], verbose=0)
        found = model.evaluate(*rows, callbacks=[watched], verbose=0, return_dict=True)

    assert heard.begun == [(0, 20)]
    assert [step for step, _ in heard.steps][-1] == watched.step == 20
    assert sum(examples or 0 for _, examples in heard.steps) == 800
    (evaluation,) = heard.evaluations
    assert evaluation == pytest.approx({**found, "global_step": 20})
    recordings = read_recordings(tmp_path)
    assert {(one.name, one.source) for one in recordings.curves} == {
        *(("loss", "evaluation"), ("auc", "evaluation"), ("accuracy", "evaluation"))
    }
    quality = measure(recordings.counts["evaluation"])
    assert quality is not None
    assert quality.positives + quality.negatives == 400
    assert quality.positives == rows[1].sum()
    area = -np.trapezoid(quality.recall, quality.fall_out)
    assert area == pytest.approx(found["auc"], abs=1e-3)


def test_models_without_such_a_metric_leave_no_counts(
    rows: tuple[Any, Any], tmp_path: Path
) -> None:
    model = model_of(keras.metrics.AUC(thresholds=[0.2, 0.9], name="auc"))
    model.evaluate(*rows, callbacks=[WatchedRun(str(tmp_path))], verbose=0)
    recordings = read_recordings(tmp_path)
    assert recordings.named("auc")
    assert recordings.counts == {}


def test_a_loss_that_is_no_number_ends_the_run(rows: tuple[Any, Any]) -> None:
    features = np.full_like(rows[0], np.inf)
    with pytest.raises(NonFiniteLossError, match="became nan at step 4 or before"):
        model_of().fit(features, rows[1], batch_size=40, callbacks=[WatchedRun()], verbose=0)
