"""Reading and writing what lies in artifacts: records, schemas, statistics, datasets.

:func:`examples_dataset` is the reader of training data, for module files and programs alike. Only
:mod:`trainwright.data.examples` needs TensorFlow, and imports it when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainwright.data.examples.dataset import examples_dataset

__all__ = ["examples_dataset"]


def __getattr__(name: str) -> Any:
    # Loaded when it is used: much of what imports parts of this package needs no numpy.
    if name in __all__:
        from trainwright.data.examples.dataset import examples_dataset

        return examples_dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
