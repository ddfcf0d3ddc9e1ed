"""What a run was asked with, as flat names and plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Union

__all__ = ["Plain", "parameters_of"]

Plain = Union[bool, float, str]  # noqa: UP007 - evaluated on Python 3.10

_STEPS = {"train_args": "train_steps", "eval_args": "eval_steps"}


def parameters_of(
    exec_properties: Mapping[str, Any], hyperparameters: str | Path | None = None
) -> dict[str, Plain]:
    """Steps, the module, and all that ``custom_config`` and the hyperparameters say.

    Members of objects get names with dots. Lists are kept as JSON; null is left out.

    Args:
        exec_properties: of the executor.
        hyperparameters: the directory with one JSON file, if there is one.

    Example:
        >>> parameters_of({"train_args": '{"num_steps": 5}', "custom_config": {"a": {"b": 1}}})
        {'train_steps': 5.0, 'a.b': 1.0}
    """
    found: dict[str, Plain] = {}
    for key, name in _STEPS.items():
        steps = _mapping(exec_properties.get(key)).get("num_steps")
        if isinstance(steps, int):
            found[name] = float(steps)
    module = exec_properties.get("module_file") or exec_properties.get("module_path")
    if isinstance(module, str):
        found["module"] = module.rpartition("/")[2]
    if hyperparameters is not None:
        found.update(_flat("", _only_json(Path(hyperparameters))))
    found.update(_flat("", _mapping(exec_properties.get("custom_config"))))
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _only_json(folder: Path) -> Mapping[str, Any]:
    """The one file of the directory; nothing where it cannot be read, which the run will tell."""
    try:
        (path,) = [path for path in folder.iterdir() if path.is_file()]
        return _mapping(path.read_text())
    except (OSError, ValueError):
        return {}


def _flat(prefix: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Plain]]:
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping):
            yield from _flat(f"{name}.", item)
        elif isinstance(item, (bool, str)):
            yield name, item
        elif isinstance(item, (int, float)):
            yield name, float(item)
        elif item is not None:
            yield name, json.dumps(item, default=str)
