"""Batches of parsed tf.train.SequenceExamples.

A schema describes them as TFX does: context features as in a tf.train.Example, and a feature
``##SEQUENCE##`` of type STRUCT, whose struct_domain has the sequence features. Those become
ragged tensors `[batch, None, None]`: steps, and values of a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trainwright.data.example_message import SEQUENCE
from trainwright.data.examples import Patterns, records_dataset
from trainwright.data.examples.row_form import RowForm, row_form, spec_identity
from trainwright.data.feature_spec import feature_spec
from trainwright.errors import InvalidArgumentError, SchemaError, did_you_mean

if TYPE_CHECKING:
    import tensorflow as tf
    from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["SEQUENCE", "sequence_examples_dataset", "sequence_specs"]


def sequence_examples_dataset(
    file_patterns: Patterns,
    schema: schema_pb2.Schema,
    batch_size: int,
    *,
    label_key: str | None = None,
    **options: Any,
) -> tf.data.Dataset:
    """Batches of features parsed from files of serialized tf.train.SequenceExamples.

    Args:
        file_patterns: TFRecord files, plain or gzip, as names or glob patterns.
        schema: describes the features.
        batch_size: examples in a batch.
        label_key: the feature to hand out as label.
        **options: as for :func:`trainwright.data.examples.records_dataset`.

    Returns:
        A dataset of dicts, or with `label_key` of (dict, label). Context features are as
        :func:`trainwright.data.feature_spec.feature_spec` says, sequence features ragged
        `[batch, None, None]`; a sequence that an example does not have is empty.

    Raises:
        SchemaError: features that cannot be parsed, or two of one name.
        DataError: no file matches a pattern, or a file cannot be opened.
        InvalidArgumentError: an option out of range, or a label that is not in the schema.
    """
    context, sequences = sequence_specs(schema)
    if label_key is not None and label_key not in {*context, *sequences}:
        raise InvalidArgumentError(
            f"The label {label_key!r} is none of the features.",
            hint=did_you_mean(label_key, {*context, *sequences}),
        )
    parser = _Parser(context, sequences, label_key)
    return records_dataset(file_patterns, parser, batch_size, **options)


def sequence_specs(schema: schema_pb2.Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """What ``tf.io.parse_sequence_example`` takes, from a schema.

    A tensor representation of kind ragged_tensor whose path is ``##SEQUENCE##`` and a feature
    gives the tensor its name. A sequence feature without one has its own name.

    Returns:
        The specs of context and of sequence features, by the names of their tensors.

    Raises:
        SchemaError: features that cannot be parsed, or two of one name.
    """
    represented = {
        name: tensor.ragged_tensor
        for name, tensor in _representations(schema).items()
        if tensor.WhichOneof("kind") == "ragged_tensor"
        and [*tensor.ragged_tensor.feature_path.step][:1] == [SEQUENCE]
    }
    context = feature_spec(_context_schema(schema, represented))
    own = feature_spec(_sequence_schema(schema))
    sequences = {name: _ragged(name, tensor, own) for name, tensor in represented.items()}
    taken = {spec.value_key for spec in sequences.values()}
    sequences |= {name: spec for name, spec in own.items() if name not in taken | {*sequences}}
    twice = sorted(context.keys() & sequences.keys())
    if twice:
        raise SchemaError(
            f"{twice[0]!r} is a context feature and a sequence feature.",
            hint="Give the sequence feature another name with a tensor representation.",
        )
    return context, sequences


def _representations(schema: schema_pb2.Schema) -> Mapping[str, Any]:
    groups = schema.tensor_representation_group
    # Looking an absent group up would add it to the caller's schema.
    return groups[""].tensor_representation if "" in groups else {}


def _context_schema(schema: schema_pb2.Schema, represented: Mapping[str, Any]) -> Any:
    """The schema without what is about sequences."""
    context = type(schema)()
    context.CopyFrom(schema)
    del context.feature[:]
    context.feature.extend(f for f in schema.feature if f.name != SEQUENCE)
    for name in represented:
        del context.tensor_representation_group[""].tensor_representation[name]
    return context


def _sequence_schema(schema: schema_pb2.Schema) -> Any:
    """The sequence features as a schema of their own, each of variable length."""
    sequences = type(schema)(represent_variable_length_as_ragged=True)
    for feature in schema.feature:
        if feature.name == SEQUENCE:
            sequences.feature.extend(feature.struct_domain.feature)
    for feature in sequences.feature:
        feature.ClearField("shape")
    return sequences


def _ragged(name: str, tensor: Any, own: Mapping[str, Any]) -> Any:
    """The spec of a represented sequence feature."""
    import tensorflow as tf
    from tensorflow_metadata.proto.v0 import schema_pb2

    path = [*tensor.feature_path.step][1:]
    if len(path) != 1 or path[0] not in own:
        raise SchemaError(
            f"Tensor representation {name!r} refers to the sequence feature "
            f"{'.'.join(path)!r}, which the schema lacks.",
            hint=did_you_mean(".".join(path), own),
        )
    if len(tensor.partition):
        raise SchemaError(
            f"Tensor representation {name!r} divides the values of sequence feature {path[0]!r} "
            "further, which only those of context features can be.",
            hint="Remove its partition.",
        )
    is_int32 = tensor.row_partition_dtype == schema_pb2.TensorRepresentation.INT32
    return tf.io.RaggedFeature(
        own[path[0]].dtype,
        value_key=path[0],
        row_splits_dtype=tf.int32 if is_int32 else tf.int64,
    )


class _Parser:
    """Parses serialized SequenceExamples.

    Args:
        context: what to parse of the context.
        sequences: what to parse of the feature lists.
        label_key: the feature to hand out as label.
    """

    whole_blocks = True
    separate_rows = False

    def __init__(self, context: dict[str, Any], sequences: dict[str, Any], label_key: str | None):
        self._context = context
        self._sequences = sequences
        self._label_key = label_key

    @property
    def identity(self) -> str:
        """A digest of both specs."""
        return f"{spec_identity(self._context)}-{spec_identity(self._sequences)}"

    def row_form(self) -> RowForm:
        """How the features are kept row by row."""
        return row_form(self._context, self._label_key, self._parsed)

    def __call__(self, serialized: tf.Tensor) -> Any:
        """Features, or (features, label), of `[records]` serialized examples."""
        features = self._parsed(serialized, self._context)
        if self._label_key is None:
            return features
        label = features.pop(self._label_key)
        return features, label

    def _parsed(self, serialized: tf.Tensor, context: dict[str, Any]) -> dict[str, Any]:
        import tensorflow as tf

        found, sequences, _ = tf.io.parse_sequence_example(
            serialized, context or None, self._sequences or None
        )
        return {**found, **sequences}
