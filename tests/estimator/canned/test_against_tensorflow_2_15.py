"""The canned estimators compute what those of TensorFlow 2.15 did, under the same names.

``tests/oracle/generate_canned.py`` wrote what is expected.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.estimator import RunConfig, canned, heads

sys.path.append(str(Path(__file__).parents[2] / "oracle"))
cases = import_module("canned_cases")
EXPECTED = import_module("arrays").read_arrays(Path(__file__).parent / "expected.bin")
NAMES = sorted({key.partition(":")[0] for key in EXPECTED})


class Api:
    """The names of ``tf.estimator`` that the cases use, as ours."""

    def __getattr__(self, name: str) -> Any:
        return getattr(canned if hasattr(canned, name) else heads, name)


def expected(case: str, part: str) -> dict[str, Any]:
    """The arrays of one part of a case by name."""
    prefix = f"{case}:{part}/"
    return {key[len(prefix) :]: EXPECTED[key] for key in EXPECTED if key.startswith(prefix)}


def assert_close(actual: Any, wanted: Any, what: str) -> None:
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-5, err_msg=what)


@pytest.mark.filterwarnings("ignore::trainwright.errors.TrainwrightWarning")
@pytest.mark.parametrize("case", NAMES)
def test_same_numbers_from_the_same_variables(case: str, tmp_path: Path) -> None:
    make, label = cases.all_cases(Api(), tmp_path)[case]
    cases.write_checkpoint(expected(case, "start"), tmp_path / "model")
    config = RunConfig(save_summary_steps=1000)
    results = cases.run(make(model_dir=str(tmp_path / "model"), config=config), label)

    assert_close(results["losses"], EXPECTED[f"{case}:losses"], "losses")
    final = expected(case, "final")
    assert sorted(results["final"]) == sorted(final)
    for name, value in final.items():
        assert_close(results["final"][name], value, name)
    metrics = expected(case, "metrics")
    assert sorted(results["metrics"]) == sorted(metrics)
    for name, value in metrics.items():
        assert_close(results["metrics"][name], value, name)
    for name, values in expected(case, "predictions").items():
        key = tuple(name.split("|")) if "|" in name else name
        made = np.array([example[key] for example in results["predictions"]])
        if values.dtype.kind == "S":
            np.testing.assert_array_equal(made.astype(bytes), values, err_msg=name)
        else:
            assert_close(made, values, name)
