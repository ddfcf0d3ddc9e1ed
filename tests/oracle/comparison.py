"""Training, evaluating and predicting on both sides of a comparison, and telling them apart.

Used by generators, which run with TensorFlow 2.15, and by tests of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from canned_cases import LossRecorder, read_checkpoint, write_checkpoint

InputFn = Callable[[], Any]
Arrays = dict[str, Any]


class Case(NamedTuple):
    """A model and its inputs.

    Args:
        make: a function of ``model_dir`` and ``config``.
        train: gives the batches to train on, without end.
        evaluate: gives the batches to evaluate.
        predict: gives the examples to predict for.
        steps: how long to train.
    """

    make: Callable[..., Any]
    train: InputFn
    evaluate: InputFn
    predict: InputFn
    steps: int = 5


def random_start(case: Case, folder: Path) -> Arrays:
    """The variables that a model begins with, its weights drawn anew."""
    case.make(model_dir=str(folder)).train(case.train, max_steps=1)
    values = read_checkpoint(str(folder / "model.ckpt-0"))
    draw = np.random.RandomState(len(values))
    for name, value in values.items():
        if not name.startswith(("training", "global_step")):
            values[name] = draw.normal(0.0, 0.4, value.shape).astype(value.dtype)
    return values


def outcome(case: Case, start: Arrays | None, folder: Path, config: Any) -> Arrays:
    """What a model computes from given variables, as arrays by name.

    Args:
        case: the model.
        start: the variables of its first checkpoint; None: those it makes itself.
        folder: its model directory.
        config: a RunConfig.
    """
    if start is not None:
        write_checkpoint(start, folder)
    estimator = case.make(model_dir=str(folder), config=config)
    recorder = LossRecorder()
    estimator.train(case.train, max_steps=case.steps, hooks=[recorder])
    arrays = {"losses": np.array(recorder.losses, np.float32)}
    final = read_checkpoint(estimator.model_dir)
    arrays |= {f"final/{name}": value for name, value in final.items()}
    metrics = estimator.evaluate(case.evaluate)
    arrays |= {f"metrics/{name}": np.asarray(value) for name, value in metrics.items()}
    examples = list(islice(estimator.predict(case.predict), 64))
    for name in examples[0]:
        values = np.array([example[name] for example in examples])
        arrays[f"predictions/{name}"] = values.astype(bytes) if values.dtype == object else values
    return arrays


def of_case(arrays: Arrays, case: str) -> Arrays:
    """The arrays of one case, by name."""
    return {
        key.partition(":")[2]: value for key, value in arrays.items() if key.startswith(f"{case}:")
    }


def of_part(arrays: Arrays, part: str) -> Arrays:
    """The arrays of one part of a case, such as ``start``, by name."""
    return {
        key.partition("/")[2]: value for key, value in arrays.items() if key.startswith(f"{part}/")
    }


def assert_same(actual: Arrays, wanted: Arrays, tolerance: float = 1e-5) -> None:
    """Whether all arrays but the start are there, and equal."""
    compared = {name for name in wanted if not name.startswith("start/")}
    assert set(actual) == compared
    for name in sorted(compared):
        if wanted[name].dtype.kind == "S":
            np.testing.assert_array_equal(actual[name], wanted[name], err_msg=name)
        else:
            np.testing.assert_allclose(
                actual[name], wanted[name], rtol=tolerance, atol=tolerance, err_msg=name
            )
