"""Records a run in MLflow, as it goes on."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from trainwright.errors import InvalidArgumentError
from trainwright.events import RunObserver, announce, observing
from trainwright.lineage.location import mask_password
from trainwright.tracking.parameters import Plain

__all__ = ["MlflowLog", "logged_to_mlflow"]

_SECONDS = 5.0
_LONGEST_PARAMETER = 6000
_MOST_AT_ONCE = 100


@contextlib.contextmanager
def logged_to_mlflow(
    uri: str, experiment: str, parameters: Mapping[str, Plain], tags: Mapping[str, str]
) -> Iterator[MlflowLog]:
    """While the block runs, what happens in it is recorded as one run of MLflow.

    Args:
        uri: of the tracking server or store, such as ``http://mlflow:5000`` or
            ``sqlite:///mlflow.db``.
        experiment: its name; it is created where it is not there.
        parameters: what the run is asked with.
        tags: anything else worth knowing.

    Raises:
        InvalidArgumentError: MLflow is not installed, or its store cannot be written.
    """
    log = _begin(uri, experiment, parameters, tags)
    try:
        with observing(log):
            yield log
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        log.end("KILLED" if stopped else "FAILED", {"error": f"{type(error).__name__}: {error}"})
        raise
    log.end("FINISHED", {})


def _begin(
    uri: str, experiment: str, parameters: Mapping[str, Plain], tags: Mapping[str, str]
) -> MlflowLog:
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise InvalidArgumentError(
            "Recording in MLflow needs a package that is not installed.",
            hint='Install it: pip install "trainwright[mlflow]"',
        ) from error
    try:
        client = MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(experiment)
        key = found.experiment_id if found else client.create_experiment(experiment)
        run = client.create_run(key, tags=dict(tags))
        log = MlflowLog(client, run.info.run_id)
        log.parameters(parameters)
    except Exception as error:  # whatever MLflow's stores raise: before a run it is an error
        raise InvalidArgumentError(
            f"MLflow at {mask_password(uri)} cannot be written to: {mask_password(str(error))}",
            hint="Check --mlflow, or leave it out.",
        ) from error
    return log


class MlflowLog(RunObserver):
    """Hands loss, speed and the results of evaluations on, every five seconds at most.

    When MLflow cannot be reached any more, that is a warning, and the run goes on without it.

    Args:
        client: of MLflow.
        run_id: the run there.
    """

    def __init__(self, client: Any, run_id: str):
        self._client = client
        self.run_id = run_id
        self._next = 0.0
        self._last: tuple[int, float] | None = None
        self._given_up = False

    def parameters(self, parameters: Mapping[str, Plain]) -> None:
        """Records what the run is asked with; long values are cut.

        Raises:
            Exception: whatever the store raises.
        """
        from mlflow.entities import Param

        found = [
            Param(_name(name), str(value)[:_LONGEST_PARAMETER])
            for name, value in parameters.items()
        ]
        for start in range(0, len(found), _MOST_AT_ONCE):
            self._client.log_batch(self.run_id, params=found[start : start + _MOST_AT_ONCE])

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Records the loss, if it is time."""
        self._last = (step, loss)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _SECONDS
            self._metrics(step, {"train/loss": loss})

    def on_train_end(self, step: int) -> None:
        """The last loss is recorded in any case."""
        if self._last is not None:
            self._metrics(self._last[0], {"train/loss": self._last[1]})

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """Records the results that are single numbers."""
        group = f"eval_{name}" if name else "eval"
        numbers = {
            f"{group}/{key}": float(value)
            for key, value in metrics.items()
            if key != "global_step"
            and getattr(value, "ndim", 0) == 0
            and hasattr(value, "__float__")
        }
        self._metrics(step, numbers)

    def result(self, outputs: Mapping[str, str], tags: Mapping[str, str]) -> None:
        """Records where the outputs are, and anything else as tags."""
        places = {f"trainwright.{key}": place for key, place in outputs.items()}
        self._tags({**places, **tags})

    def end(self, status: str, tags: Mapping[str, str]) -> None:
        """Records how it ended.

        Args:
            status: ``FINISHED``, ``FAILED`` or ``KILLED``.
            tags: why.
        """
        self._tags(tags)
        self._try(lambda: self._client.set_terminated(self.run_id, status))

    def _metrics(self, step: int, values: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        found = [
            Metric(_name(name), value, now, step)
            for name, value in values.items()
            if math.isfinite(value)
        ]
        self._try(lambda: self._client.log_batch(self.run_id, metrics=found))

    def _tags(self, tags: Mapping[str, str]) -> None:
        for name, value in tags.items():
            self._try(lambda name=name, value=value: self._client.set_tag(self.run_id, name, value))

    def _try(self, call: Any) -> None:
        if self._given_up:
            return
        try:
            call()
        except Exception as error:  # noqa: BLE001 - a run does not fail of its observers
            self._given_up = True
            told = mask_password(str(error))
            announce.on_warning(f"MLflow could not be written to, and is left alone: {told}")


def _name(name: str) -> str:
    """A name of the characters that MLflow takes.

    Example:
        >>> _name("auc@5 (top)")
        'auc_5 _top_'
    """
    return re.sub(r"[^\w\-. /:]", "_", name)
