"""Batches of parsed examples from record files, fast.

Work on single records is the greatest cost of an input pipeline. This one never touches them:
it reads chunks of serialized records, shuffles chunks of several files, gathers a block of
records in random order, parses the block whole, and cuts it into batches. A data set that is
small, and read more than once, is parsed once and held in memory.

* :mod:`trainwright.data.examples.dataset` has the functions to call,
* :mod:`~trainwright.data.examples.blocks` reads and mixes serialized records,
* :mod:`~trainwright.data.examples.parsing` makes features of them,
* :mod:`~trainwright.data.examples.batches` cuts parsed blocks into batches,
* :mod:`~trainwright.data.examples.columns` has the form in which features travel between stages,
* :mod:`~trainwright.data.examples.held` is the way of small data sets,
* :mod:`~trainwright.data.examples.cached` and :mod:`~trainwright.data.examples.cutter` that of
  larger ones which were parsed before.
"""

from trainwright.data.examples.dataset import examples_dataset, records_dataset
from trainwright.data.examples.parsing import Parser
from trainwright.data.files import Patterns, matching_files

__all__ = ["Parser", "Patterns", "examples_dataset", "matching_files", "records_dataset"]
