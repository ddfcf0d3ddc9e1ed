"""Names of variables in object-based checkpoints.

TensorFlow names a variable there by the way from the model to it, as in
``layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trainwright.estimator.keras.unwrap import tensorflow_variable

VALUE = ".ATTRIBUTES/VARIABLE_VALUE"
SLOT = ".OPTIMIZER_SLOT/optimizer"
GLOBAL_STEP = "estimator_global_step"
OPTIMIZER = "optimizer"

# Where Keras, and TensorFlow in names that begin with _self_, keep what are attributes too.
_BOOKKEEPING = ("_functional", "_layers", "_metrics")


def weight_paths(model: Any) -> dict[str, Any]:
    """Path -> Keras variable, for all weights of a model.

    Example:
        >>> import keras
        >>> layers = [keras.Input([2]), keras.layers.Dense(3), keras.layers.BatchNormalization()]
        >>> list(weight_paths(keras.Sequential(layers)))[:3]
        ['layer_with_weights-0/kernel', 'layer_with_weights-0/bias', 'layer_with_weights-1/gamma']
    """
    paths: dict[str, Any] = {}
    seen: set[int] = set()
    level = [("", model)]
    while level:
        inner: list[tuple[str, Any]] = []
        for prefix, layer in level:
            children = [(f"{prefix}{name}/", child) for name, child in _children(layer)]
            inner += children
            for weight in _own_weights(layer, [child for _, child in children]):
                if id(weight) not in seen:
                    seen.add(id(weight))
                    paths[_free(paths, f"{prefix}{_last_name(weight)}")] = weight
        level = inner
    return paths


def object_keys(model: Any) -> dict[str, Any]:
    """Key -> ``tf.Variable``, for all weights of a model in a graph."""
    paths = weight_paths(model)
    return {f"{path}/{VALUE}": tensorflow_variable(weight) for path, weight in paths.items()}


def optimizer_keys(
    variables: Sequence[Any], scope: str, weights: Mapping[str, Any]
) -> dict[str, Any]:
    """Key -> variable, for those of an optimizer.

    Args:
        variables: ``{scope}/{optimizer}/{hyperparameter}`` and
            ``{scope}/{optimizer}/{weight}/{slot}``; the optimizer has no slash in its name.
        scope: of the optimizer, as in ``training``.
        weights: what :func:`object_keys` returned; those of v1 optimizers are not known.
    """
    paths = {weight.op.name: key[: -len(VALUE) - 1] for key, weight in weights.items()}
    keys = {}
    for variable in variables:
        _, _, name = variable.op.name[len(scope) + 1 :].partition("/")
        owner, _, last = name.rpartition("/")
        path = f"{paths[owner]}/{SLOT}/{last}" if owner in paths else f"{OPTIMIZER}/{last}"
        keys[f"{path}/{VALUE}"] = variable
    return keys


def _children(layer: Any) -> Iterator[tuple[str, Any]]:
    """The layers directly within a layer, by the names that TensorFlow gives the way to them."""
    if _is_network(layer):
        with_weights = [inner for inner in layer.layers if inner.weights]
        for index, inner in enumerate(with_weights):
            yield f"layer_with_weights-{index}", inner
        return
    for name, value in vars(layer).items():
        if name not in _BOOKKEEPING and not name.startswith("_self_"):
            yield from _layers_in(name, value)
    inner = layer._flatten_layers(include_self=False, recursive=False)
    yield from _layers_in("_layers", list(inner))


def _is_network(layer: Any) -> bool:
    """Whether it is a Sequential or Functional model."""
    return any(cls.__name__ in ("Sequential", "Functional") for cls in type(layer).__mro__)


def _layers_in(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if _is_layer(value):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _layers_in(f"{name}/{key}", item)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, item in enumerate(value):
            yield from _layers_in(f"{name}/{index}", item)


def _is_layer(value: Any) -> bool:
    return any(
        cls.__name__ == "Layer" and cls.__module__.split(".")[0] in ("keras", "tf_keras")
        for cls in type(value).__mro__
    )


def _own_weights(layer: Any, children: Sequence[Any]) -> list[Any]:
    of_children = {id(weight) for child in children for weight in child.weights}
    return [weight for weight in layer.weights if id(weight) not in of_children]


def _last_name(weight: Any) -> str:
    """A weight's own name; tf_keras gives the whole way to it, and TensorFlow's ``:0``."""
    return str(weight.name).rpartition("/")[2].removesuffix(":0")


def _free(taken: Mapping[str, Any], path: str) -> str:
    """The path, with a number where it is taken."""
    number, free = 0, path
    while free in taken:
        number += 1
        free = f"{path}_{number}"
    return free
