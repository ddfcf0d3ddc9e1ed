"""Examples checked against their schema, without TensorFlow.

* :mod:`~trainwright.data.validation.expectations`: what a schema asks of each feature,
* :mod:`~trainwright.data.validation.tally`: how often the rows of a feature differ from it,
* :mod:`~trainwright.data.validation.anomalies`: that in words,
* :mod:`~trainwright.data.validation.payloads`: what records may be,
* :mod:`~trainwright.data.validation.rows`: the records to look at,
* :mod:`~trainwright.data.validation.check`: all of it, for one split,
* :mod:`~trainwright.data.validation.distribution` and :mod:`~trainwright.data.validation.drift`:
  how splits differ from each other.
"""

from trainwright.data.validation.anomalies import Anomaly
from trainwright.data.validation.check import SplitReport, check_split
from trainwright.data.validation.drift import drift_between
from trainwright.data.validation.expectations import Expectation, expectations
from trainwright.data.validation.payloads import PAYLOADS, Payload, payload_of

__all__ = [
    "PAYLOADS",
    "Anomaly",
    "Expectation",
    "Payload",
    "SplitReport",
    "check_split",
    "drift_between",
    "expectations",
    "payload_of",
]
