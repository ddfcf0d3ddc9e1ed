"""From CSV, Parquet or a query to artifacts: Examples, Statistics and a Schema.

* :mod:`trainwright.ingest.source` says what rows are read from; one module for each kind,
* :mod:`trainwright.ingest.column_types` tells what type a column of text is,
* :mod:`trainwright.ingest.splits` which split a row goes into,
* :mod:`trainwright.ingest.survey` reads all rows for the first time, to learn,
* :mod:`trainwright.ingest.artifacts` for the second time, and writes.
"""

from trainwright.ingest.artifacts import Ingested, ingest
from trainwright.ingest.survey import IngestOptions

__all__ = ["IngestOptions", "Ingested", "ingest"]
