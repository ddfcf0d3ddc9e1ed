"""model_to_estimator, against that of TensorFlow 2.15: names, losses, variables, metrics."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator import model_to_estimator

_CASES = json.loads((Path(__file__).parent / "expected.json").read_text())["cases"]
_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def _id(case: dict[str, Any]) -> str:
    options = [f"{k}={v}" for k, v in case["case"].items() if k not in ("features", "labels")]
    return "-".join([case["model"], *options])


def _decay_too_much(name: str) -> float:
    """What 2.15 has multiplied the means of an embedding's gradients with once too often.

    The run that finds the input at its end did what needs no batch: it decayed them.
    """
    slots = {"/m/": 0.9, "/v/": 0.999}
    decays = [decay for slot, decay in slots.items() if f"optimizer{slot}" in name]
    return decays[0] if decays and "embeddings" in name else 1.0


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize("case", _CASES, ids=_id)
def test_a_training_is_the_same(
    tmp_path: Any, generator: Any, expected: dict[str, Any], case: dict[str, Any], package: str
) -> None:
    module = pytest.importorskip(package)
    optimizers = module.optimizers if package == "keras" else module.optimizers.legacy
    model = getattr(generator, case["model"])(module, optimizers)
    model.set_weights([np.asarray(weight) for weight in case["initial"]])
    options = {
        n: case["case"][n] for n in ("checkpoint_format", "metric_names_map") if n in case["case"]
    }
    estimator = model_to_estimator(model, model_dir=str(tmp_path), **options)
    input_fn = generator.make_input_fn(expected["inputs"], case["case"])
    log = generator.LossLog()

    estimator.train(input_fn, hooks=[log])
    np.testing.assert_allclose(log.losses, case["losses"], rtol=1e-5)
    names = [name for name in estimator.get_variable_names() if name != _GRAPH]
    assert sorted(names) == sorted(case["variables"])
    for name, value in case["variables"].items():
        expected_value = np.asarray(value) / _decay_too_much(name)
        np.testing.assert_allclose(
            estimator.get_variable_value(name), expected_value, rtol=1e-5, atol=1e-6, err_msg=name
        )
    results = estimator.evaluate(input_fn)
    assert sorted(results) == sorted(case["evaluation"])
    for name, value in case["evaluation"].items():
        assert results[name] == pytest.approx(value, rel=1e-5), name
    without_weights = {n: value for n, value in case["case"].items() if n != "weights"}
    plain = generator.make_input_fn(expected["inputs"], without_weights)
    for prediction, wanted in zip(estimator.predict(plain), case["predictions"], strict=False):
        assert sorted(prediction) == sorted(wanted)
        for name, value in wanted.items():
            np.testing.assert_allclose(prediction[name], value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("checkpoint_format", ["checkpoint", "saver"])
def test_files_and_names_are_the_same(
    tmp_path: Any, shared_data: Path, checkpoint_format: str
) -> None:
    files = json.loads((shared_data / "estimator-2.15-files.json").read_text())
    case = files["cases"][f"model_to_estimator_{checkpoint_format}"]
    layers = [keras.Input([1]), keras.layers.Dense(2, name="h"), keras.layers.Dense(1, name="o")]
    model = keras.Sequential(layers)
    model.compile("adam", "mse", metrics=["mae"])
    estimator = model_to_estimator(
        model, model_dir=str(tmp_path), checkpoint_format=checkpoint_format
    )

    def input_fn() -> Any:
        return tf.data.Dataset.from_tensors((np.ones([2, 1]), np.ones([2, 1]))).repeat(2)

    estimator.train(input_fn)
    saved = tf.train.load_checkpoint(estimator.latest_checkpoint()).get_variable_to_shape_map()
    assert saved == dict(case["variables"])
    assert sorted(estimator.evaluate(input_fn)) == case["eval"]
    assert sorted(next(estimator.predict(input_fn))) == case["predict"]
    written = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    shards = {name for name in case["files"] if ".data-" in name}
    # The other program keeps its description of objects on a shard of its own.
    extra = {"keras/keras_model.ckpt.meta"}
    assert set(case["files"]) - shards - extra <= written
    assert {name.partition(".data-")[0] for name in shards} <= {
        name.partition(".data-")[0] for name in written
    }


_PROGRAM = """
import sys
import numpy as np, tensorflow as tf
sys.path.insert(0, sys.argv[1])
import generate_keras as g
case = [case for make, case in g.CASES if make is g.recurrent][0]
for checkpoint_format in ("checkpoint", "saver"):
    model = g.recurrent(tf.keras, tf.keras.optimizers.legacy)
    estimator = tf.keras.estimator.model_to_estimator(
        model, model_dir=f"{sys.argv[2]}/{checkpoint_format}", checkpoint_format=checkpoint_format)
    input_fn = g.make_input_fn(g.make_inputs(), case)
    if sys.argv[3] == "train":
        estimator.train(input_fn)
    results = sorted(estimator.evaluate(input_fn).items())
    print("RESULT", checkpoint_format, *[repr(float(value)) for _, value in results])
"""


@pytest.mark.oracle
@pytest.mark.slow
def test_either_program_goes_on_with_the_others_checkpoints(
    tmp_path: Path, oracle_python: str, generator: Any
) -> None:
    def ours(action: str) -> dict[str, list[float]]:
        results = {}
        for checkpoint_format in ("checkpoint", "saver"):
            estimator = model_to_estimator(
                generator.recurrent(keras, keras.optimizers),
                model_dir=str(tmp_path / checkpoint_format),
                checkpoint_format=checkpoint_format,
            )
            case = next(case for make, case in generator.CASES if make is generator.recurrent)
            input_fn = generator.make_input_fn(generator.make_inputs(), case)
            if action == "train":
                estimator.train(input_fn)
            results[checkpoint_format] = [
                float(value) for _, value in sorted(estimator.evaluate(input_fn).items())
            ]
        return results

    def theirs(action: str) -> dict[str, list[float]]:
        oracle = str(Path(generator.__file__).parent)
        output = subprocess.run(
            [oracle_python, "-c", _PROGRAM, oracle, str(tmp_path), action],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        ).stdout
        lines = [line.split()[1:] for line in output.splitlines() if line.startswith("RESULT")]
        return {name: [float(value) for value in values] for name, *values in lines}

    for first, second in ((ours, theirs), (theirs, ours)):
        trained, read = first("train"), second("evaluate")
        for name, values in trained.items():
            np.testing.assert_allclose(read[name], values, rtol=1e-5)
