"""The examples for GenericExecutor: models of other libraries, through the launcher."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from trainwright.data.tfrecord import read_records

Load = Callable[[str], ModuleType]
FLOWERS = np.array([[1.4, 0.2, 5.1, 3.5], [5.2, 2.3, 6.7, 3.0]], np.float32)
"""One of the first kind, one of the third; features in the order of their names."""


@pytest.fixture
def trained(example: Load, tmp_path: Path) -> Callable[[str], Path]:
    """Runs an example, and returns where its model is."""

    def run(name: str) -> Path:
        result = example("run_fn/run.py").run_example(name, tmp_path)
        return Path(result.outputs["model"][0].uri) / "Format-Serving"

    return run


def evaluation(model: Path) -> Any:
    return json.loads((model / "evaluation.json").read_text())


@pytest.mark.slow
def test_keras(trained: Callable[[str], Path], tmp_path: Path) -> None:
    import tensorflow as tf

    serve = tf.saved_model.load(str(trained("keras"))).signatures["serving_default"]
    (file,) = (tmp_path / "data" / "examples" / "Split-eval").iterdir()
    records = list(read_records(file))
    answers = serve(examples=tf.constant(records))["probabilities"].numpy().argmax(1)
    labels = tf.io.parse_example(records, {"variety": tf.io.FixedLenFeature([], tf.int64)})
    assert (answers == labels["variety"].numpy()).mean() > 0.85


def test_scikit_learn(trained: Callable[[str], Path]) -> None:
    model = trained("sklearn")
    assert evaluation(model)["accuracy"] > 0.9
    assert pickle.loads((model / "model.pkl").read_bytes()).predict(FLOWERS).tolist() == [0, 2]


def test_pytorch(trained: Callable[[str], Path]) -> None:
    torch = pytest.importorskip(
        "torch", reason="needs PyTorch, which is not a dependency: pip install torch"
    )
    model = trained("torch")
    assert evaluation(model)["accuracy"] > 0.9
    program = torch.export.load(model / "model.pt2").module()
    assert program(torch.tensor(FLOWERS)).argmax(1).tolist() == [0, 2]
