"""Reading and writing what lies in artifacts: records, schemas, statistics, datasets.

:func:`examples_dataset` is the reader of training data, for module files and programs alike. Only
:mod:`trainwright.data.examples` needs TensorFlow, and imports it when it is used.
"""

from trainwright.data.examples.dataset import examples_dataset

__all__ = ["examples_dataset"]
