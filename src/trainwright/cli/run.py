"""``trainwright run``: train a model from a module file."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainwright.cli.settings import is_verbose, log_format_option, verbose_option
from trainwright.cli.watching import Watch, watched

if TYPE_CHECKING:
    from trainwright.artifacts import Artifact
    from trainwright.executor import GenericExecutor
    from trainwright.launcher import LaunchRequest, LaunchResult
    from trainwright.tracking.mlflow_log import MlflowLog

FUNCTIONS = ("trainer_fn", "run_fn")
_STEPS = click.IntRange(0, 2**31 - 1)


def _names(context: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    """Names with commas between them, as a list."""
    names = [name.strip() for name in value.split(",")]
    if not all(names):
        raise click.BadParameter(f"{value!r} has an empty name; write names as a,b.")
    return names


@click.command(
    epilog="""
\b
Examples:
  trainwright run --examples data/examples --schema data/schema \\
      --module-file model.py --train-steps 10000 --eval-steps 100 --output out
  trainwright show latest --output out

Exit codes: 0 done, 2 usage; each kind of error has its own, listed in `trainwright.errors`.
"""
)
@click.option(
    "--examples",
    multiple=True,
    required=True,
    metavar="DIR",
    help="Examples: Split-NAME/ directories of record files. May be given several times.",
)
@click.option("--schema", metavar="DIR", help="Their schema: a directory with schema.pbtxt.")
@click.option("--transform-graph", metavar="DIR", help="The output directory of TF Transform.")
@click.option("--base-model", metavar="DIR", help="A model to warm start from.")
@click.option("--hyperparameters", metavar="DIR", help="A directory with one JSON file.")
@click.option("--statistics", metavar="DIR", help="Statistics of the examples.")
@click.option(
    "--module-file",
    required=True,
    metavar="FILE",
    help="Python file with the function trainer_fn or run_fn; FILE:NAME for one of another name.",
)
@click.option(
    "--fn",
    type=click.Choice(FUNCTIONS),
    help="Which function to call, where the module has both: trainer_fn(fn_args, schema) declares "
    "an Estimator to train, run_fn(fn_args) trains by itself.",
)
@click.option(
    "--train-steps",
    required=True,
    type=_STEPS,
    metavar="N",
    help="Steps to train; 0: until the input ends.",
)
@click.option(
    "--eval-steps",
    required=True,
    type=_STEPS,
    metavar="N",
    help="Batches of an evaluation; 0: until the input ends.",
)
@click.option(
    "--train-splits",
    callback=_names,
    default="train",
    show_default=True,
    metavar="A,B",
    help="Splits to train on.",
)
@click.option(
    "--eval-splits",
    callback=_names,
    default="eval",
    show_default=True,
    metavar="A,B",
    help="Splits to evaluate on.",
)
@click.option("--custom-config", metavar="JSON", help="An object, handed to the module in fn_args.")
@click.option(
    "--output",
    required=True,
    metavar="DIR",
    help="Outputs go to DIR/Trainer/{model,model_run}/NUMBER.",
)
@click.option(
    "--metadata",
    metavar="FILE|URL",
    help="The lineage database. [default: metadata.sqlite in the output directory]",
)
@click.option(
    "--pipeline",
    default="trainwright",
    show_default=True,
    metavar="NAME",
    help="The pipeline to record the run under.",
)
@click.option(
    "--no-cache",
    is_flag=True,
    help="Train even if a complete run had the same inputs, properties and code.",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Start over, rather than go on from the checkpoints of the same run that did not succeed.",
)
@click.option(
    "--allow-short",
    is_flag=True,
    help="Accept that the training input ends before --train-steps; otherwise that is an error.",
)
@click.option(
    "--plain-input",
    is_flag=True,
    help="Leave tf.data.experimental.make_batched_features_dataset, which module files read with, "
    "as TensorFlow has it. Otherwise the same batches are read in blocks, faster.",
)
@click.option(
    "--input-cache",
    metavar="DIR",
    help="Keep parsed examples in DIR, for later epochs and runs to read them faster. What is kept "
    "of files that have changed is never used.",
)
@click.option(
    "--max-bad-records",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Records that cannot be read or parsed to skip before giving up. They are counted.",
)
@click.option(
    "--no-data-check",
    is_flag=True,
    help="Do not compare the first records with the schema before training.",
)
@click.option(
    "--mlflow",
    metavar="URI",
    help="Record the run in MLflow, too: a server, or a store such as sqlite:///mlflow.db.",
)
@log_format_option
@verbose_option
def run(module_file: str, fn: str | None, output: str, log_format: str, **options: Any) -> None:
    """Train a model from a module file.

    Reads Examples, calls the module's function, evaluates, exports, and records the run. The same
    run, given again after it was stopped, killed or failed, goes on where it was.
    """
    with watched(log_format, is_verbose()) as watch:
        _run(watch, module_file, fn or _function_of(module_file), output, options)


def _run(
    watch: Watch, module_file: str, function: str, output: str, options: Mapping[str, Any]
) -> None:
    from trainwright.data.input_settings import InputSettings, using_input
    from trainwright.launcher import LaunchRequest, launch
    from trainwright.lineage import METADATA_FILE
    from trainwright.lineage.location import parse_location
    from trainwright.user_module.places import absolute_place

    request = LaunchRequest(
        executor_class=_executor_class(function),
        inputs=_inputs(options),
        exec_properties={
            "train_args": _step_args(options["train_steps"], options["train_splits"]),
            "eval_args": _step_args(options["eval_steps"], options["eval_splits"]),
            # Absolute, since the record of a run should not depend on where it was started.
            "module_file": absolute_place(module_file),
            "custom_config": options["custom_config"],
            **_bad_records(options["max_bad_records"]),
        },
        output_root=output,
        metadata=options["metadata"],
        pipeline=options["pipeline"],
        cache=not (options["no_cache"] or options["fresh"]),
        fresh=options["fresh"],
        allow_short=options["allow_short"],
    )
    # A run_fn shows its progress itself, as Keras does.
    with (
        using_input(
            InputSettings(
                plain=options["plain_input"],
                data_check=not options["no_data_check"],
                cache_dir=options["input_cache"],
            )
        ),
        watch.progress(plain=function == "run_fn"),
        _in_mlflow(options["mlflow"], request) as mlflow,
    ):
        result = launch(request)
        if mlflow is not None:
            outputs = {key: group[0].uri for key, group in sorted(result.outputs.items())}
            tags = {"run": str(result.execution_id), "state": result.state.name}
            mlflow.result(outputs, {f"trainwright.{name}": value for name, value in tags.items()})
    where = request.metadata or Path(request.output_root) / METADATA_FILE
    database = parse_location(where).name
    if not watch.result(result, database):
        _show_result(result, database)


@contextlib.contextmanager
def _in_mlflow(uri: str | None, request: LaunchRequest) -> Iterator[MlflowLog | None]:
    """While the block runs, what happens in it is recorded in MLflow, where that is wanted."""
    if uri is None:
        yield None
        return
    from trainwright.tracking.mlflow_log import logged_to_mlflow
    from trainwright.tracking.parameters import parameters_of
    from trainwright.version import __version__

    named = [artifact.uri for artifact in request.inputs.get("hyperparameters", ())]
    parameters = parameters_of(request.exec_properties, named[0] if named else None)
    tags = {
        "mlflow.source.name": str(request.exec_properties["module_file"]),
        "mlflow.source.type": "LOCAL",
        "trainwright.pipeline": request.pipeline,
        "trainwright.version": __version__,
        "trainwright.examples": ", ".join(one.uri for one in request.inputs["examples"]),
    }
    with logged_to_mlflow(uri, request.pipeline, parameters, tags) as log:
        yield log


def _function_of(module_file: str) -> str:
    """Which of the functions the module has; ``trainer_fn`` where that is for the run to tell."""
    from trainwright.user_module.function_kind import names_in
    from trainwright.user_module.loading import find_function

    source = find_function({"module_file": module_file}, FUNCTIONS[0])
    if source.function not in FUNCTIONS:
        raise click.UsageError(
            f"--fn must tell whether {source.function} is called as a trainer_fn or as a run_fn."
        )
    if module_file.endswith(f":{source.function}"):
        return source.function
    names = names_in(source)
    if names is None:
        return FUNCTIONS[0]  # the run will fail of it, and be recorded
    found = [name for name in FUNCTIONS if name in names]
    if len(found) == 2:
        raise click.UsageError(
            f"{module_file} has both trainer_fn and run_fn: choose one with --fn."
        )
    if not found and names.star:
        raise click.UsageError(
            f"{module_file} imports * from another module: tell with --fn which function to call."
        )
    return found[0] if found else FUNCTIONS[0]


def _executor_class(function: str) -> type[GenericExecutor]:
    from trainwright.executor import Executor, GenericExecutor

    return Executor if function == "trainer_fn" else GenericExecutor


def _inputs(options: Mapping[str, Any]) -> dict[str, list[Artifact]]:
    """The input artifacts that were named."""
    from trainwright import artifacts
    from trainwright.remote.storage import absolute

    inputs: dict[str, list[Artifact]] = {
        "examples": [_examples(folder) for folder in options["examples"]]
    }
    for key, artifact_class in (
        ("transform_graph", artifacts.TransformGraph),
        ("schema", artifacts.Schema),
        ("base_model", artifacts.Model),
        ("hyperparameters", artifacts.HyperParameters),
        ("statistics", artifacts.ExampleStatistics),
    ):
        if options[key] is not None:
            inputs[key] = [artifact_class(absolute(options[key]))]
    return inputs


def _examples(folder: str) -> Artifact:
    """An Examples artifact with its splits named, as the lineage records them."""
    from trainwright.artifacts import Examples
    from trainwright.remote.storage import absolute

    artifact = Examples(absolute(folder))
    if artifact.splits:
        artifact.split_names = artifact.splits
    return artifact


def _step_args(steps: int, splits: Sequence[str]) -> str:
    return json.dumps({"num_steps": steps, "splits": list(splits)})


def _show_result(result: LaunchResult, database: str) -> None:
    """What came of the run, and where it is."""
    from trainwright.cli.run_views import skipped_records, state_style
    from trainwright.cli.tables import Cell, show_sections
    from trainwright.cli.text import number
    from trainwright.progress.text import telling_metrics

    outputs = {key: _near(group[0].uri) for key, group in sorted(result.outputs.items())}
    steps = result.properties.get("final_step")
    skipped = skipped_records(result.properties)
    missing = "" if find_spec("tensorboard") else "  (pip install tensorboard)"
    show_sections(
        f"Run {result.execution_id}",
        Cell(result.state.name, state_style(result.state)),
        {
            "": [
                *_why_cached(result),
                *_resumed(result),
                *([("steps", f"{steps:,}")] if isinstance(steps, int) else []),
                *([("skipped", skipped)] if skipped else []),
            ],
            "Metrics": [(k, number(v)) for k, v in telling_metrics(result.metrics).items()],
            "Outputs": [*outputs.items(), ("lineage", database)],
            "Next": [
                ("all of it", f"trainwright show {result.execution_id} --metadata {database}"),
                ("report", f"{outputs['model_run']}/report.html"),
                ("curves", f"tensorboard --logdir {outputs['model_run']}{missing}"),
            ],
        },
    )


def _why_cached(result: LaunchResult) -> list[tuple[str, str]]:
    if result.state.name != "CACHED":
        return []
    return [("why", f"{result.properties['cache/why']!s}; --no-cache trains anyway")]


def _resumed(result: LaunchResult) -> list[tuple[str, str]]:
    earlier, step = (result.properties.get(f"resumed_{name}") for name in ("from", "step"))
    if earlier is None:
        return []
    return [
        ("resumed from", f"run {earlier!s}" + (f", step {step:,}" if isinstance(step, int) else ""))
    ]


def _bad_records(limit: int) -> dict[str, int]:
    """As a property of the run, where there is something to say: it changes what is learned."""
    return {"max_bad_records": limit} if limit else {}


def _near(path: str) -> str:
    """A path as seen from the current directory, where that is shorter."""
    return min(path, os.path.relpath(path), key=len)
