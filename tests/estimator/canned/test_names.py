"""Arguments, checkpoint variables, signatures and keys are those that 2.15 had."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator import canned, export, heads, parse_spec

v1 = tf.compat.v1
fc = tf.feature_column

PUBLIC = [
    *[(canned, name) for name in canned.__all__],
    *[(heads, name) for name in heads.__all__ if name != "Head"],
    (parse_spec, "classifier_parse_example_spec"),
    (parse_spec, "regressor_parse_example_spec"),
]


def arguments(signature: str) -> list[str]:
    """Names and defaults of a signature, the default of relu as its name."""
    readable = re.sub(r"<function (\w+)[^>]*>", r"'\1'", signature)
    readable = re.sub(r"tf\.(int64|float32)", r"'\1'", readable)
    parameters = inspect.signature(eval(f"lambda {readable[1:-1]}: None")).parameters
    return [str(parameter) for parameter in parameters.values()]


def own_arguments(thing: Any) -> list[str]:
    """The same of one of our classes or functions."""
    signature = inspect.signature(thing)
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty, default=simple(parameter.default))
        for parameter in signature.parameters.values()
    ]
    return [str(parameter) for parameter in plain]


def simple(default: Any) -> Any:
    if isinstance(default, tf.DType):
        return default.name
    return default.__name__ if inspect.isfunction(default) else default


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=[name for _, name in PUBLIC])
def test_arguments_are_those_of_2_15(module: Any, name: str, shared_data: Path) -> None:
    api = json.loads((shared_data / "estimator-2.15-api.json").read_text())["v2"]
    expected = arguments(api[f"estimator.{name}"]["signature"])
    assert own_arguments(getattr(module, name)) == expected


@pytest.fixture(scope="module")
def files(shared_data: Path) -> Any:
    """What 28 models of 2.15 wrote."""
    return json.loads((shared_data / "estimator-2.15-files.json").read_text())["cases"]


def columns() -> dict[str, Any]:
    city = fc.categorical_column_with_hash_bucket("city", 7)
    color = fc.categorical_column_with_vocabulary_list("color", ["r", "g", "b"])
    hour = fc.categorical_column_with_identity("idc", 5)
    age, vec = fc.numeric_column("age"), fc.numeric_column("vec", shape=(3,))
    return {
        "age": [age],
        "deep": [
            age,
            vec,
            fc.embedding_column(city, 2),
            fc.embedding_column(hour, 4),
            fc.indicator_column(color),
        ],
        "wide": [
            age,
            vec,
            fc.bucketized_column(age, [30.0, 50.0]),
            city,
            color,
            hour,
            fc.crossed_column(["color", "city"], 11),
        ],
        "two": [age, color],
    }


def models() -> dict[str, Any]:
    """The models of the file by their names there."""
    c = columns()
    both = {
        "linear_feature_columns": c["wide"],
        "dnn_feature_columns": c["deep"],
        "dnn_hidden_units": [8, 4],
    }
    return {
        "DNNClassifier_binary": canned.DNNClassifier([8, 4], c["deep"]),
        "DNNClassifier_3class": canned.DNNClassifier([8, 4], c["deep"], n_classes=3),
        "DNNClassifier_batchnorm_dropout_Adam": canned.DNNClassifier(
            [8, 4], c["deep"], batch_norm=True, dropout=0.2, optimizer="Adam"
        ),
        "DNNClassifier_SGD": canned.DNNClassifier([8], c["age"], optimizer="SGD"),
        "DNNClassifier_RMSProp": canned.DNNClassifier([8], c["age"], optimizer="RMSProp"),
        "DNNClassifier_Ftrl": canned.DNNClassifier([8], c["age"], optimizer="Ftrl"),
        "DNNRegressor": canned.DNNRegressor([8, 4], c["deep"]),
        "LinearClassifier_binary": canned.LinearClassifier(c["wide"]),
        "LinearClassifier_3class_vocab": canned.LinearClassifier(c["two"], n_classes=3),
        "LinearRegressor": canned.LinearRegressor(c["wide"]),
        "DNNLinearCombinedClassifier": canned.DNNLinearCombinedClassifier(**both),
        "DNNLinearCombinedRegressor": canned.DNNLinearCombinedRegressor(**both),
        "BaselineClassifier": canned.BaselineClassifier(),
        "BaselineRegressor": canned.BaselineRegressor(),
        "DNNEstimator_MultiHead": canned.DNNEstimator(
            heads.MultiHead([heads.BinaryClassHead(name="a"), heads.RegressionHead(name="b")]),
            [4],
            c["deep"],
        ),
    }


def build(estimator: Any, name: str, mode: str) -> Any:
    """The spec of a model in the current graph, on placeholders."""
    kinds = {"age": tf.float32, "vec": tf.float32, "idc": tf.int64}
    features = {
        feature: v1.placeholder(kinds.get(feature, tf.string), [None, 3 if feature == "vec" else 1])
        for feature in ("age", "vec", "city", "color", "idc")
    }
    number = v1.placeholder(tf.float32, [None, 1])
    labels: Any = tf.cast(number, tf.int64) if "3class" in name else number
    if "MultiHead" in name:
        labels = {"a": number, "b": number}
    v1.train.create_global_step()
    return estimator.model_fn(features, labels, mode, estimator.config)


NAMES = sorted(models())


@pytest.mark.parametrize("name", NAMES)
def test_variables_are_those_of_2_15(name: str, files: Any) -> None:
    with tf.Graph().as_default():
        build(models()[name], name, "train")
        made = [
            [variable.op.name, variable.shape.as_list(), variable.dtype.name]
            for variable in v1.global_variables()
        ]
    wanted = files[name]["variables"]
    assert sorted(each[: len(wanted[0])] for each in made) == sorted(wanted)


@pytest.mark.parametrize("name", NAMES)
def test_metrics_and_predictions_are_those_of_2_15(name: str, files: Any) -> None:
    with tf.Graph().as_default():
        evaluation = build(models()[name], name, "eval")
    with tf.Graph().as_default():
        prediction = build(models()[name], name, "infer")
    metrics = files[name].get("eval_metrics") or files[name]["eval"]
    assert {*evaluation.eval_metric_ops, "loss", "global_step"} == set(metrics)
    assert [str(key) for key in prediction.predictions] == list(files[name]["predict"])


@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_those_of_2_15(name: str, files: Any) -> None:
    wanted = files[name].get("signatures", {}).get("serve")
    if wanted is None:
        pytest.skip("the file has no signatures of this model")
    with tf.Graph().as_default():
        spec = build(models()[name], name, "infer")
        examples = v1.placeholder(tf.string, [None], name="input_example_tensor")
        made = {}
        for key, output in spec.export_outputs.items():
            predicts = isinstance(output, export.PredictOutput)
            inputs = {"examples" if predicts else "inputs": examples}
            made[key] = as_json(output.as_signature_def(inputs))
    assert made == wanted


def as_json(signature: Any) -> dict[str, Any]:
    """A signature as the file has it."""

    def tensors(infos: Any) -> dict[str, Any]:
        return {
            name: {
                "name": info.name,
                "dtype": tf.dtypes.as_dtype(info.dtype).name,
                "shape": [dimension.size for dimension in info.tensor_shape.dim],
            }
            for name, info in infos.items()
        }

    return {
        "method": signature.method_name,
        "inputs": tensors(signature.inputs),
        "outputs": tensors(signature.outputs),
    }
