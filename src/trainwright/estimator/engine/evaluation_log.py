"""The evaluations of a training and what was exported after them, in a file of their own.

``evaluations.json`` lies in the model directory and is replaced whole. It tells a training that
goes on which evaluations need not be repeated, and which exports were not finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.durable import gfile, read_whole, write_whole

_FILE = "evaluations.json"


class EvaluationLog:
    """What one training has evaluated.

    Args:
        model_dir: the model directory.
        training: the training's name; what others have logged does not count. None: that of the
            last one, to be read only.
        name: the evaluation's name, None for the only one.

    Raises:
        CheckpointError: the file is damaged.
    """

    def __init__(self, model_dir: str, training: str | None, name: str | None):
        self._path = f"{model_dir}/{_FILE}"
        self._exports = f"{model_dir}/export"
        self._name = name
        contents = read_whole(self._path)
        try:
            found = {} if contents is None else json.loads(contents)
            same = found and training in (None, found["training"])
            entries = [_checked(entry) for entry in found["evaluations"]] if same else []
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise CheckpointError(
                f"{self._path} is damaged: {problem!r}.",
                hint="Remove it; evaluations that are due are then done again.",
            ) from problem
        self._all: dict[str, Any] = {"training": training, "evaluations": entries}

    def metrics(self, step: int) -> dict[str, Any] | None:
        """The results of the evaluation at a step, None where there was none."""
        entry = self._entry(step)
        return None if entry is None else _from_json(entry["metrics"])

    def all_metrics(self) -> list[tuple[float, dict[str, Any]]]:
        """Seconds and results of each evaluation, in the order in which they were done."""
        entries = [e for e in self._all["evaluations"] if e["name"] == self._name]
        return [(entry["seconds"], _from_json(entry["metrics"])) for entry in entries]

    def evaluated(self, metrics: Mapping[str, Any], seconds: float, write: bool = True) -> None:
        """Notes an evaluation that has ended.

        Args:
            metrics: its results.
            seconds: how long it took.
            write: False: :meth:`exporting` follows at once, and writes this, too.
        """
        self._all["evaluations"].append(
            {
                "name": self._name,
                "step": int(metrics["global_step"]),
                "seconds": round(seconds, 3),
                "metrics": _to_json(metrics),
                "exports": {},
            }
        )
        if write:
            self._write()

    def exports(self, step: int, final: bool) -> list[str | None] | None:
        """What the exporters returned after the evaluation at a step.

        Args:
            step: the global step.
            final: whether training had ended.

        Returns:
            None where they have not all been called yet.
        """
        entry = self._entry(step)
        return None if entry is None else entry["exports"].get(_stage(final))

    def exporting(self, step: int, final: bool, names: list[str]) -> None:
        """Removes what was exported after this evaluation before, when it was interrupted.

        Args:
            step: the global step.
            final: whether training has ended.
            names: those of the exporters.
        """
        entry = self._entry(step)
        if entry is None:
            return
        key = f"before {_stage(final)}"
        present = {name: self._exported(name) for name in names}
        if key in entry["exports"]:
            for name in names:
                for extra in set(present[name]) - set(entry["exports"][key].get(name, [])):
                    gfile.rmtree(f"{self._exports}/{name}/{extra}")
        else:
            entry["exports"][key] = present
            self._write()

    def exported(self, step: int, final: bool, results: list[Any]) -> None:
        """Notes what the exporters returned: paths as bytes or text, or None."""
        entry = self._entry(step)
        if entry is not None:
            paths = [None if each is None else _text(each) for each in results]
            entry["exports"][_stage(final)] = paths
            self._write()

    def _entry(self, step: int) -> Any:
        for entry in reversed(self._all["evaluations"]):
            if entry["name"] == self._name and entry["step"] == step:
                return entry
        return None

    def _exported(self, name: str) -> list[str]:
        folder = f"{self._exports}/{name}"
        if not gfile.isdir(folder):
            return []
        return sorted(each.rstrip("/") for each in gfile.listdir(folder))

    def _write(self) -> None:
        write_whole(self._path, json.dumps(self._all).encode())


def _checked(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry that has all it must have; what a later version adds stays."""
    needed = {key: entry[key] for key in ("name", "step", "seconds", "metrics", "exports")}
    _from_json(needed["metrics"])
    return {**entry, **needed}


def _stage(final: bool) -> str:
    return "final" if final else "usual"


def _text(path: Any) -> str:
    return path.decode(errors="surrogateescape") if isinstance(path, bytes) else str(path)


def _to_json(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Values with their types, so that the very same numbers come back."""
    found: dict[str, Any] = {}
    for name, value in metrics.items():
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            found[name] = {"dtype": array.dtype.name, "value": array.tolist(), "bare": _bare(value)}
    return found


def _bare(value: Any) -> bool:
    return isinstance(value, (bool, int, float)) and not isinstance(value, np.generic)


def _from_json(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: each["value"] if each["bare"] else np.array(each["value"], each["dtype"])[()]
        for name, each in found.items()
    }
