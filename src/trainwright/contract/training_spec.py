"""What a ``trainer_fn`` returns, and the checks of it.

This module does not import TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trainwright.errors import UserCodeError

__all__ = ["TrainingSpec", "check_training_spec"]


@dataclass(frozen=True)
class TrainingSpec:
    """What a ``trainer_fn`` returns.

    Attributes:
        estimator: the Estimator to train.
        train_spec: its TrainSpec.
        eval_spec: its EvalSpec.
        eval_input_receiver_fn: makes the EvalInputReceiver of the eval SavedModel.
    """

    estimator: Any
    train_spec: Any
    eval_spec: Any
    eval_input_receiver_fn: Callable[[], Any]


# Known by what they have, not by their class: subclasses and the v1 classes count as well.
_PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "estimator": ("an Estimator", ("train", "evaluate", "export_saved_model", "model_dir")),
    "train_spec": ("a TrainSpec", ("input_fn", "max_steps")),
    "eval_spec": ("an EvalSpec", ("input_fn", "exporters")),
    "eval_input_receiver_fn": ("a function", ("__call__",)),
}


def check_training_spec(returned: Any, function: str) -> TrainingSpec:
    """Checks what a ``trainer_fn`` returned.

    Args:
        returned: what it returned.
        function: the function, for messages.

    Raises:
        UserCodeError: it is no mapping, or a part is missing or of the wrong type.
    """
    expected = f"a dict with {', '.join(_PARTS)}"
    if not isinstance(returned, Mapping):
        raise UserCodeError(
            f"{function} must return {expected}. It returned {_describe(returned)}.",
            hint="A function that trains and saves by itself is a run_fn, and takes fn_args only."
            if returned is None
            else None,
        )
    missing = [name for name in _PARTS if returned.get(name) is None]
    if missing:
        given = ", ".join(map(str, returned)) or "nothing"
        raise UserCodeError(
            f"{function} must return {expected}. Missing: {', '.join(missing)}. "
            f"It returned: {given}."
        )
    for name, (kind, attributes) in _PARTS.items():
        if not all(hasattr(returned[name], attribute) for attribute in attributes):
            raise UserCodeError(
                f"{name!r} in what {function} returned must be {kind}. "
                f"Got {_describe(returned[name])} instead."
            )
    return TrainingSpec(**{name: returned[name] for name in _PARTS})


def _describe(value: Any) -> str:
    return f"{value!r} ({type(value).__module__}.{type(value).__qualname__})"
