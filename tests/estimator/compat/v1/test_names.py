"""Names, arguments, checkpoint variables, signatures and keys are those of 2.15's compat.v1."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright import estimator
from trainwright.estimator.compat import v1 as tfe

v1 = tf.compat.v1
fc = tf.feature_column
DIFFERENT = {
    *[f"{model}{kind}" for model in ("Baseline", "DNN", "DNNLinearCombined", "Linear")
      for kind in ("Classifier", "Estimator", "Regressor")],
    "Estimator",
    "classifier_parse_example_spec",
    "experimental",
    "inputs",
    "regressor_parse_example_spec",
}  # fmt: skip


@pytest.fixture(scope="module")
def api(shared_data: Path) -> dict[str, Any]:
    """Name -> signature, of all that tf.compat.v1.estimator had but TPUs."""
    entries = json.loads((shared_data / "estimator-2.15-api.json").read_text())["v1"]
    return {
        name.removeprefix("estimator."): entry["signature"]
        for name, entry in entries.items()
        if not name.startswith("estimator.tpu.")
    }


def ours(name: str) -> Any:
    found: Any = tfe
    for part in name.split("."):
        found = getattr(found, part)
    return found


def parameters_of(signature: str) -> list[str]:
    """``name=default`` of a signature written as text, without defaults that are objects."""
    parts, depth, current = [], 0, ""
    for char in signature.strip("()") + ",":
        depth += (char in "([{<") - (char in ")]}>")
        if char == "," and depth == 0:
            name, equals, default = current.strip().partition("=")
            parts.append(name if default.startswith("<") else f"{name}{equals}{default}")
            current = ""
        else:
            current += char
    return [part for part in parts if part]


OUR_OWN = ("fused", "jit_compile")
"""Arguments of our RunConfig that the original has not, by keyword only."""


def own_parameters(thing: Any) -> list[str]:
    texts = []
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.name in OUR_OWN and parameter.kind is parameter.KEYWORD_ONLY:
            continue
        default = parameter.default
        shown = "" if default is parameter.empty or callable(default) else f"={default!r}"
        if type(default) is object:
            shown = ""
        texts.append(f"{parameter.name}{shown}")
    return texts


def test_every_name_is_there_with_its_arguments(api: dict[str, Any]) -> None:
    for name, signature in api.items():
        wanted = parameters_of(signature)
        if wanted != ["*args", "**kwargs"] and not isinstance(ours(name), type(estimator)):
            has = own_parameters(ours(name))
            named = [part.partition("=")[0] for part in has]
            assert named == [part.partition("=")[0] for part in wanted], name
            if name in DIFFERENT or name.startswith("inputs."):
                assert has == wanted, name


def test_what_does_not_differ_is_the_same_object() -> None:
    for name in tfe.__all__:
        if name not in DIFFERENT:
            assert getattr(tfe, name) is getattr(estimator, name), name


def test_all_declared_names_are_those_of_2_15(api: dict[str, Any]) -> None:
    wanted = {name.partition(".")[0] for name in api}
    assert sorted(tfe.__all__) == sorted(wanted)
    experimental = {name.partition(".")[2] for name in api if name.startswith("experimental.")}
    assert set(tfe.experimental.__all__) == experimental


def test_it_is_part_of_the_package_but_loaded_late() -> None:
    program = (
        "import sys, trainwright.estimator as tfe; "
        "before = 'trainwright.estimator.compat' in sys.modules; "
        "print(before, callable(tfe.compat.v1.inputs.numpy_input_fn))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"], done.stderr


@pytest.mark.parametrize("module", [tfe, tfe.experimental])
def test_other_names_are_errors(module: Any) -> None:
    with pytest.raises(AttributeError, match="no attribute 'DNNClassifer'"):
        _ = module.DNNClassifer


def test_tpus_are_an_error_that_says_what_to_use() -> None:
    with pytest.raises(AttributeError, match="TPUs are not supported"):
        _ = tfe.tpu


def deep() -> list[Any]:
    city = fc.categorical_column_with_hash_bucket("city", 7)
    color = fc.categorical_column_with_vocabulary_list("color", ["r", "g", "b"])
    hour = fc.categorical_column_with_identity("idc", 5)
    return [
        fc.numeric_column("age"),
        fc.numeric_column("vec", shape=(3,)),
        fc.embedding_column(city, 2),
        fc.embedding_column(hour, 4),
        fc.indicator_column(color),
    ]


def wide() -> list[Any]:
    age, vec, city, hour, color = deep()
    return [
        age,
        vec,
        fc.bucketized_column(age, [30.0, 50.0]),
        city.categorical_column,
        color.categorical_column,
        hour.categorical_column,
        fc.crossed_column(["color", "city"], 11),
    ]


MODELS: dict[str, Callable[..., Any]] = {
    "v1_DNNClassifier_binary": lambda **k: tfe.DNNClassifier([8, 4], deep(), **k),
    "v1_LinearClassifier_binary": lambda **k: tfe.LinearClassifier(wide(), **k),
    "v1_DNNLinearCombinedClassifier": lambda **k: tfe.DNNLinearCombinedClassifier(
        linear_feature_columns=wide(), dnn_feature_columns=deep(), dnn_hidden_units=[8, 4], **k
    ),
}


def input_fn() -> Any:
    features = {
        "age": [[20.0], [40.0]],
        "vec": [[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]],
        "city": [["oslo"], ["rome"]],
        "color": [["r"], ["b"]],
        "idc": [[1], [3]],
    }
    return tf.data.Dataset.from_tensors((features, [[0], [1]]))


@pytest.fixture(scope="module", params=MODELS)
def model(request: Any, tmp_path_factory: Any) -> Any:
    """A trained model, with its name in the file."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, MODELS[request.param](model_dir=str(folder)).train(input_fn)


@pytest.fixture(scope="module")
def files(shared_data: Path) -> Any:
    """What models of 2.15 wrote."""
    return json.loads((shared_data / "estimator-2.15-files.json").read_text())["cases"]


def test_variables_are_those_of_2_15(model: Any, files: Any) -> None:
    name, trained = model
    reader = tf.train.load_checkpoint(trained.latest_checkpoint())
    dtypes = reader.get_variable_to_dtype_map()
    shapes = reader.get_variable_to_shape_map()
    made = [[each, shapes[each], dtypes[each].name] for each in sorted(shapes)]
    assert made == files[name]["variables"]


def test_metrics_and_predictions_are_those_of_2_15(model: Any, files: Any) -> None:
    name, trained = model
    metrics = trained.evaluate(input_fn)
    assert {key: value.dtype.name for key, value in metrics.items()} == files[name]["eval_metrics"]
    first = next(trained.predict(input_fn))
    wanted = {key: entry[:2] for key, entry in files[name]["predict"].items()}
    assert {key: [value.dtype.name, list(value.shape)] for key, value in first.items()} == wanted


def test_signatures_are_those_of_2_15(model: Any, files: Any, tmp_path: Path) -> None:
    name, trained = model
    spec = fc.make_parse_example_spec([*wide(), *deep()])
    receiver_fn = tfe.export.build_parsing_serving_input_receiver_fn(spec)
    with pytest.warns(DeprecationWarning, match="call export_saved_model"):
        exported = trained.export_savedmodel(str(tmp_path), receiver_fn)
    with v1.Session(graph=tf.Graph()) as session:
        graph = v1.saved_model.load(session, ["serve"], exported.decode())
    made = {key: as_json(value) for key, value in graph.signature_def.items()}
    made.pop("__saved_model_init_op", None)
    assert made == files[name]["signatures"]["serve"]


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
