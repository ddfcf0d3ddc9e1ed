"""The output directory of TF Transform.

This module does not import TensorFlow until a feature spec or the graph is asked for.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from trainwright.data.schema import read_schema
from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.transform.features import TransformedFeatures
from trainwright.transform.vocabulary import read_vocabulary, vocabulary_file

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["DatasetMetadata", "TFTransformOutput"]


class DatasetMetadata:
    """What is known of a data set: its schema."""

    def __init__(self, schema: schema_pb2.Schema):
        self.schema = schema


class TFTransformOutput:
    """What TF Transform made: the transformation, its vocabularies, the schemas on both sides.

    Args:
        transform_output_dir: the directory, with ``transform_fn/`` (a SavedModel),
            ``transformed_metadata/`` and, from TF Transform 0.6 on, ``metadata/``.

    Raises:
        InvalidArgumentError: no directory is given.
    """

    def __init__(self, transform_output_dir: str | os.PathLike[str]):
        if not transform_output_dir:
            raise InvalidArgumentError(
                "TFTransformOutput needs the output directory of TF Transform. "
                f"Got {transform_output_dir!r}.",
                hint="Give the run a transform graph.",
            )
        self._folder = Path(os.fspath(transform_output_dir))
        self._loaded: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        self._loaded_eagerly: Any = None

    @property
    def transform_output_dir(self) -> str:
        """The directory."""
        return str(self._folder)

    @property
    def transform_savedmodel_dir(self) -> str:
        """The SavedModel of the transformation."""
        return str(self._folder / "transform_fn")

    @cached_property
    def transformed_metadata(self) -> DatasetMetadata:
        """The schema of the transformed features."""
        return self._metadata("transformed_metadata")

    @cached_property
    def raw_metadata(self) -> DatasetMetadata:
        """The schema of the raw features."""
        return self._metadata("metadata")

    def _metadata(self, folder: str) -> DatasetMetadata:
        return DatasetMetadata(read_schema(self._folder / folder / "schema.pbtxt"))

    def transformed_feature_spec(self) -> dict[str, Any]:
        """Transformed feature -> parsing spec, as ``tf.io.parse_example`` takes it."""
        from trainwright.data.feature_spec import feature_spec

        return feature_spec(self.transformed_metadata.schema)

    def raw_feature_spec(self) -> dict[str, Any]:
        """Raw feature -> parsing spec, as ``tf.io.parse_example`` takes it."""
        from trainwright.data.feature_spec import feature_spec

        return feature_spec(self.raw_metadata.schema)

    def vocabulary_file_by_name(self, vocab_filename: str) -> str | None:
        """The file of a vocabulary; None, as in TF Transform, where there is none of the name."""
        with contextlib.suppress(InvalidArgumentError):
            return str(vocabulary_file(self._folder, vocab_filename))
        return None

    def vocabulary_by_name(self, vocab_filename: str) -> list[bytes]:
        """The terms of a vocabulary, in the order of their numbers.

        Raises:
            InvalidArgumentError: there is none of that name.
        """
        return read_vocabulary(vocabulary_file(self._folder, vocab_filename))

    def vocabulary_size_by_name(self, vocab_filename: str) -> int:
        """The number of terms of a vocabulary, without those out of it.

        Raises:
            InvalidArgumentError: there is none of that name.
        """
        return len(self.vocabulary_by_name(vocab_filename))

    def num_buckets_for_transformed_feature(self, name: str) -> int:
        """How many values a transformed integer feature may have, from 0 on.

        Raises:
            InvalidArgumentError: there is no such feature, or the schema gives no range from 0 to a
                maximum for it.
        """
        features = {feature.name: feature for feature in self.transformed_metadata.schema.feature}
        if name not in features:
            raise InvalidArgumentError(
                f"There is no transformed feature {name!r}.", hint=did_you_mean(name, features)
            )
        domain = features[name].int_domain
        if not features[name].HasField("int_domain") or domain.min != 0:
            raise InvalidArgumentError(
                f"The schema of the transformed features must give {name!r} an int_domain from 0 "
                f"to a maximum. Got [{str(domain).strip()}] instead."
            )
        return int(domain.max) + 1

    def transform_raw_features(
        self, raw_features: Mapping[str, Any], drop_unused_features: bool = True
    ) -> dict[str, Any]:
        """Transforms a batch of raw features.

        It works in a v1 graph, in a ``tf.function`` and eagerly. What is exported of a v1 graph
        keeps the vocabularies.

        Args:
            raw_features: name -> tensor, as parsed by :meth:`raw_feature_spec`. Some may be left
                out, such as the label when serving; features the graph does not know are ignored.
            drop_unused_features: accepted for module files that pass it: features that need a raw
                feature not given are always left out.

        Returns:
            Transformed feature -> tensor. In a v1 graph, and where ``tf.keras`` is tf_keras, one
            that was left out may be removed nevertheless.

        Raises:
            ArtifactError: the transform graph is absent or of another kind.
            InvalidArgumentError: none of the features is one of its inputs.
        """
        loaded = self._load()
        features = dict(loaded.apply(raw_features))
        left_out = [name for name in loaded.output_names if name not in features]
        return TransformedFeatures(features, left_out) if _for_older_modules() else features

    def transform_features_layer(self) -> Any:
        """A callable like :meth:`transform_raw_features` that a model can keep as an attribute.

        It is a ``tf.Module``: a model that has it exports the vocabularies.
        """
        from trainwright.transform.layer import TransformFeaturesLayer

        return TransformFeaturesLayer(self)

    def load_transform_graph(self) -> Any:
        """Loads the transformation into the current graph now, rather than when it is first used.

        Returns:
            The loaded model.
        """
        return self._load().model

    def _load(self) -> Any:
        """The transformation, loaded once per graph."""
        import tensorflow as tf

        from trainwright.transform.graph import load_transform

        folder = self._folder / "transform_fn"
        with tf.init_scope():
            if tf.executing_eagerly():
                if self._loaded_eagerly is None:
                    self._loaded_eagerly = load_transform(folder)
                return self._loaded_eagerly
            graph = tf.compat.v1.get_default_graph()
            if graph not in self._loaded:
                self._loaded[graph] = load_transform(folder)
            return self._loaded[graph]


def _for_older_modules() -> bool:
    """Whether it is a module file of a time before Keras 3 that asks."""
    import tensorflow as tf

    legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
    return legacy or not tf.compat.v1.executing_eagerly_outside_functions()
