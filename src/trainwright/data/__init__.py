"""Reading and writing what lies in artifacts: records, schemas, statistics, datasets.

Only :mod:`trainwright.data.examples` needs TensorFlow, and imports it when it is used.
"""
