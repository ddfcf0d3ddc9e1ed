"""What the user's ``trainer_fn`` or ``run_fn`` is given, and how its parts are parsed.

This module does not import TensorFlow.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from trainwright.contract.data_accessor import DataAccessor
from trainwright.errors import InvalidArgumentError, did_you_mean

__all__ = ["DataAccessor", "FnArgs", "StepArgs", "parse_custom_config", "parse_step_args"]

_INT32_MAX = 2**31 - 1


@dataclass(kw_only=True)
class FnArgs:
    """The arguments of a training run, as user code sees them.

    Each is an attribute and an item (``fn_args.train_files``, ``fn_args["train_files"]``); so is
    each entry of ``custom_config`` whose name is not taken.

    Attributes:
        train_files: patterns of the training files, ``{split_uri}/*``, one per split and artifact.
        eval_files: the same of the evaluation files.
        train_steps: steps to train; None: until the input ends.
        eval_steps: batches of an evaluation; None: until the input ends.
        schema_path: the ``schema.pbtxt``, None without a schema. Also called ``schema_file``.
        transform_graph_path: the output of TF Transform, None without one. Also called
            ``transform_output``.
        data_accessor: reads the files.
        serving_model_dir: where the model to serve goes; under an Estimator's executor the
            Estimator's ``model_dir``.
        eval_model_dir: where the eval SavedModel goes.
        model_run_dir: where checkpoints and event files go, None without a model_run output.
        base_model: a model to warm start from, None without one. Also called
            ``warm_start_from``.
        hyperparameters: what a tuner chose, None without them.
        custom_config: what the pipeline's author passed on.
        num_examples: examples by split, None without statistics.
        working_dir: a directory for temporary files, None where the caller named none.

    Example:
        >>> fn_args = FnArgs(train_files=["data/Split-train/*"], custom_config={"units": 16})
        >>> fn_args.units, fn_args["units"], fn_args["train_files"], fn_args.schema_file
        (16, 16, ['data/Split-train/*'], None)
    """

    train_files: list[str] = field(default_factory=list)
    eval_files: list[str] = field(default_factory=list)
    train_steps: int | None = None
    eval_steps: int | None = None
    schema_path: str | None = None
    transform_graph_path: str | None = None
    data_accessor: DataAccessor | None = None
    serving_model_dir: str | None = None
    eval_model_dir: str | None = None
    model_run_dir: str | None = None
    base_model: str | None = None
    hyperparameters: dict[str, Any] | None = None
    custom_config: dict[str, Any] = field(default_factory=dict)
    num_examples: dict[str, int] | None = None
    working_dir: str | None = None

    @property
    def schema_file(self) -> str | None:
        """The same as ``schema_path``, as module files for TFX 0.21 to 1.0 call it."""
        return self.schema_path

    @property
    def transform_output(self) -> str | None:
        """The same as ``transform_graph_path``, as module files before TFX 1.0 call it."""
        return self.transform_graph_path

    @property
    def warm_start_from(self) -> str | None:
        """The same as ``base_model``, as the first module files call it."""
        return self.base_model

    def __getattr__(self, name: str) -> Any:
        # Only called for what is no field. vars(), since copy and pickle ask before it is filled.
        custom = vars(self).get("custom_config", {})
        if name in custom:
            return custom[name]
        known = [*self.keys()] if not name.startswith("__") else []
        raise AttributeError(f"FnArgs has no {name!r}. {did_you_mean(name, known)}")

    def __getitem__(self, name: str) -> Any:
        if name in self:
            return getattr(self, name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> list[str]:
        """All names: fields, other spellings of them, entries of custom_config."""
        own = [f.name for f in fields(self)]
        names = [*own, "schema_file", "transform_output", "warm_start_from"]
        custom = vars(self).get("custom_config", {})
        return names + [name for name in custom if name not in names]

    def get(self, name: str, default: Any = None) -> Any:
        """The item of that name, or the default."""
        return self[name] if name in self.keys() else default


@dataclass(frozen=True)
class StepArgs:
    """What ``train_args`` and ``eval_args`` say.

    Attributes:
        num_steps: steps to take; None: until the input ends.
        splits: names of the splits to read.
    """

    num_steps: int | None
    splits: tuple[str, ...]


def parse_step_args(key: str, value: Any, default_split: str) -> StepArgs:
    """Parses ``train_args`` or ``eval_args``.

    Args:
        key: its name, for messages.
        value: JSON of an object, a mapping, or an object with the attributes of TFX's TrainArgs;
            the fields are num_steps (0 or absent: until the input ends) and splits.
        default_split: the split to read where none is named.

    Raises:
        InvalidArgumentError: it is missing, not JSON, of another type or has other fields, or
            num_steps is negative or above the range of int32.

    Example:
        >>> parse_step_args("train_args", '{"num_steps": 2000}', "train")
        StepArgs(num_steps=2000, splits=('train',))
    """
    content = _step_fields(key, value)
    unknown = [name for name in content if name not in ("num_steps", "numSteps", "splits")]
    if unknown:
        raise InvalidArgumentError(
            f"{key} has no field {unknown[0]!r}. Got {value!r}.",
            hint=did_you_mean(unknown[0], ["num_steps", "splits"]),
        )
    # The JSON form of protocol buffers allows both spellings.
    steps = _parse_num_steps(key, content.get("num_steps", content.get("numSteps", 0)))
    splits = _parse_splits(key, content.get("splits") or [])
    return StepArgs(steps or None, splits or (default_split,))


def _step_fields(key: str, value: Any) -> Mapping[str, Any]:
    accepted = 'a mapping or its JSON, such as {"num_steps": 1000, "splits": ["train"]}'
    if value is None:
        raise InvalidArgumentError(f"{key} is missing. It must be {accepted}.")
    if isinstance(value, Mapping):
        return value
    if isinstance(value, (str, bytes)):
        content = _parse_json(key, value, accepted)
        if isinstance(content, Mapping):
            return content
    elif hasattr(value, "num_steps") and hasattr(value, "splits"):
        return {"num_steps": value.num_steps, "splits": list(value.splits or [])}
    raise InvalidArgumentError(f"{key} must be {accepted}. Got {value!r} instead.")


def _parse_num_steps(key: str, value: Any) -> int:
    """A number of steps; as in the JSON form of int32, it may be a string or a whole float."""
    number: int | None = None
    if value is None:
        number = 0
    elif isinstance(value, str):
        number = int(value) if value.isdecimal() else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None
    elif hasattr(value, "__index__") and not isinstance(value, bool):  # numpy's integers, too
        number = operator.index(value)
    if number is None or not 0 <= number <= _INT32_MAX:
        raise InvalidArgumentError(
            f"num_steps in {key} must be an int in the range [0, {_INT32_MAX}]. "
            f"Got {value!r} instead.",
            hint="0, or leaving it out, means until the input ends.",
        )
    return number


def _parse_splits(key: str, value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    if not is_list or not all(isinstance(name, str) and name for name in value):
        raise InvalidArgumentError(
            f"splits in {key} must be a list of split names. Got {value!r} instead."
        )
    return tuple(value)


def parse_custom_config(value: Any) -> dict[str, Any]:
    """Parses ``custom_config``: a mapping, its JSON, or nothing (None, ``"null"``).

    Raises:
        InvalidArgumentError: it is neither.

    Example:
        >>> parse_custom_config('{"units": 16}'), parse_custom_config("null")
        ({'units': 16}, {})
    """
    accepted = "a mapping or the JSON of one"
    content = value
    if isinstance(value, (str, bytes)):
        content = _parse_json("custom_config", value, accepted) if value else None
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise InvalidArgumentError(
            f"custom_config must be {accepted}. Got {value!r}, of type "
            f"{type(content).__name__}, instead."
        )
    return dict(content)


def _parse_json(key: str, text: str | bytes, accepted: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidArgumentError(
            f"{key} must be {accepted}. Got {text!r}, which is not JSON: {error}."
        ) from error
