"""How user code reads examples without knowing their format.

This module does not import TensorFlow until a dataset is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from trainwright.errors import DataError, InvalidArgumentError, SchemaError, did_you_mean

if TYPE_CHECKING:
    from trainwright.data.data_view import DataView

__all__ = ["DataAccessor", "DatasetOptions", "RecordBatchesOptions", "make_data_accessor"]


@dataclass(frozen=True)
class DataAccessor:
    """Reads the input examples, whatever format they have.

    Attributes:
        tf_dataset_factory: ``(file_patterns, options, schema) -> tf.data.Dataset`` of batches,
            each a dict of features, or ``(features, label)`` where the options name a label_key.
            The options are a :class:`DatasetOptions`, a dict of its fields, or any object with
            such attributes (``tfx_bsl.public.tfxio.TensorFlowDatasetOptions`` is one).
        record_batch_factory: ``(file_patterns, options, schema=None) -> iterator`` of
            ``pyarrow.RecordBatch``, with a column for each feature of the schema, or of the
            batch where there is no schema. The options are a :class:`RecordBatchesOptions`, or
            what else has its fields; those of datasets are accepted, too.
        data_view_decode_fn: ``(records) -> dict of tensors``, of a `[records]` string tensor: the
            data view that the Examples name. None without one, and for other formats than
            ``FORMAT_PROTO``.
    """

    tf_dataset_factory: Callable[..., Any]
    record_batch_factory: Callable[..., Any] | None = None
    data_view_decode_fn: Callable[..., Any] | None = None


@dataclass(frozen=True)
class RecordBatchesOptions:
    """How to read examples into record batches.

    Attributes:
        batch_size: examples in a batch.
        drop_final_batch: whether to leave out a last, smaller batch.
        num_epochs: how often to read the files; None: for ever.
        shuffle: whether to mix the order.
        shuffle_buffer_size: examples that are mixed with each other.
        shuffle_seed: makes the order the same each time; None: another order each time.
    """

    batch_size: int
    drop_final_batch: bool = False
    num_epochs: int | None = None
    shuffle: bool = True
    shuffle_buffer_size: int = 10_000
    shuffle_seed: int | None = None

    @classmethod
    def of(cls, options: Any) -> RecordBatchesOptions:
        """The same options, from a dict or an object with such attributes.

        Raises:
            InvalidArgumentError: the batch size is missing, or a dict has an unknown key.
        """
        return options if isinstance(options, cls) else cls(**_option_values(cls, options))


@dataclass(frozen=True)
class DatasetOptions(RecordBatchesOptions):
    """How to read examples into the batches of a dataset.

    Attributes:
        prefetch_buffer_size: batches to keep ready; None: as tf.data finds best.
        reader_num_threads: files to read at once; None: a good number.
        parser_num_threads: threads that parse; None: as tf.data finds best.
        sloppy_ordering: whether a slow file may be overtaken, which loses the order.
        label_key: the feature to hand out apart from the others; None: no label.
    """

    prefetch_buffer_size: int | None = None
    reader_num_threads: int | None = None
    parser_num_threads: int | None = None
    sloppy_ordering: bool = False
    label_key: str | None = None

    @classmethod
    def of(cls, options: Any) -> DatasetOptions:
        """The same options, from a dict or an object with such attributes.

        Raises:
            InvalidArgumentError: the batch size is missing, or a dict has an unknown key.

        Example:
            >>> DatasetOptions.of({"batch_size": 40}).shuffle
            True
        """
        if isinstance(options, cls):
            return options
        given = _option_values(cls, options)
        # A negative number is tf.data.AUTOTUNE.
        tuned = ("prefetch_buffer_size", "reader_num_threads", "parser_num_threads")
        return cls(**given | {n: None for n in tuned if (given.get(n) or 0) < 0})


def _option_values(kind: type[RecordBatchesOptions], options: Any) -> dict[str, Any]:
    """The fields of options of another kind."""
    names = [f.name for f in fields(kind)]
    if isinstance(options, Mapping):
        given = dict(options)
    else:
        given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise InvalidArgumentError(
            f"{kind.__name__} have no {unknown[0]!r}.", hint=did_you_mean(unknown[0], names)
        )
    if given.get("batch_size") is None:
        raise InvalidArgumentError(f"{kind.__name__} need a batch_size. Got {options!r}.")
    return given


def make_data_accessor(
    payload_format: str, file_format: str, data_view_uri: str | None = None
) -> DataAccessor:
    """The accessor of Examples artifacts.

    Args:
        payload_format: what their records hold: ``"FORMAT_TF_EXAMPLE"``,
            ``"FORMAT_TF_SEQUENCE_EXAMPLE"`` (without record batches), ``"FORMAT_PARQUET"``, or
            ``"FORMAT_PROTO"`` (with a data view, without record batches). Reading any other is an
            error.
        file_format: how records lie in files, such as ``"tfrecords_gzip"``; rows of Parquet
            files are their own records.
        data_view_uri: the data view that decodes records of ``"FORMAT_PROTO"``.
    """
    view = _data_view(data_view_uri) if payload_format == "FORMAT_PROTO" else None
    # Examples in Parquet files carry the default file_format where nobody set another.
    is_parquet = payload_format == "FORMAT_PARQUET"
    readable = is_parquet or file_format.startswith("tfrecord")

    def tf_dataset_factory(file_patterns: Any, options: Any, schema: Any = None) -> Any:
        """A dataset of batches; see :class:`DataAccessor`."""
        if view is not None and readable:
            from trainwright.data.data_view import data_view_dataset

            return data_view_dataset(file_patterns, view, **_dataset_options(options))
        if payload_format == "FORMAT_PROTO" and readable:
            raise DataError(
                "tf_dataset_factory needs a data view to decode records of FORMAT_PROTO, and the "
                "Examples name none.",
                hint="Set their custom property data_view_uri (TFX's DataViewBinder does), or "
                "read fn_args.train_files in the module itself.",
            )
        if payload_format not in (*_EXAMPLES, "FORMAT_TF_SEQUENCE_EXAMPLE") or not readable:
            raise DataError(
                "tf_dataset_factory reads tf.train.Examples and SequenceExamples in TFRecord "
                f"files, and Parquet. These examples are {payload_format} in {file_format} files.",
                hint="Read fn_args.train_files in the module itself.",
            )
        if schema is None:
            raise SchemaError(
                "tf_dataset_factory needs a schema to know the features, and got none.",
                hint="Give the run a schema, and hand it on.",
            )
        wanted = _dataset_options(options)
        if payload_format == "FORMAT_TF_SEQUENCE_EXAMPLE":
            from trainwright.data.sequence_examples import sequence_examples_dataset

            return sequence_examples_dataset(file_patterns, schema, **wanted)
        from trainwright.data.examples import examples_dataset
        from trainwright.data.feature_spec import feature_spec

        spec = feature_spec(schema)
        if is_parquet:
            file_patterns = _parquet_records(file_patterns, schema, spec)
            wanted["cache_dir"] = False  # those files are gone with this process
        return examples_dataset(file_patterns, spec, **wanted)

    def record_batch_factory(file_patterns: Any, options: Any, schema: Any = None) -> Any:
        """Record batches; see :class:`DataAccessor`."""
        if payload_format not in _EXAMPLES or not readable:
            raise DataError(
                "record_batch_factory reads tf.train.Examples in TFRecord files, and Parquet. "
                f"These examples are {payload_format} in {file_format} files.",
                hint="Read fn_args.train_files in the module itself.",
            )
        from trainwright.data.record_batches import record_batches

        wanted = asdict(RecordBatchesOptions.of(options))
        ordering = {name: wanted[name] for name in _BATCH_OPTIONS}
        if is_parquet:
            file_patterns = _parquet_records(file_patterns, schema, {})
        return record_batches(file_patterns, schema=schema, seed=wanted["shuffle_seed"], **ordering)

    return DataAccessor(tf_dataset_factory, record_batch_factory, view.decode if view else None)


def _data_view(uri: str | None) -> DataView | None:
    if not uri:
        return None
    from trainwright.data.data_view import DataView

    return DataView(uri)


def _dataset_options(options: Any) -> dict[str, Any]:
    """Options of a dataset, as the functions that make one call them."""
    wanted = asdict(DatasetOptions.of(options))
    wanted["seed"] = wanted.pop("shuffle_seed")
    return wanted


def _parquet_records(file_patterns: Any, schema: Any, spec: Mapping[str, Any]) -> list[str]:
    """Parquet files as files of Examples; each must have the features without a default."""
    import tensorflow as tf

    from trainwright.data.parquet import parquet_as_records

    required = [
        name
        for name, feature in spec.items()
        if isinstance(feature, tf.io.FixedLenFeature) and feature.default_value is None
    ]
    return parquet_as_records(file_patterns, schema, required)


_EXAMPLES = ("FORMAT_TF_EXAMPLE", "FORMAT_PARQUET")
"""Payloads that are read as tf.train.Examples."""

_BATCH_OPTIONS = (
    "batch_size",
    "drop_final_batch",
    "num_epochs",
    "shuffle",
    "shuffle_buffer_size",
)
