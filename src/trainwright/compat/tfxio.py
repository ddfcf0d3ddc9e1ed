"""What module files use of ``tfx.components.util.tfxio_utils``.

This module does not import TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trainwright.contract.data_accessor import make_data_accessor
from trainwright.errors import InvalidArgumentError

__all__ = ["get_tf_dataset_factory_from_artifact"]


def get_tf_dataset_factory_from_artifact(
    examples: Sequence[Any], telemetry_descriptors: Sequence[str] | None = None
) -> Callable[..., Any]:
    """The ``tf_dataset_factory`` of a DataAccessor for Examples artifacts.

    Args:
        examples: the artifacts, all of one format.
        telemetry_descriptors: not used: nothing is reported to anybody.

    Raises:
        InvalidArgumentError: there are none, or they have several formats.
    """
    formats = {(artifact.payload_format, artifact.file_format) for artifact in examples}
    if len(formats) != 1:
        raise InvalidArgumentError(
            f"The Examples artifacts must be of one format. Got {sorted(formats) or 'none'}."
        )
    return make_data_accessor(*formats.pop()).tf_dataset_factory
