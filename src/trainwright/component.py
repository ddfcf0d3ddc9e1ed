"""The Trainer as a pipeline's author declares it: what to train on, with which function.

:class:`Trainer` takes the arguments of TFX's component of that name, in all spellings from TFX
0.21 to 1.15, checks them where they are given, and runs the declared step in this process.

This module does not import TensorFlow.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwright.artifacts import Model, ModelRun
from trainwright.contract.component_inputs import ArtifactList, given_artifacts, taken_artifacts
from trainwright.contract.fn_args import parse_custom_config, parse_step_args
from trainwright.errors import InvalidArgumentError
from trainwright.user_module.function_kind import FUNCTIONS, kind_of_function
from trainwright.user_module.places import absolute_place
from trainwright.user_module.wheels import split_wheel

if TYPE_CHECKING:
    from trainwright.artifacts import Artifact
    from trainwright.launcher import LaunchResult

__all__ = ["ComponentSpec", "Output", "Trainer"]

_OUTPUT_TYPES = {"model": Model, "model_run": ModelRun}
_SOURCES = ("module_file", "module_path", *FUNCTIONS)


class Output:
    """An output of a component, to be given to another one before there are artifacts in it.

    Args:
        owner: id of the component.
        key: the output's key, such as ``"model"``.

    Attributes:
        type_name: the type of the artifacts, such as ``"Model"``.
    """

    def __init__(self, owner: str, key: str):
        self._owner = owner
        self._key = key
        self.type_name = _OUTPUT_TYPES[key].TYPE_NAME
        self._artifacts: list[Artifact] | None = None

    def get(self) -> list[Artifact]:
        """The artifacts of the component's last run.

        Raises:
            InvalidArgumentError: it has not run yet.
        """
        if self._artifacts is None:
            raise InvalidArgumentError(
                f"The output {self._key!r} of {self._owner} is empty: {self._owner} has not run.",
                hint="Call run() on the component first.",
            )
        return list(self._artifacts)

    def fill(self, artifacts: list[Artifact]) -> None:
        """Takes the artifacts of a run."""
        self._artifacts = list(artifacts)

    def __repr__(self) -> str:
        return f"Output({self._key!r} of {self._owner!r})"


@dataclass(frozen=True)
class ComponentSpec:
    """What a component was given.

    Attributes:
        inputs: artifacts, or what gives them, by key.
        outputs: by key.
        exec_properties: by name; custom_config is JSON, as orchestrators keep it.
    """

    inputs: dict[str, Any]
    outputs: dict[str, Output]
    exec_properties: dict[str, Any]


class Trainer:
    """A training step: declared with its inputs, its module and its number of steps; then run.

    An input is an artifact, a list of artifacts, or an object whose ``get()`` returns them (an
    output of another Trainer, or a channel of TFX), which is asked when the Trainer runs.

    Args:
        examples: Examples to train and evaluate on. They or transformed_examples must be given.
        transformed_examples: old spelling of examples, for what TF Transform wrote; it needs
            transform_graph.
        transform_graph: the output of TF Transform.
        schema: the schema of the examples.
        base_model: a Model, or a ModelRun with checkpoints, to warm start from.
        hyperparameters: a HyperParameters artifact.
        module_file: Python file with ``trainer_fn`` or ``run_fn``, a path or an address that fsspec
            reads, or ``module@file.whl``; ``path.py:name`` for a function of another name. Exactly
            one of module_file, module_path, run_fn and trainer_fn must be
            given.
        run_fn: dotted name of a function that trains by itself.
        trainer_fn: dotted name of a function that declares an Estimator to train.
        train_args: num_steps and splits: a mapping, JSON, or TFX's TrainArgs. Without num_steps,
            or with 0: until the input ends.
        eval_args: the same for evaluating.
        custom_config: a mapping for the module, or its JSON.
        custom_executor_spec: the class that does the work, or an object that names it in
            ``executor_class``, as TFX's ExecutorClassSpec. None: GenericExecutor where there is
            a ``run_fn``, Executor where there is only a ``trainer_fn``.
        statistics: ExampleStatistics, which give ``fn_args.num_examples``.
        module_path: name of an importable module with ``trainer_fn`` or ``run_fn``, or
            ``module@file.whl`` for one in a wheel, which need not be installed.
        transform_output: old spelling of transform_graph.
        warm_starting: whether to warm start from warm_start_from.
        warm_start_from: directory of a model.
        instance_name: tells several Trainers of a pipeline apart: the id is then
            ``Trainer.{instance_name}``.
        id: its place in the pipeline, and name of its output directory; ``Trainer`` by default.

    Attributes:
        id: its place in the pipeline.
        exec_properties: what the executor is given beside artifacts, by name.
        outputs: ``model`` and ``model_run``, to be given to other components.

    Raises:
        InvalidArgumentError: an argument is missing, contradicts another, or is of a wrong type.

    Example:
        >>> from trainwright.artifacts import Examples
        >>> trainer = Trainer(
        ...     examples=Examples("data/examples"),
        ...     trainer_fn="taxi.model.trainer_fn",
        ...     train_args={"num_steps": 1000},
        ...     eval_args={"num_steps": 50},
        ... )
        >>> trainer.executor_class.__name__, trainer.exec_properties["train_args"]
        ('Executor', '{"num_steps": 1000, "splits": ["train"]}')
    """

    def __init__(
        self,
        examples: Any = None,
        transformed_examples: Any = None,
        transform_graph: Any = None,
        schema: Any = None,
        base_model: Any = None,
        hyperparameters: Any = None,
        module_file: str | Path | None = None,
        run_fn: str | None = None,
        trainer_fn: str | None = None,
        train_args: Any = None,
        eval_args: Any = None,
        custom_config: Mapping[str, Any] | str | None = None,
        custom_executor_spec: Any = None,
        *,
        statistics: Any = None,
        module_path: str | None = None,
        transform_output: Any = None,
        warm_starting: Any = None,
        warm_start_from: str | Path | None = None,
        instance_name: str | None = None,
        id: str | None = None,
    ):
        transform_graph = _one_spelling(
            "transform_graph", transform_graph, "transform_output", transform_output
        )
        inputs = {
            "examples": _examples(examples, transformed_examples, transform_graph),
            "transform_graph": transform_graph,
            "schema": schema,
            "base_model": base_model,
            "hyperparameters": hyperparameters,
            "statistics": statistics,
        }
        self._inputs = {
            key: given_artifacts(key, value) for key, value in inputs.items() if value is not None
        }
        self.exec_properties: dict[str, Any] = {
            "train_args": _step_args("train_args", train_args, "train"),
            "eval_args": _step_args("eval_args", eval_args, "eval"),
            **_source(
                module_file=module_file,
                module_path=module_path,
                trainer_fn=trainer_fn,
                run_fn=run_fn,
            ),
            "custom_config": parse_custom_config(custom_config) or None,
            "warm_starting": warm_starting,
            "warm_start_from": warm_start_from if warm_start_from is None else str(warm_start_from),
        }
        self._executor_class = _named_class(custom_executor_spec)
        self.id = _id(instance_name, id)
        self.outputs = {key: Output(self.id, key) for key in _OUTPUT_TYPES}

    @property
    def spec(self) -> ComponentSpec:
        """What it was given, under the names that TFX's components have for it."""
        properties = {k: v for k, v in self.exec_properties.items() if v is not None}
        config = properties.get("custom_config")
        if config is not None:
            properties["custom_config"] = json.dumps(config, default=str)
        return ComponentSpec(dict(self._inputs), dict(self.outputs), properties)

    @property
    def inputs(self) -> dict[str, ArtifactList]:
        """The input artifacts by key.

        Raises:
            InvalidArgumentError: an input's ``get()`` returned something else than artifacts of
                the right type, or is the output of a component that has not run.
        """
        return {key: taken_artifacts(key, value) for key, value in self._inputs.items()}

    @cached_property
    def executor_class(self) -> type[Any]:
        """The class that does the work.

        Raises:
            InvalidArgumentError: none was given, and the module does not tell which one it needs.
        """
        if self._executor_class is not None:
            return self._executor_class
        from trainwright.executor import Executor, GenericExecutor

        kind = kind_of_function(self.exec_properties)
        return GenericExecutor if kind == "run_fn" else Executor

    def with_id(self, id: str) -> Trainer:
        """Gives it another place in the pipeline, and returns it."""
        self.id = _id(None, id)
        self.outputs = {key: Output(self.id, key) for key in self.outputs}
        return self

    def run(
        self,
        output_root: str | Path,
        metadata: str | Path | None = None,
        pipeline: str = "trainwright",
        run_id: str | None = None,
        cache: bool = True,
        max_bad_records: int = 0,
        fresh: bool = False,
        allow_short: bool = False,
    ) -> LaunchResult:
        """Trains here and now, and records the run.

        Args:
            output_root: a local directory; outputs go to ``{output_root}/{id}/{key}/{number}``.
            metadata: the lineage database, a path or URL; None: ``metadata.sqlite`` in
                output_root.
            pipeline: the pipeline to record the run under.
            run_id: id of the pipeline's run; None: the time, in UTC.
            cache: take the outputs of a complete run with the same inputs, properties and code,
                where there is one, instead of training again.
            max_bad_records: how many records that cannot be read or parsed to skip, and count,
                before giving up.
            fresh: start over, rather than go on from the checkpoints of a run that was the same
                and did not succeed.
            allow_short: that the training input ends before the steps that were asked for is no
                error.

        Returns:
            The published outputs, and what was recorded.

        Raises:
            InvalidArgumentError: an input is still empty, or the output directory cannot be used.
            LineageError: the database cannot be used.
            TrainwrightError: the run has failed, which is recorded.
        """
        from trainwright.launcher import LaunchRequest, launch

        request = LaunchRequest(
            executor_class=self.executor_class,
            inputs=self.inputs,
            exec_properties={k: v for k, v in self.exec_properties.items() if v is not None}
            | ({"max_bad_records": max_bad_records} if max_bad_records else {}),
            output_root=output_root,
            metadata=metadata,
            pipeline=pipeline,
            run_id=run_id,
            node=self.id,
            cache=cache and not fresh,
            fresh=fresh,
            allow_short=allow_short,
        )
        result = launch(request)
        for key, output in self.outputs.items():
            output.fill(list(result.outputs[key]))
        return result


def _one_spelling(name: str, value: Any, old_name: str, old_value: Any) -> Any:
    """The value of an argument with two names, of which at most one may be given."""
    if old_value is None:
        return value
    if value is not None:
        raise InvalidArgumentError(
            f"{old_name!r} and {name!r} mean the same; give one of them. Got both."
        )
    warnings.warn(f"{old_name!r} is now called {name!r}.", DeprecationWarning, stacklevel=4)
    return old_value


def _examples(examples: Any, transformed: Any, transform_graph: Any) -> Any:
    """The examples under one of their two names, one of which must be given."""
    if examples is None and transformed is None:
        raise InvalidArgumentError("Trainer needs 'examples'. Got none.")
    if transformed is not None and transform_graph is None:
        raise InvalidArgumentError(
            "'transformed_examples' needs 'transform_graph', and got none.",
            hint="Give the output of TF Transform that transformed them, or call them 'examples'.",
        )
    return _one_spelling("examples", examples, "transformed_examples", transformed)


def _step_args(key: str, value: Any, default_split: str) -> str:
    """Checked train_args or eval_args, as JSON."""
    parsed = parse_step_args(key, {} if value is None else value, default_split)
    return json.dumps({"num_steps": parsed.num_steps or 0, "splits": list(parsed.splits)})


def _source(**sources: Any) -> dict[str, str | None]:
    """The one property that says where the user's function is."""
    given = [name for name in _SOURCES if sources[name]]
    if len(given) != 1:
        raise InvalidArgumentError(
            f"Exactly one of {', '.join(_SOURCES)} must be given. "
            f"Got {' and '.join(given) if given else 'none of them'}.",
            hint='A function of another name in a file is module_file="path.py:function".',
        )
    (name,) = given
    value = sources[name]
    if not isinstance(value, str | Path):
        raise InvalidArgumentError(f"{name} must be a string. Got {value!r} instead.")
    # The record of a run should not depend on where it was started.
    if name == "module_file" or split_wheel(str(value)):
        value = absolute_place(str(value))
    return {name: str(value)}


def _named_class(spec: Any) -> type[Any] | None:
    """The executor's class of a custom_executor_spec."""
    if spec is None:
        return None
    kind = getattr(spec, "executor_class", spec)
    if isinstance(kind, type) and callable(getattr(kind, "Do", None)):
        return kind
    raise InvalidArgumentError(
        "custom_executor_spec must be an executor's class, which has the method Do, or an object "
        f"with such an executor_class. Got {spec!r} instead."
    )


def _id(instance_name: str | None, id: str | None) -> str:
    if instance_name is not None and id is not None:
        raise InvalidArgumentError(
            f"Give instance_name or id, not both. Got {instance_name!r} and {id!r}."
        )
    name = f"Trainer.{instance_name}" if instance_name else "Trainer" if id is None else id
    if not name or "/" in name or name.startswith("."):
        raise InvalidArgumentError(
            "The id names a directory: not empty, without a slash, and not hidden. "
            f"Got {name!r} instead."
        )
    return name
