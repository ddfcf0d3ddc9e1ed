"""Reads what TF Transform wrote, without TF Transform and without Beam.

:class:`~trainwright.transform.output.TFTransformOutput` is the entrance: schemas, vocabularies, and
the transformation itself, applied to raw features.
"""

from __future__ import annotations

from trainwright.transform.output import DatasetMetadata, TFTransformOutput

__all__ = ["DatasetMetadata", "TFTransformOutput"]
