"""How and where an Estimator runs."""

from __future__ import annotations

import copy
import inspect
import numbers
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from trainwright.estimator.cluster_env import (
    ClusterTask,
    distributed_session_config,
    read_cluster_task,
)

v1 = tf.compat.v1

_UNSET: Any = object()
_DEFAULT_SAVE_CHECKPOINTS_SECS = 600
_PERIODS = ("save_checkpoints_steps", "save_checkpoints_secs")

_REPLACEABLE = (
    "model_dir",
    "tf_random_seed",
    "save_summary_steps",
    "save_checkpoints_steps",
    "save_checkpoints_secs",
    "session_config",
    "keep_checkpoint_max",
    "keep_checkpoint_every_n_hours",
    "log_step_count_steps",
    "train_distribute",
    "device_fn",
    "protocol",
    "eval_distribute",
    "experimental_distribute",
    "experimental_max_worker_delay_secs",
    "session_creation_timeout_secs",
    "checkpoint_save_graph_def",
    "fused",
    "jit_compile",
)


class RunConfig:
    """How and where an Estimator runs; the cluster comes from ``TF_CONFIG``.

    Args:
        model_dir: where checkpoints, events and exports go.
        tf_random_seed: the graph's seed; None: a different one each time.
        save_summary_steps: write summaries every so many steps; 0 or None: never.
        save_checkpoints_steps: checkpoint every so many steps.
        save_checkpoints_secs: checkpoint every so many seconds. Only one of the two may be set;
            neither: 600 seconds; both None: never but at the ends.
        session_config: a ``tf.compat.v1.ConfigProto``. None in a cluster: one by which a session
            sees the parameter servers and itself.
        keep_checkpoint_max: how many checkpoints are kept; 0 or None: all.
        keep_checkpoint_every_n_hours: one checkpoint of each period is kept for good.
        log_step_count_steps: log and count steps every so many of them.
        train_distribute: a ``tf.distribute.Strategy`` for training.
        device_fn: op -> device.
        protocol: ``grpc`` or ``grpc+verbs``; None: grpc.
        eval_distribute: a ``tf.distribute.Strategy`` for evaluation.
        experimental_distribute: both of them in one object, with ``train_distribute`` and
            ``eval_distribute``.
        experimental_max_worker_delay_secs: longest wait before a worker starts.
        session_creation_timeout_secs: how long to wait for a session.
        checkpoint_save_graph_def: whether ``graph.pbtxt`` and ``.meta`` are written.
        fused: whether many training steps make one session run, in a loop inside of the graph.
            None: where hooks and ops allow it; False: never; True: where they do not, that is an
            error. Results are the same.
        jit_compile: whether XLA compiles the numerical part of a training step, which changes
            results by rounding. True: wherever that cannot be, it is an error; False: no. None:
            where a training without ``tf_random_seed`` has at least ten minutes of steps left,
            both are timed on copies, and it compiles if that is faster by a tenth. The choice is
            kept in ``model_dir``, so that a training that goes on computes the same; two that
            begin anew may choose differently, and then differ by rounding.

    Raises:
        ValueError: a value that is not accepted, or two that exclude each other.

    Example:
        >>> config = RunConfig(save_checkpoints_steps=100)
        >>> config.save_checkpoints_secs is None, config.is_chief
        (True, True)
        >>> config.replace(save_summary_steps=10).save_summary_steps
        10
    """

    def __init__(
        self,
        model_dir: Any = None,
        tf_random_seed: int | None = None,
        save_summary_steps: int | None = 100,
        save_checkpoints_steps: int | None = _UNSET,
        save_checkpoints_secs: int | None = _UNSET,
        session_config: Any = None,
        keep_checkpoint_max: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int | None = 100,
        train_distribute: Any = None,
        device_fn: Callable[..., Any] | None = None,
        protocol: str | None = None,
        eval_distribute: Any = None,
        experimental_distribute: Any = None,
        experimental_max_worker_delay_secs: float | None = None,
        session_creation_timeout_secs: float = 7200,
        checkpoint_save_graph_def: bool = True,
        *,
        fused: bool | None = None,
        jit_compile: bool | None = None,
    ):
        steps, secs = _checkpoint_period(save_checkpoints_steps, save_checkpoints_secs)
        self._task = read_cluster_task()
        if session_config is None:
            session_config = distributed_session_config(self._task)
        self._values: dict[str, Any] = {
            "model_dir": _resolve_model_dir(model_dir, self._task.model_dir),
            "tf_random_seed": tf_random_seed,
            "save_summary_steps": save_summary_steps,
            "save_checkpoints_steps": steps,
            "save_checkpoints_secs": secs,
            "session_config": session_config,
            "keep_checkpoint_max": keep_checkpoint_max,
            "keep_checkpoint_every_n_hours": keep_checkpoint_every_n_hours,
            "log_step_count_steps": log_step_count_steps,
            "train_distribute": train_distribute,
            "device_fn": device_fn,
            "protocol": protocol,
            "eval_distribute": eval_distribute,
            "experimental_distribute": experimental_distribute,
            "experimental_max_worker_delay_secs": experimental_max_worker_delay_secs,
            "session_creation_timeout_secs": session_creation_timeout_secs,
            "checkpoint_save_graph_def": checkpoint_save_graph_def,
            "fused": fused,
            "jit_compile": jit_compile,
        }
        if experimental_distribute is not None:
            for name in ("train_distribute", "eval_distribute"):
                if self._values[name] is None:
                    self._values[name] = getattr(experimental_distribute, name, None)
        _check_values(self._values)

    def replace(self, **kwargs: Any) -> RunConfig:
        """A copy with other values of these arguments of the constructor.

        Raises:
            ValueError: a name that cannot be replaced, or a value that is not accepted.
        """
        unknown = sorted(set(kwargs) - set(_REPLACEABLE))
        if unknown:
            raise ValueError(
                f"RunConfig.replace does not accept {', '.join(unknown)}. It accepts: "
                f"{', '.join(_REPLACEABLE)}."
            )
        changed = copy.copy(self)
        changed._values = {**self._values, **kwargs}
        if "model_dir" in kwargs:
            changed._values["model_dir"] = _resolve_model_dir(kwargs["model_dir"], None)
        # Setting one period of checkpoints unsets the other.
        if any(kwargs.get(name) is not None for name in _PERIODS):
            period = _checkpoint_period(*(kwargs.get(name) for name in _PERIODS))
            changed._values.update(zip(_PERIODS, period, strict=True))
        _check_values(changed._values)
        return changed

    @property
    def model_dir(self) -> str | None:
        """Where checkpoints, events and exports go."""
        return self._values["model_dir"]  # type: ignore[no-any-return]

    @property
    def tf_random_seed(self) -> int | None:
        """The graph's seed."""
        return self._values["tf_random_seed"]  # type: ignore[no-any-return]

    @property
    def save_summary_steps(self) -> int | None:
        """Steps between two summaries."""
        return self._values["save_summary_steps"]  # type: ignore[no-any-return]

    @property
    def save_checkpoints_steps(self) -> int | None:
        """Steps between two checkpoints."""
        return self._values["save_checkpoints_steps"]  # type: ignore[no-any-return]

    @property
    def save_checkpoints_secs(self) -> int | None:
        """Seconds between two checkpoints."""
        return self._values["save_checkpoints_secs"]  # type: ignore[no-any-return]

    @property
    def session_config(self) -> Any:
        """The ConfigProto of sessions."""
        return self._values["session_config"]

    @property
    def keep_checkpoint_max(self) -> int | None:
        """How many checkpoints are kept."""
        return self._values["keep_checkpoint_max"]  # type: ignore[no-any-return]

    @property
    def keep_checkpoint_every_n_hours(self) -> float:
        """Hours for each of which one checkpoint is kept for good."""
        return self._values["keep_checkpoint_every_n_hours"]  # type: ignore[no-any-return]

    @property
    def log_step_count_steps(self) -> int | None:
        """Steps between two log lines."""
        return self._values["log_step_count_steps"]  # type: ignore[no-any-return]

    @property
    def train_distribute(self) -> Any:
        """The strategy of training."""
        return self._values["train_distribute"]

    @property
    def eval_distribute(self) -> Any:
        """The strategy of evaluation."""
        return self._values["eval_distribute"]

    @property
    def device_fn(self) -> Callable[..., Any] | None:
        """A function from an op to its device."""
        return self._values["device_fn"]  # type: ignore[no-any-return]

    @property
    def protocol(self) -> str | None:
        """How servers talk."""
        return self._values["protocol"]  # type: ignore[no-any-return]

    @property
    def experimental_max_worker_delay_secs(self) -> float | None:
        """Longest wait before a worker starts, in seconds."""
        return self._values["experimental_max_worker_delay_secs"]  # type: ignore[no-any-return]

    @property
    def session_creation_timeout_secs(self) -> float:
        """How long to wait for a session, in seconds."""
        return self._values["session_creation_timeout_secs"]  # type: ignore[no-any-return]

    @property
    def checkpoint_save_graph_def(self) -> bool:
        """Whether ``graph.pbtxt`` and ``.meta`` are written."""
        return self._values["checkpoint_save_graph_def"]  # type: ignore[no-any-return]

    @property
    def fused(self) -> bool | None:
        """Whether many training steps make one session run."""
        return self._values["fused"]  # type: ignore[no-any-return]

    @property
    def jit_compile(self) -> bool | None:
        """Whether XLA compiles the numerical part of a training step."""
        return self._values["jit_compile"]  # type: ignore[no-any-return]

    @property
    def cluster_task(self) -> ClusterTask:
        """This process among the others, as ``TF_CONFIG`` says."""
        return self._task

    @property
    def cluster_spec(self) -> Any:
        """The cluster as a ``tf.train.ClusterSpec``, empty where there is none."""
        return self._task.cluster_spec

    @property
    def task_type(self) -> str:
        """The job of this process."""
        return self._task.task_type

    @property
    def task_id(self) -> int:
        """Its index within the job."""
        return self._task.task_id

    @property
    def is_chief(self) -> bool:
        """Whether this process saves checkpoints and exports."""
        return self._task.is_chief

    @property
    def master(self) -> str:
        """The session target of training."""
        return self._task.master

    @property
    def evaluation_master(self) -> str:
        """The session target of evaluation."""
        return self._task.evaluation_master

    @property
    def num_ps_replicas(self) -> int:
        """Number of parameter servers."""
        return self._task.num_ps_replicas

    @property
    def num_worker_replicas(self) -> int:
        """Number of workers, the chief included."""
        return self._task.num_worker_replicas

    @property
    def global_id_in_cluster(self) -> int | None:
        """Index among all tasks of the cluster but the evaluator."""
        return self._task.global_id_in_cluster

    @property
    def service(self) -> Any:
        """The entry ``service`` of ``TF_CONFIG``."""
        return self._task.service

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={v!r}" for k, v in self._values.items() if v is not None)
        return f"RunConfig({shown})"


def _checkpoint_period(steps: Any, secs: Any) -> tuple[int | None, int | None]:
    steps_given = steps is not _UNSET
    secs_given = secs is not _UNSET
    if not steps_given and not secs_given:
        return None, _DEFAULT_SAVE_CHECKPOINTS_SECS
    steps = steps if steps_given else None
    secs = secs if secs_given else None
    if steps is not None and secs is not None:
        raise ValueError(
            "Only one of save_checkpoints_steps and save_checkpoints_secs may be set. "
            f"Got {steps!r} and {secs!r}."
        )
    return steps, secs


def _resolve_model_dir(given: Any, from_environment: str | None) -> str | None:
    if given is not None and not str(given):
        raise ValueError("model_dir must not be empty. Leave it out to get a temporary one.")
    if given is None:
        return from_environment
    if from_environment is not None and str(given) != from_environment:
        raise ValueError(
            f"model_dir is {str(given)!r}, but TF_CONFIG says {from_environment!r}. Give one."
        )
    return str(given)


def _at_least(low: float) -> tuple[Callable[[Any], bool], str]:
    return lambda value: value >= low, f"at least {low}"


_ACCEPTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "save_summary_steps": _at_least(0),
    "save_checkpoints_steps": _at_least(0),
    "save_checkpoints_secs": _at_least(0),
    "keep_checkpoint_max": _at_least(0),
    "keep_checkpoint_every_n_hours": (lambda value: value > 0, "more than 0"),
    "log_step_count_steps": (lambda value: value > 0, "more than 0"),
    "session_creation_timeout_secs": (lambda value: value > 0, "more than 0"),
    "tf_random_seed": (lambda value: isinstance(value, numbers.Integral), "an int"),
    "experimental_max_worker_delay_secs": (
        lambda value: isinstance(value, numbers.Integral),
        "an int",
    ),
    "session_config": (
        lambda value: isinstance(value, v1.ConfigProto),
        "a tf.compat.v1.ConfigProto",
    ),
    "device_fn": (
        lambda value: callable(value) and list(inspect.signature(value).parameters) == ["op"],
        'a function of one argument, "op"',
    ),
    "fused": (lambda value: isinstance(value, bool), "True, False or None"),
    "jit_compile": (lambda value: isinstance(value, bool), "True, False or None"),
    "protocol": (lambda value: value in ("grpc", "grpc+verbs"), '"grpc" or "grpc+verbs"'),
}


def _check_values(values: dict[str, Any]) -> None:
    if values["jit_compile"] and values["fused"] is False:
        raise ValueError("jit_compile=True compiles fused steps. Got fused=False beside it.")
    for name, (accepts, wanted) in _ACCEPTED.items():
        value = values[name]
        if value is not None and not accepts(value):
            raise ValueError(f"{name} must be {wanted}. Got {value!r} instead.")
