"""Names, values and gradients of layers and cells, against those of TensorFlow 2.15."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.compat import layers, rnn_cell

_EXPECTED = json.loads((Path(__file__).parent / "expected.json").read_text())["cases"]


def _generator() -> Any:
    path = Path(__file__).parents[1] / "oracle" / "generate_keras_layers.py"
    spec = importlib.util.spec_from_file_location("generate_keras_layers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


@pytest.mark.parametrize("build", GENERATOR.CASES, ids=lambda case: case.__name__)
@pytest.mark.filterwarnings("ignore")
def test_a_graph_is_the_same(build: Any) -> None:
    ours = GENERATOR.run_case(build, layers, rnn_cell)
    expected = _EXPECTED[build.__name__]

    for exact in ("variables", "trained", "updates"):
        assert ours[exact] == expected[exact]
    assert ours["defaults"] == expected["defaults"]
    assert sorted(ours["updated"]) == sorted(expected["updated"])
    for name, value in expected["updated"].items():
        np.testing.assert_allclose(ours["updated"][name], value, rtol=1e-5, atol=1e-6)
    for several in ("outputs", "gradients", "losses"):
        assert len(ours[several]) == len(expected[several])
        for value, wanted in zip(ours[several], expected[several], strict=True):
            np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-5)


def test_all_cases_are_compared() -> None:
    assert sorted(_EXPECTED) == sorted(case.__name__ for case in GENERATOR.CASES)
