"""Which arguments a user's function takes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def accepted_arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the arguments that can be given by keyword.

    Partial functions keep what is still open, which is none of what they were given; bound methods
    and objects with ``__call__`` lose ``self``; ``**kwargs`` takes nothing by name.

    Example:
        >>> accepted_arguments(lambda features, labels, mode: None)
        ('features', 'labels', 'mode')
        >>> import functools
        >>> accepted_arguments(functools.partial(lambda features, mode: None, mode="train"))
        ('features',)
    """
    if isinstance(function, functools.partial):
        still_open = accepted_arguments(function.func)[len(function.args) :]
        return tuple(name for name in still_open if name not in function.keywords)
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return tuple(parameter.name for parameter in parameters if parameter.kind in kinds)


def takes_any_keyword(function: Callable[..., Any]) -> bool:
    """Whether the function has ``**kwargs``."""
    parameters = inspect.signature(function).parameters.values()
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)


def describe(function: Callable[..., Any]) -> str:
    """A function as an error message names it.

    Example:
        >>> describe(describe)
        'describe(function)'
    """
    name = getattr(function, "__name__", None) or repr(function)
    return f"{name}({', '.join(accepted_arguments(function))})"


def check_hooks(hooks: Iterable[Any] | None, hook_class: type, argument: str) -> list[Any]:
    """The hooks as a list.

    Raises:
        TypeError: one that is not of the class.
    """
    checked = list(hooks or [])
    for hook in checked:
        if not isinstance(hook, hook_class):
            raise TypeError(f"{argument} must be {hook_class.__name__}s. Got {hook!r} instead.")
    return checked


def check_positive(value: int | None, argument: str) -> None:
    """Raises ValueError unless the value is None or more than 0."""
    if value is not None and value <= 0:
        raise ValueError(f"{argument} must be more than 0, or None. Got {value!r} instead.")
