"""The heads compute what those of TensorFlow 2.15 did, in graphs and in eager code.

``tests/oracle/generate_heads.py`` wrote what is expected.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator import heads

sys.path.append(str(Path(__file__).parents[2] / "oracle"))
heads_cases = import_module("heads_cases")
EXPECTED = import_module("arrays").read_arrays(Path(__file__).parent / "expected.bin")
NAMES = sorted({key.partition(":")[0] for key in EXPECTED})
v1 = tf.compat.v1


def in_eager_code(case: str) -> dict[str, Any]:
    made = heads_cases.outputs(heads_cases.all_cases(heads)[case])
    for name, metric in made.pop("metrics").items():
        made[f"metrics/{name}"] = metric.result()
    return {name: value.numpy() for name, value in made.items()}


def in_a_graph(case: str) -> dict[str, Any]:
    with tf.Graph().as_default():
        made = heads_cases.outputs(heads_cases.all_cases(heads)[case])
        metrics = made.pop("metrics")
        updates = [metric.updates for metric in metrics.values()]
        values = {f"metrics/{name}": metric.result() for name, metric in metrics.items()}
        with v1.Session() as session:
            session.run([v1.local_variables_initializer(), v1.tables_initializer()])
            computed = session.run(made)
            session.run(updates)
            return computed | session.run(values)


@pytest.mark.parametrize("where", [in_eager_code, in_a_graph])
@pytest.mark.parametrize("case", NAMES)
def test_same_numbers(case: str, where: Any) -> None:
    prefix = f"{case}:"
    wanted = {key[len(prefix) :]: EXPECTED[key] for key in EXPECTED if key.startswith(prefix)}
    made = where(case)
    assert sorted(made) == sorted(wanted)
    for name, value in wanted.items():
        if value.dtype.kind == "S":
            np.testing.assert_array_equal(made[name].astype(bytes), value, err_msg=name)
        else:
            assert made[name].dtype == value.dtype
            np.testing.assert_allclose(made[name], value, rtol=1e-5, atol=1e-5, err_msg=name)
