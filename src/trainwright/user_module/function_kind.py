"""Which executor a module was written for, told from its source without running it.

This module does not import TensorFlow.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainwright.errors import InvalidArgumentError, TrainwrightError
from trainwright.remote.stage import Stage
from trainwright.user_module.loading import FunctionSource, find_function
from trainwright.user_module.places import local_source
from trainwright.user_module.source import BoundNames, bound_names, module_file_below

__all__ = ["FUNCTIONS", "kind_of_function", "names_in"]

FUNCTIONS = ("trainer_fn", "run_fn")
"""The two kinds of functions: one declares an Estimator to train, the other trains by itself."""


def kind_of_function(properties: Mapping[str, Any]) -> str:
    """Whether the function that the properties lead to is called as trainer_fn or as run_fn.

    A module with both is for ``run_fn``, as TFX since 1.0 decides. Where the source cannot be
    read the answer is ``"trainer_fn"``: loading it will fail, and say why.

    Args:
        properties: as for :func:`trainwright.user_module.loading.find_function`.

    Raises:
        InvalidArgumentError: the source does not tell.
    """
    for name in FUNCTIONS:
        if properties.get(name):
            return name
    source = find_function(properties, FUNCTIONS[0])
    given = str(properties.get("module_file") or properties.get("module_path"))
    if source.function in FUNCTIONS and given.endswith(f":{source.function}"):
        return source.function
    if source.function not in FUNCTIONS:
        raise InvalidArgumentError(
            f"It is unknown whether {source.function} of {source.where} is called as a "
            "trainer_fn or as a run_fn.",
            hint="Give custom_executor_spec: Executor or GenericExecutor.",
        )
    names = names_in(source)
    if names is None:
        return FUNCTIONS[0]
    if "run_fn" in names:
        return "run_fn"
    if "trainer_fn" not in names and names.star:
        raise InvalidArgumentError(
            f"{source.where} imports * from another module, so that it is unknown whether its "
            "function is a trainer_fn or a run_fn.",
            hint="Give custom_executor_spec: Executor or GenericExecutor.",
        )
    return "trainer_fn"


def names_in(source: FunctionSource) -> BoundNames | None:
    """What a module binds, read without running it; None where it cannot be read."""
    try:
        with Stage() as stage:
            path = _path(local_source(source, stage))
            return bound_names(path) if path is not None else None
    except (OSError, SyntaxError, TrainwrightError):
        return None


def _path(source: FunctionSource) -> Path | None:
    """The source file of a local source."""
    if source.kind == "file":
        return Path(source.location)
    if source.unpacked is not None:
        return module_file_below(source.unpacked, source.location)
    return _source_file(source.location)


def _source_file(module: str) -> Path | None:
    """The source of an importable module; its packages are not imported to find it."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top) if top else None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin else None
    places = (
        module_file_below(Path(f), ".".join(rest)) for f in spec.submodule_search_locations or ()
    )
    return next((place for place in places if place is not None), None)
