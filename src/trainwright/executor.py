"""The executors: they run a user's function under the Trainer's contract.

``Executor`` trains an Estimator that the user's ``trainer_fn`` declares; ``GenericExecutor`` calls
the user's ``run_fn``, which trains as it likes. Both read and write artifacts, and neither
leaves a half-written one. Artifacts and module files on remote file systems are worked on as local
copies; see :mod:`trainwright.contract.staging`.

This module does not import TensorFlow until it is needed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from trainwright.compat.faster_input import faster_input
from trainwright.compat.installing import shims
from trainwright.contract.data_check import check_data, tolerating_bad_records
from trainwright.contract.fn_args import FnArgs
from trainwright.contract.inputs import (
    as_examples,
    check_properties,
    make_fn_args,
    normalize_inputs,
    normalize_outputs,
)
from trainwright.contract.output_lock import locked_output
from trainwright.contract.publishing import (
    find_serving_export,
    publish_copies,
    publish_staged,
    staged_model,
)
from trainwright.contract.staging import staged_inputs, staged_outputs
from trainwright.contract.training_spec import TrainingSpec, check_training_spec
from trainwright.cycles import collect_as_usual, few_collections
from trainwright.data.readings import noting_readings
from trainwright.data.schema import read_schema
from trainwright.errors import ExportError, IncompleteError, InvalidArgumentError
from trainwright.events import RunObserver, announce, observing
from trainwright.remote.stage import Stage
from trainwright.user_module.failures import explaining, writing
from trainwright.user_module.loading import (
    FunctionSource,
    check_source,
    find_function,
    loaded_function,
)
from trainwright.user_module.places import local_source
from trainwright.whole_model import starting_whole

__all__ = ["BaseExecutor", "Executor", "GenericExecutor"]

ArtifactLists = Mapping[str, Sequence[Any]]


class BaseExecutor(ABC):
    """Something that runs with artifacts in and artifacts out.

    Args:
        context: what it may know of the run it is part of.
    """

    class Context:
        """What an executor may know of the run it is part of.

        Args:
            beam_pipeline_args: flags for Apache Beam; kept, not used.
            tmp_dir: a directory for temporary files.
            unique_id: the run's own name below it.
            executor_output_uri: where an orchestrator wants the executor's report.
            stateful_working_dir: a directory that survives retries.
            pipeline_node: the orchestrator's description of the node.
            pipeline_info: the orchestrator's description of the pipeline.
            pipeline_run_id: id of the pipeline's run.
            extra_flags: as TFX from 1.0 on calls ``beam_pipeline_args``.
        """

        def __init__(
            self,
            beam_pipeline_args: list[str] | None = None,
            tmp_dir: str | None = None,
            unique_id: str | None = None,
            executor_output_uri: str | None = None,
            stateful_working_dir: str | None = None,
            pipeline_node: Any = None,
            pipeline_info: Any = None,
            pipeline_run_id: str | None = None,
            extra_flags: list[str] | None = None,
        ):
            self.beam_pipeline_args = beam_pipeline_args or extra_flags
            self.tmp_dir = tmp_dir
            self.unique_id = unique_id
            self.executor_output_uri = executor_output_uri
            self.stateful_working_dir = stateful_working_dir
            self.pipeline_node = pipeline_node
            self.pipeline_info = pipeline_info
            self.pipeline_run_id = pipeline_run_id

        def get_tmp_path(self) -> str:
            """The run's directory for temporary files, ending in a slash.

            Raises:
                RuntimeError: the context has no tmp_dir or no unique_id.

            Example:
                >>> BaseExecutor.Context(tmp_dir="/tmp", unique_id="7").get_tmp_path()
                '/tmp/7/'
            """
            if not self.tmp_dir or not self.unique_id:
                raise RuntimeError("Temp path not available")
            return f"{Path(self.tmp_dir) / str(self.unique_id)}/"

    def __init__(self, context: Context | None = None):
        self._context = context

    @abstractmethod
    def Do(
        self,
        input_dict: ArtifactLists,
        output_dict: ArtifactLists,
        exec_properties: Mapping[str, Any],
    ) -> None:
        """Reads the inputs and writes the outputs.

        Args:
            input_dict: key -> artifacts.
            output_dict: key -> artifacts, to be written where their ``uri`` says.
            exec_properties: key -> string, number, or what else the executor accepts.
        """

    def _tmp_path(self) -> str | None:
        """The context's directory for temporary files, None where it has none."""
        if self._context is None:
            return None
        with contextlib.suppress(RuntimeError):
            return self._context.get_tmp_path()
        return None


class GenericExecutor(BaseExecutor):
    """Calls the user's ``run_fn(fn_args)``, which must leave a model in ``serving_model_dir``.

    What ``run_fn`` writes lies under a temporary name until it returns; then the model appears in
    the output artifact at once.
    """

    _allow_short = False

    FUNCTION: ClassVar[str] = "run_fn"
    """The user's function that it calls."""

    def Do(
        self,
        input_dict: ArtifactLists,
        output_dict: ArtifactLists,
        exec_properties: Mapping[str, Any],
    ) -> None:
        """Runs the user's function.

        Args:
            input_dict: ``examples``, and optionally ``transform_graph``, ``schema``,
                ``base_model``, ``hyperparameters``, ``statistics``: lists of artifacts.
            output_dict: ``model``, and optionally ``model_run``.
            exec_properties: ``train_args``, ``eval_args``; one of ``module_file``,
                ``module_path`` and the dotted name of the function; optionally
                ``custom_config``, ``warm_starting``, ``warm_start_from``, ``max_bad_records``.

        Raises:
            InvalidArgumentError: a key or property is wrong.
            ArtifactError: an input is absent or malformed.
            UserModuleError: the function cannot be loaded.
            UserCodeError: the function raised, or returned something else than it must.
            DataError: a record cannot be read.
            IncompleteError: the training input ended before the steps that were asked for, and
                the property ``allow_short`` does not accept that.
            TrainingError: training could not go on.
            ExportError: there is no model to publish.
        """
        tmp_path = self._tmp_path()
        with few_collections(), Stage(tmp_path) as stage:
            source = self._find_function(exec_properties, stage)
            check_properties(exec_properties)
            self._allow_short = bool(exec_properties.get("allow_short"))
            inputs, outputs = normalize_inputs(input_dict), normalize_outputs(output_dict)
            inputs, properties = staged_inputs(inputs, exec_properties, stage)
            tolerance = tolerating_bad_records(exec_properties.get("max_bad_records"))
            with tolerance, staged_outputs(outputs, stage) as written:
                fn_args = make_fn_args(inputs, written, properties, tmp_path)
                _check_data(inputs, fn_args)
                announce.on_stage(f"loading {Path(source.location).name}")
                whole = starting_whole(fn_args.base_model)
                with (
                    locked_output(fn_args.model_run_dir),
                    whole,
                    noting_readings(),
                    shims(),
                    faster_input(),
                    loaded_function(source) as function,
                ):
                    self._run(function, source, fn_args)

    def _find_function(self, properties: Mapping[str, Any], stage: Stage) -> FunctionSource:
        """Where the function is on the local disk, and not the one of the other executor."""
        other = "run_fn" if self.FUNCTION == "trainer_fn" else "trainer_fn"
        if properties.get(other):
            raise InvalidArgumentError(
                f"{type(self).__name__} calls {self.FUNCTION}. Got {other}={properties[other]!r}.",
                hint="GenericExecutor calls run_fn, Executor calls trainer_fn.",
            )
        source = local_source(find_function(properties, self.FUNCTION), stage)
        check_source(source)
        return source

    def _run(self, function: Callable[..., Any], source: FunctionSource, fn_args: FnArgs) -> None:
        """Calls the function and publishes its model."""
        serving, evaluation = str(fn_args.serving_model_dir), str(fn_args.eval_model_dir)
        with staged_model(Path(serving).parent) as staging:
            staged = replace(
                fn_args,
                serving_model_dir=str(staging / Path(serving).name),
                eval_model_dir=str(staging / Path(evaluation).name),
            )
            announce.on_stage(f"running {source.function}")
            collect_as_usual()
            with explaining(f"Running {source.function}", source.folder, _data_files(fn_args)):
                function(staged)
            announce.on_stage("publishing the model")
            with writing("The model could not be published", ExportError):
                publish_staged(staging, serving, evaluation, source.function)
        announce.on_export("serving", serving)


class Executor(GenericExecutor):
    """Trains, evaluates and exports the Estimator that the user's ``trainer_fn`` declares.

    ``trainer_fn(fn_args, schema)`` returns a mapping with ``estimator``, ``train_spec``,
    ``eval_spec`` and ``eval_input_receiver_fn``. Checkpoints, event files and all exports stay in
    the ``model_run`` artifact; the newest export of the final exporter, and the eval SavedModel,
    are published in ``model``. Without a ``model_run`` output the rest is removed afterwards.
    """

    FUNCTION: ClassVar[str] = "trainer_fn"

    def _run(self, function: Callable[..., Any], source: FunctionSource, fn_args: FnArgs) -> None:
        """Calls the function, and trains what it declares."""
        files = _data_files(fn_args)
        with _run_dir(fn_args, self._tmp_path()) as run_dir:
            placed = replace(
                fn_args,
                serving_model_dir=str(run_dir / "Format-Serving"),
                eval_model_dir=str(run_dir / "Format-TFMA"),
            )
            schema = _parse_schema(fn_args)
            announce.on_stage(f"calling {source.function}")
            with explaining(f"Calling {source.function}", source.folder, files):
                spec = check_training_spec(function(placed, schema), str(source))
            with explaining("Training", source.folder, files):
                ended_at = _train(spec)
            _check_steps(spec, ended_at, fn_args.train_steps, self._allow_short)
            if not getattr(spec.estimator.config, "is_chief", True):
                announce.on_stage("done; the chief exports the model, this task does not")
                return
            with explaining("Exporting the eval model", source.folder, files):
                # One of a run that was interrupted while it exported.
                shutil.rmtree(str(placed.eval_model_dir), ignore_errors=True)
                eval_export = _export_eval_model(spec, str(placed.eval_model_dir))
            _publish(spec, eval_export, fn_args)


def _check_data(inputs: Mapping[str, Sequence[Any]], fn_args: FnArgs) -> None:
    """Looks at the first records."""
    check_data(
        _data_files(fn_args),
        as_examples(inputs["examples"][0]).payload_format,
        fn_args.schema_path,
        fn_args.transform_graph_path,
    )


def _data_files(fn_args: FnArgs) -> list[str]:
    return [*fn_args.train_files, *fn_args.eval_files]


@contextlib.contextmanager
def _run_dir(fn_args: FnArgs, tmp_path: str | None) -> Iterator[Path]:
    """The model_run's directory, or a temporary one."""
    if fn_args.model_run_dir:
        yield Path(fn_args.model_run_dir)
        return
    if tmp_path:
        Path(tmp_path).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="model_run-", dir=tmp_path) as folder:
        yield Path(folder)


def _parse_schema(fn_args: FnArgs) -> Any:
    """The Schema that trainer_fn is given; an empty one without a schema input."""
    if fn_args.schema_path:
        return read_schema(fn_args.schema_path)
    from tensorflow_metadata.proto.v0 import schema_pb2

    return schema_pb2.Schema()


class _InputEnd(RunObserver):
    """Hears of the end of the training input."""

    step: int | None = None

    def on_input_end(self, step: int) -> None:
        self.step = step


def _train(spec: TrainingSpec) -> int | None:
    """Trains and evaluates; returns the global step where the input ended, None where not."""
    from trainwright.estimator import train_and_evaluate
    from trainwright.estimator.engine.training_state import keeping_ended

    announce.on_stage("training and evaluating")
    watch = _InputEnd()
    with observing(watch), keeping_ended():
        train_and_evaluate(spec.estimator, spec.train_spec, spec.eval_spec)
    return watch.step


def _check_steps(
    spec: TrainingSpec, ended_at: int | None, train_steps: int | None, allow_short: bool
) -> None:
    """Whether as many steps were done as asked for.

    Raises:
        IncompleteError: the input ended before.
    """
    from trainwright.estimator.engine.training_state import forget_state

    asked = spec.train_spec.max_steps or train_steps
    if ended_at is not None and asked is not None and ended_at < asked:
        if not allow_short:
            raise IncompleteError(
                f"The training input ended at step {ended_at:,}, of {asked:,} that were asked for.",
                hint="Let the input repeat, ask for fewer steps, or take what there is with "
                "--allow-short (allow_short=True).",
            )
        announce.on_short(ended_at, asked)
    checkpoint = spec.estimator.latest_checkpoint()
    if checkpoint is not None:
        forget_state(checkpoint)


def _export_eval_model(spec: TrainingSpec, folder: str) -> str:
    """Exports the eval SavedModel below a directory, and returns where it is."""
    from trainwright.eval_model import export_eval_savedmodel

    announce.on_stage("exporting the eval model")
    return os.fsdecode(export_eval_savedmodel(spec.estimator, folder, spec.eval_input_receiver_fn))


def _publish(spec: TrainingSpec, eval_export: str, fn_args: FnArgs) -> None:
    """Copies both exports into the model artifact."""
    announce.on_stage("publishing the model")
    serving_export = find_serving_export(spec.estimator.model_dir, spec.eval_spec.exporters)
    serving, evaluation = str(fn_args.serving_model_dir), str(fn_args.eval_model_dir)
    with writing("The model could not be published", ExportError):
        publish_copies({serving: str(serving_export), evaluation: eval_export})
