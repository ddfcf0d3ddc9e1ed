"""Clusterings come out as those of TensorFlow 2.15 did, random first centers included.

``tests/oracle/generate_kmeans.py`` wrote what is expected.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from trainwright.estimator.experimental import KMeans

sys.path.append(str(Path(__file__).parents[3] / "oracle"))
comparison = import_module("comparison")
kmeans_cases = import_module("kmeans_cases")
CASES = kmeans_cases.all_cases(KMeans)
EXPECTED = import_module("arrays").read_arrays(Path(__file__).parent / "expected.bin")


@pytest.mark.parametrize("name", CASES)
def test_same_clusters(name: str, tmp_path: Path) -> None:
    made = kmeans_cases.outcome(CASES[name], tmp_path)
    comparison.assert_same(made, comparison.of_case(EXPECTED, name))
