"""From the artifacts and properties that an executor is given to the FnArgs of the user's function.

This module does not import TensorFlow.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainwright.artifacts import Examples, ModelRun, split_dir
from trainwright.contract.base_model import find_base_model
from trainwright.contract.data_accessor import make_data_accessor
from trainwright.contract.fn_args import FnArgs, parse_custom_config, parse_step_args
from trainwright.data.schema import schema_file
from trainwright.errors import (
    ArtifactError,
    InvalidArgumentError,
    SchemaError,
    SplitError,
    did_you_mean,
)
from trainwright.notices import notify

__all__ = [
    "FORMAT_PROPERTIES",
    "INPUT_KEYS",
    "OUTPUT_KEYS",
    "PROPERTY_KEYS",
    "as_examples",
    "check_properties",
    "make_fn_args",
    "normalize_inputs",
    "normalize_outputs",
]

INPUT_KEYS = (
    "examples",
    "transform_graph",
    "schema",
    "base_model",
    "hyperparameters",
    "statistics",
)
OUTPUT_KEYS = ("model", "model_run")
PROPERTY_KEYS = (
    "train_args",
    "eval_args",
    "module_file",
    "module_path",
    "trainer_fn",
    "run_fn",
    "warm_starting",
    "warm_start_from",
    "max_bad_records",
    "custom_config",
    "allow_short",
)
_OLD_INPUTS = {"transformed_examples": "examples", "transform_output": "transform_graph"}
_OLD_OUTPUTS = {"output": "model"}
_VIEW_TIME = "data_view_create_time_since_epoch"
_PAYLOAD_FORMATS = (
    "FORMAT_TF_EXAMPLE",
    "FORMAT_TF_SEQUENCE_EXAMPLE",
    "FORMAT_PROTO",
    "FORMAT_PARQUET",
)

FORMAT_PROPERTIES = ("payload_format", "file_format", "data_view_uri", _VIEW_TIME)
"""Custom properties of Examples that say how to read them."""

ArtifactDict = dict[str, list[Any]]


def normalize_inputs(given: Mapping[str, Sequence[Any]]) -> ArtifactDict:
    """The inputs under today's keys; keys without artifacts are left out.

    Raises:
        InvalidArgumentError: a key nobody knows, two spellings of one, or a value that is no
            list of artifacts.
    """
    return _normalize(given, INPUT_KEYS, _OLD_INPUTS, "input")


def normalize_outputs(given: Mapping[str, Sequence[Any]]) -> ArtifactDict:
    """The outputs under today's keys, as :func:`normalize_inputs`; ``model`` must be there."""
    outputs = _normalize(given, OUTPUT_KEYS, _OLD_OUTPUTS, "output")
    if "model" not in outputs:
        raise InvalidArgumentError(
            f"The outputs must have a Model artifact under the key 'model'. Got {sorted(given)}."
        )
    for key, artifacts in outputs.items():
        _only(key, artifacts)
        if not artifacts[0].uri:
            raise InvalidArgumentError(f"The output artifact {key!r} has no uri to write to.")
    return outputs


def _normalize(
    given: Mapping[str, Sequence[Any]], known: Sequence[str], old: Mapping[str, str], kind: str
) -> ArtifactDict:
    result: ArtifactDict = {}
    for key, value in given.items():
        name = old.get(key, key)
        if name not in known:
            raise InvalidArgumentError(
                f"Unknown {kind} key {key!r}.", hint=did_you_mean(key, known)
            )
        if name != key:
            warnings.warn(
                f"The {kind} key {key!r} is now called {name!r}.", DeprecationWarning, stacklevel=4
            )
        artifacts = _artifact_list(kind, key, value)
        if name in result and artifacts:
            raise InvalidArgumentError(
                f"The {kind} keys {key!r} and {name!r} mean the same; give one of them."
            )
        if artifacts:
            result[name] = artifacts
    return result


def _artifact_list(kind: str, key: str, value: Any) -> list[Any]:
    is_list = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    if not is_list or not all(hasattr(artifact, "uri") for artifact in value):
        raise InvalidArgumentError(
            f"The {kind} {key!r} must be a list of artifacts. Got {value!r} instead."
        )
    return list(value)


def check_properties(properties: Mapping[str, Any]) -> None:
    """Warns of execution properties that nobody reads."""
    for key in properties:
        if key not in PROPERTY_KEYS:
            notify(
                f"Nothing reads the execution property {key!r}. "
                f"{did_you_mean(key, PROPERTY_KEYS)} What is meant for the module belongs into "
                "custom_config.",
                stacklevel=4,
            )


def make_fn_args(
    inputs: ArtifactDict,
    outputs: ArtifactDict,
    properties: Mapping[str, Any],
    working_dir: str | None = None,
) -> FnArgs:
    """The arguments of the user's function.

    Args:
        inputs: as :func:`normalize_inputs` returns them.
        outputs: as :func:`normalize_outputs` returns them.
        properties: the execution properties.
        working_dir: a directory for temporary files, if there is one.

    Raises:
        InvalidArgumentError: a property is malformed.
        ArtifactError: an input is absent or malformed; the message names its URI.
    """
    train = parse_step_args("train_args", properties.get("train_args"), "train")
    evaluation = parse_step_args("eval_args", properties.get("eval_args"), "eval")
    custom_config = parse_custom_config(properties.get("custom_config"))
    examples = _examples(inputs.get("examples", []))
    model_uri = outputs["model"][0].uri
    return FnArgs(
        train_files=_patterns(examples, train.splits),
        eval_files=_patterns(examples, evaluation.splits),
        train_steps=train.num_steps,
        eval_steps=evaluation.num_steps,
        schema_path=_schema_path(inputs.get("schema", [])),
        transform_graph_path=_directory("transform_graph", inputs),
        data_accessor=make_data_accessor(
            examples[0].payload_format, examples[0].file_format, _data_view_uri(examples)
        ),
        serving_model_dir=str(Path(model_uri) / "Format-Serving"),
        eval_model_dir=str(Path(model_uri) / "Format-TFMA"),
        model_run_dir=outputs["model_run"][0].uri if "model_run" in outputs else None,
        base_model=find_base_model(
            _directory("base_model", inputs),
            properties.get("warm_starting"),
            properties.get("warm_start_from"),
            is_run=_is_run(inputs.get("base_model", [])),
        ),
        hyperparameters=_hyperparameters(_directory("hyperparameters", inputs)),
        custom_config=custom_config,
        num_examples=_num_examples(_directory("statistics", inputs)),
        working_dir=working_dir,
    )


def _is_run(artifacts: Sequence[Any]) -> bool:
    return bool(artifacts) and getattr(artifacts[0], "type_name", "") == ModelRun.TYPE_NAME


def _only(key: str, artifacts: Sequence[Any]) -> Any:
    """The one artifact of a key that takes one."""
    if len(artifacts) == 1:
        return artifacts[0]
    uris = ", ".join(str(artifact.uri) for artifact in artifacts)
    error = SchemaError if key == "schema" else ArtifactError
    raise error(f"{key!r} takes one artifact. Got {len(artifacts)}: {uris}.")


def _directory(key: str, inputs: ArtifactDict) -> str | None:
    """The directory of an optional input that takes one artifact."""
    if key not in inputs:
        return None
    uri = str(_only(key, inputs[key]).uri)
    if not Path(uri).is_dir():
        raise ArtifactError(f"There is no directory {uri!r}, named by the input {key!r}.")
    if not any(Path(uri).iterdir()):
        raise ArtifactError(f"The directory {uri}, named by the input {key!r}, is empty.")
    return uri


def _schema_path(artifacts: Sequence[Any]) -> str | None:
    return str(schema_file(_only("schema", artifacts).uri)) if artifacts else None


def _examples(artifacts: Sequence[Any]) -> list[Examples]:
    """The examples, checked to be there and of one format."""
    if not artifacts:
        raise ArtifactError("There are no examples: the input 'examples' must name some.")
    examples = [as_examples(artifact) for artifact in artifacts]
    for artifact in examples:
        if not Path(artifact.uri).is_dir():
            raise ArtifactError(f"There is no directory {artifact.uri!r} of examples.")
        if not artifact.splits:
            raise ArtifactError(
                f"The Examples at {artifact.uri} are empty: there is no split in them.",
                hint="A split is a directory Split-{name}/ of record files.",
            )
        if artifact.payload_format not in _PAYLOAD_FORMATS:
            raise ArtifactError(
                f"The Examples at {artifact.uri} have the unknown payload format "
                f"{artifact.payload_format!r}.",
                hint=did_you_mean(artifact.payload_format, _PAYLOAD_FORMATS),
            )
        _check_same_format(examples[0], artifact)
    return examples


def _check_same_format(first: Examples, other: Examples) -> None:
    for name in ("payload_format", "file_format"):
        one, two = getattr(first, name), getattr(other, name)
        if one != two:
            raise ArtifactError(
                f"All Examples must have one {name}. Those at {first.uri} have {one}, those at "
                f"{other.uri} have {two}."
            )


def as_examples(artifact: Any) -> Examples:
    """The artifact itself, or one of ours with the contents of a foreign one (TFX's)."""
    if isinstance(artifact, Examples):
        return artifact
    read = getattr(artifact, "get_string_custom_property", lambda name: "")
    formats = {name: read(name) for name in FORMAT_PROPERTIES if read(name)}
    return Examples(
        artifact.uri,
        split_names=getattr(artifact, "split_names", "") or "",
        custom_properties=formats,
    )


def _data_view_uri(examples: Sequence[Examples]) -> str | None:
    """The data view of the examples; of several the newest, which is to read what older ones do."""
    views = [a for a in examples if a.get_string_custom_property("data_view_uri")]
    newest = max(views, key=_view_time, default=None)
    return newest.get_string_custom_property("data_view_uri") if newest else None


def _view_time(artifact: Examples) -> int:
    text = artifact.get_string_custom_property(_VIEW_TIME)
    return int(text) if text.isdecimal() else 0


def _patterns(examples: Sequence[Examples], splits: Sequence[str]) -> list[str]:
    """``{split_uri}/*`` of each split and artifact."""
    folders = [split_dir(artifact, split) for split in splits for artifact in examples]
    for folder in folders:
        if not any(f.is_file() and not f.name.startswith((".", "_")) for f in folder.iterdir()):
            known = sorted({split for artifact in examples for split in artifact.splits})
            raise SplitError(
                f"There are no files in the split directory {folder}.",
                hint=f"Splits there are: {', '.join(known)}.",
            )
    return [f"{folder}/*" for folder in folders]


def _hyperparameters(uri: str | None) -> dict[str, Any] | None:
    """The contents of the one JSON file of a HyperParameters artifact."""
    if uri is None:
        return None
    files = sorted(f for f in Path(uri).iterdir() if not f.name.startswith((".", "_")))
    if len(files) != 1:
        raise ArtifactError(
            f"The hyperparameters at {uri} must be one JSON file. "
            f"There are {len(files)}: {', '.join(f.name for f in files)}."
        )
    try:
        content = json.loads(files[0].read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ArtifactError(f"The hyperparameters in {files[0]} are not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise ArtifactError(
            f"The hyperparameters in {files[0]} must be a JSON object. Got {content!r} instead."
        )
    return content


def _num_examples(uri: str | None) -> dict[str, int] | None:
    """Examples by split, from the statistics of the examples."""
    if uri is None:
        return None
    from trainwright.data.statistics import num_examples

    return num_examples(uri)
