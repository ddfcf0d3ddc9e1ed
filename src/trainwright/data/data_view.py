"""Data views: how to decode records of any protocol buffer, as TFX attaches it to Examples.

A data view is a SavedModel with a function ``decode_fun``: from `[records]` strings to a dict of
tensors. TFX's ``tfx_bsl.coders.tf_graph_record_decoder`` writes them, and the custom property
``data_view_uri`` of Examples with the payload ``FORMAT_PROTO`` says where one is.

This module does not import TensorFlow until a data view is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from trainwright.data.examples import records_dataset
from trainwright.data.files import Patterns
from trainwright.errors import ArtifactError, InvalidArgumentError, did_you_mean

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["DataView", "data_view_dataset"]


class DataView:
    """Decodes records; it is loaded when first used, once for each graph that it is used in.

    Args:
        uri: the SavedModel's directory.
    """

    def __init__(self, uri: str):
        self.uri = uri
        self._loaded: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def decode(self, records: Any) -> dict[str, Any]:
        """Decodes serialized records.

        Args:
            records: a string tensor of shape `[records]`.

        Returns:
            Dense, sparse or ragged tensors by name. Whether they have a row for each record is
            for the view to decide.

        Raises:
            ArtifactError: there is no data view at the address.
        """
        import tensorflow as tf

        return dict(self._function()(tf.convert_to_tensor(records, tf.string)))

    def names(self) -> list[str]:
        """Names of the tensors that it decodes to.

        Raises:
            ArtifactError: there is no data view at the address.
        """
        return sorted(self._function().structured_outputs)

    def _function(self) -> Any:
        import tensorflow as tf

        with tf.init_scope():  # out of the function of a dataset's map, which may be traced again
            # Eagerly there is no graph of ours: the object itself stands for the place.
            place = self if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
            if place not in self._loaded:
                self._loaded[place] = self._load()
        return self._loaded[place].decode_fun

    def _load(self) -> Any:
        import tensorflow as tf

        hint = "It should be a SavedModel written by save_decoder of TFX's tf_graph_record_decoder."
        try:
            loaded = tf.saved_model.load(self.uri)
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise ArtifactError(
                f"The data view at {self.uri} cannot be loaded: {error}.", hint=hint
            ) from error
        function = getattr(loaded, "decode_fun", None)
        if not isinstance(getattr(function, "structured_outputs", None), Mapping):
            raise ArtifactError(
                f"The SavedModel at {self.uri} is no data view: it has no function decode_fun "
                "that returns a dict.",
                hint=hint,
            )
        return loaded


def data_view_dataset(
    file_patterns: Patterns,
    view: DataView,
    batch_size: int,
    *,
    label_key: str | None = None,
    **options: Any,
) -> tf.data.Dataset:
    """Batches of what a data view decodes from the records of files.

    Args:
        file_patterns: TFRecord files, plain or gzip, as names or glob patterns.
        view: decodes the records of a batch together.
        batch_size: records in a batch.
        label_key: the tensor to hand out as label.
        **options: as for :func:`trainwright.data.examples.records_dataset`.

    Returns:
        A dataset of dicts, or with `label_key` of (dict, label).

    Raises:
        ArtifactError: there is no data view at the address.
        DataError: no file matches a pattern, or a file cannot be opened.
        InvalidArgumentError: an option out of range, or a label that the view does not decode.
    """
    if label_key is not None and label_key not in view.names():
        raise InvalidArgumentError(
            f"The label {label_key!r} is none of the tensors of the data view at {view.uri}.",
            hint=did_you_mean(label_key, view.names()),
        )
    return records_dataset(file_patterns, _Decoder(view, label_key), batch_size, **options)


class _Decoder:
    """A data view as a parser of records."""

    whole_blocks = False
    """A view may number the records of a batch, or give out fewer rows than there are records."""
    separate_rows = False

    def __init__(self, view: DataView, label_key: str | None):
        self._view = view
        self._label_key = label_key

    def __call__(self, serialized: tf.Tensor) -> Any:
        features = self._view.decode(serialized)
        if self._label_key is None:
            return features
        label = features.pop(self._label_key)
        return features, label
