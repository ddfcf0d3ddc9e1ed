"""The artifacts that a Trainer reads and writes, and how they lie on disk.

An artifact is a directory with a type. Layouts follow TFX: a split is ``Split-{name}/``, a
model's serving export is ``Format-Serving/`` and its eval export ``Format-TFMA/``. The layouts
of TFX before 0.29 (``{name}/``, ``serving_model_dir/``, ``eval_model_dir/``) are read, never
written.

This module does not import TensorFlow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from trainwright.errors import ArtifactError, SplitError, did_you_mean

__all__ = [
    "Artifact",
    "Examples",
    "ExampleStatistics",
    "HyperParameters",
    "Model",
    "ModelRun",
    "Schema",
    "TransformGraph",
    "decode_split_names",
    "encode_split_names",
    "eval_model_dir",
    "serving_model_dir",
    "split_dir",
]


class Artifact:
    """A directory with a type.

    Args:
        uri: the directory.
        id: its id in the lineage database, None before it is recorded.
        properties: what its type declares, by name.
        custom_properties: anything else worth recording, by name.
    """

    TYPE_NAME: ClassVar[str] = "Artifact"
    BASE_TYPE: ClassVar[str | None] = None
    """The ML Metadata type that this one specialises, such as ``mlmd.Dataset``."""
    PROPERTIES: ClassVar[dict[str, type[int] | type[float] | type[str]]] = {}
    """Name and type of the properties that the type declares."""

    def __init__(
        self,
        uri: str | Path = "",
        *,
        id: int | None = None,
        properties: dict[str, Any] | None = None,
        custom_properties: dict[str, Any] | None = None,
    ):
        self.uri = str(uri)
        self.id = id
        self.properties: dict[str, Any] = {}
        for name, value in (properties or {}).items():
            self.set_property(name, value)
        self.custom_properties = dict(custom_properties or {})

    @property
    def type_name(self) -> str:
        """The type's name in the lineage database."""
        return self.TYPE_NAME

    def set_property(self, name: str, value: Any) -> None:
        """Sets a declared property.

        Raises:
            ArtifactError: the type declares no such property, or one of another type.
        """
        declared = self.PROPERTIES.get(name)
        if declared is None:
            raise ArtifactError(
                f"{self.TYPE_NAME} artifacts have no property {name!r}.",
                hint=did_you_mean(name, self.PROPERTIES),
            )
        if not isinstance(value, declared) or isinstance(value, bool):
            raise ArtifactError(
                f"Property {name!r} of {self.TYPE_NAME} must be {declared.__name__}. "
                f"Got {value!r} instead."
            )
        self.properties[name] = value

    def set_string_custom_property(self, name: str, value: str) -> None:
        """Records a string beside the declared properties."""
        self.custom_properties[name] = str(value)

    def set_int_custom_property(self, name: str, value: int) -> None:
        """Records an integer beside the declared properties."""
        self.custom_properties[name] = int(value)

    def get_string_custom_property(self, name: str) -> str:
        """The custom property as a string, empty where it is not set."""
        return str(self.custom_properties.get(name, ""))

    def get_int_custom_property(self, name: str) -> int:
        """The custom property as an integer, 0 where it is not set."""
        return int(self.custom_properties.get(name, 0))

    def __repr__(self) -> str:
        known = f", id={self.id}" if self.id is not None else ""
        return f"{type(self).__name__}(uri={self.uri!r}{known})"


def encode_split_names(names: Iterable[str]) -> str:
    """Split names as the JSON list in which lineage databases keep them.

    Example:
        >>> encode_split_names(["train", "eval"])
        '["train", "eval"]'
    """
    return json.dumps(list(names))


def decode_split_names(encoded: str) -> list[str]:
    """The inverse of :func:`encode_split_names`; an empty string means no splits.

    Raises:
        ArtifactError: not a JSON list of strings.

    Example:
        >>> decode_split_names('["train", "eval"]')
        ['train', 'eval']
    """
    if not encoded:
        return []
    try:
        names = json.loads(encoded)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ArtifactError(
            f"split_names must be a list of strings or its JSON. Got {encoded!r} instead."
        )
    return names


class Examples(Artifact):
    """Training examples in one or more splits.

    Args:
        uri: the directory that holds the splits.
        split_names: names of the splits, or their JSON; omitted: the splits found on disk.
        **kwargs: as for :class:`Artifact`.

    Example:
        >>> Examples("data", split_names=["train", "eval"]).split_names
        '["train", "eval"]'
    """

    TYPE_NAME = "Examples"
    BASE_TYPE = "mlmd.Dataset"
    PROPERTIES: ClassVar = {"span": int, "version": int, "split_names": str}

    def __init__(
        self, uri: str | Path = "", *, split_names: str | Iterable[str] = "", **kwargs: Any
    ):
        super().__init__(uri, **kwargs)
        if split_names:
            self.split_names = split_names

    @property
    def split_names(self) -> str:
        """The split names as JSON, as lineage databases keep them."""
        return str(self.properties.get("split_names", ""))

    @split_names.setter
    def split_names(self, names: str | Iterable[str]) -> None:
        encoded = names if isinstance(names, str) else encode_split_names(names)
        decode_split_names(encoded)
        self.set_property("split_names", encoded)

    @property
    def splits(self) -> list[str]:
        """The split names: as declared, else as found on disk."""
        return decode_split_names(self.split_names) or _splits_on_disk(self.uri)

    @property
    def payload_format(self) -> str:
        """What a record holds: ``FORMAT_TF_EXAMPLE`` unless the artifact says otherwise."""
        return self.get_string_custom_property("payload_format") or "FORMAT_TF_EXAMPLE"

    @property
    def file_format(self) -> str:
        """How records lie in files: ``tfrecords_gzip`` unless the artifact says otherwise."""
        return self.get_string_custom_property("file_format") or "tfrecords_gzip"


class Schema(Artifact):
    """What the features are: a directory with one ``schema.pbtxt``."""

    TYPE_NAME = "Schema"


class ExampleStatistics(Artifact):
    """Statistics of an Examples artifact: ``Split-{name}/FeatureStats.pb``."""

    TYPE_NAME = "ExampleStatistics"
    BASE_TYPE = "mlmd.Statistics"
    PROPERTIES: ClassVar = {"span": int, "split_names": str}


class TransformGraph(Artifact):
    """The output directory of TF Transform."""

    TYPE_NAME = "TransformGraph"


class HyperParameters(Artifact):
    """A directory with one JSON file of hyperparameters."""

    TYPE_NAME = "HyperParameters"


class Model(Artifact):
    """An exported model: ``Format-Serving/`` and, of Estimators, ``Format-TFMA/``."""

    TYPE_NAME = "Model"
    BASE_TYPE = "mlmd.Model"


class ModelRun(Artifact):
    """What training leaves beside the model: checkpoints, event files, all exports."""

    TYPE_NAME = "ModelRun"


def split_dir(examples: Examples, split: str) -> Path:
    """The directory of one split, in the new layout or the old.

    Raises:
        SplitError: the artifact does not have the split; the message names those it has.
    """
    if split in examples.splits:
        for candidate in (Path(examples.uri) / f"Split-{split}", Path(examples.uri) / split):
            if candidate.is_dir():
                return candidate
        raise SplitError(
            f"Split {split!r} of the Examples at {examples.uri} has no directory.",
            hint=f"It should be {Path(examples.uri) / f'Split-{split}'}.",
        )
    known = ", ".join(examples.splits) or "none"
    raise SplitError(
        f"The Examples at {examples.uri} have no split {split!r}.", hint=f"Its splits: {known}."
    )


def _splits_on_disk(uri: str) -> list[str]:
    """Names of the ``Split-*`` directories, or of the plain ones where there are none such."""
    root = Path(uri)
    if not uri or not root.is_dir():
        return []
    folders = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
    new = [name.removeprefix("Split-") for name in folders if name.startswith("Split-")]
    return new or [name for name in folders if not name.startswith((".", "_"))]


def serving_model_dir(uri: str | Path) -> Path:
    """Where the serving model of a Model artifact lies, in the new layout or the old."""
    return _model_format_dir(uri, "Format-Serving", "serving_model_dir")


def eval_model_dir(uri: str | Path) -> Path:
    """Where the eval model of a Model artifact lies, in the new layout or the old."""
    return _model_format_dir(uri, "Format-TFMA", "eval_model_dir")


def _model_format_dir(uri: str | Path, new: str, old: str) -> Path:
    legacy = Path(uri) / old
    return legacy if legacy.is_dir() and not (Path(uri) / new).is_dir() else Path(uri) / new
