"""From what an input_fn gives to what a Keras model takes, and from its outputs to predictions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import InvalidArgumentError

_AUTOMATIC = re.compile(r"keras_tensor(_\d+)?|input_layer(_\d+)?")
_FEATURES, _WEIGHTS = "features", "sample_weights"


class MissingInputError(InvalidArgumentError, KeyError):
    """Features or labels that lack something which the Keras model needs."""


class ModelInputs(NamedTuple):
    """What one batch is to a Keras model.

    Args:
        features: the argument of its call.
        sample_weights: one weight for each example, None where there are none.
    """

    features: Any
    sample_weights: Any


def model_inputs(model: Any, features: Any) -> ModelInputs:
    """Sorts features by the names of the model's inputs.

    Args:
        model: a Keras model.
        features: a tensor, a sequence of them in the order of the model's inputs, or a dict by
            their names; or a dict ``{"features": ..., "sample_weights": ...}``.

    Raises:
        MissingInputError: an input without a feature.
    """
    weights = None
    if isinstance(features, Mapping) and set(features) == {_FEATURES, _WEIGHTS}:
        features, weights = features[_FEATURES], features[_WEIGHTS]
    if isinstance(features, Mapping) and is_network(model):
        features = _by_name(model, features)
    elif isinstance(features, tuple):
        features = list(features)
    return ModelInputs(features, weights)


def is_network(model: Any) -> bool:
    """Whether its inputs are known before it is called: of Sequential and Functional models."""
    return bool(getattr(model, "inputs", None))


def _by_name(model: Any, features: Mapping[str, Any]) -> Any:
    names = _input_names(model)
    chosen = [_chosen(model, index, name, features) for index, name in enumerate(names)]
    missing = [name for name, feature in zip(names, chosen, strict=True) if feature is None]
    if missing:
        raise MissingInputError(
            f"The features do not cover the inputs of the Keras model {model.name!r}. "
            f"Its inputs: {sorted(names)}; features keys: {sorted(features)}; missed keys: "
            f"{sorted(missing)}.",
            hint="Rename the features in the input_fn, or the inputs with keras.Input(name=...).",
        )
    values = [features[feature] for feature in chosen if feature is not None]
    return values[0] if len(values) == 1 else _structured(model, values)


def _input_names(model: Any) -> list[str]:
    """As tf_keras says, or as Keras 3 calls the tensors."""
    known = getattr(model, "input_names", None)
    return [str(name) for name in known or (tensor.name for tensor in model.inputs)]


def _structured(model: Any, values: list[Any]) -> Any:
    structure = getattr(model, "input", None)
    if isinstance(structure, Mapping):
        by_id = {id(tensor): value for tensor, value in zip(model.inputs, values, strict=True)}
        return {key: by_id[id(tensor)] for key, tensor in structure.items()}
    return values


def _chosen(model: Any, index: int, name: str, features: Mapping[str, Any]) -> str | None:
    """The name of the feature for one input.

    An input that its author did not name also goes by the names that older Keras gave it.
    """
    if name in features:
        return name
    if not _AUTOMATIC.fullmatch(name):
        return None
    first = next((layer.name for layer in model.layers if not _is_input(layer)), None)
    names = [f"{first}_input"] if index == 0 else []
    names += sorted(key for key in features if re.fullmatch(r"input_\d+", key))[index : index + 1]
    return next((name for name in names if name in features), None)


def _is_input(layer: Any) -> bool:
    return type(layer).__name__ == "InputLayer"


def output_names(model: Any, outputs: Any, number: int) -> list[str]:
    """A name for each output, in the order in which Keras flattens them.

    Functional and Sequential models name them after the layers they come from; others by the keys
    of a dict, or ``output_1``, ``output_2``, ...

    Args:
        model: a Keras model.
        outputs: what its call returned.
        number: how many tensors they are.
    """
    if getattr(model, "output_names", None):
        names = [str(name) for name in model.output_names]
    elif is_network(model):
        names = [str(model.layers[-1].name)]
    elif isinstance(outputs, Mapping):
        names = [str(key) for key in sorted(outputs)]
    else:
        names = [f"output_{index + 1}" for index in range(number)]
    return _unique(names)


def _unique(names: Sequence[str]) -> list[str]:
    """The names, with numbers behind those that repeat."""
    return [
        f"{name}_{names[:index].count(name)}" if name in names[:index] else name
        for index, name in enumerate(names)
    ]


def arranged_labels(labels: Any, outputs: Any, names: Sequence[str]) -> Any:
    """Labels (or weights) given by the names of outputs, in the structure of the outputs.

    Args:
        labels: a dict by output names, or anything that Keras takes, which is left alone.
        outputs: of the model.
        names: of the outputs, in their order.

    Raises:
        MissingInputError: a dict with other names.
    """
    if not isinstance(labels, Mapping):
        return labels
    if isinstance(outputs, Mapping) and set(labels) == set(outputs):
        return dict(labels)
    missing = sorted(set(names) - set(labels))
    if missing:
        raise MissingInputError(
            f"The labels do not cover the outputs of the Keras model. Its outputs: "
            f"{sorted(names)}; labels keys: {sorted(labels)}; missed keys: {missing}."
        )
    if isinstance(outputs, Mapping):
        return {key: labels[name] for key, name in zip(sorted(outputs), names, strict=True)}
    return labels[names[0]] if tf.is_tensor(outputs) else [labels[name] for name in names]
