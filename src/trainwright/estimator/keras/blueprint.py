"""A Keras model as it can be built again in any graph."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.compiled import BuiltModel, Keras3Model
from trainwright.estimator.keras.eager import eagerly


class ModelBlueprint:
    """The structure of a Keras 3 model, and what it was compiled with.

    Args:
        keras: the module that the model is of.
        model: the model.
        custom_objects: class or function name -> object, beside those that the model's own layers
            are made of.

    Raises:
        InvalidArgumentError: a model without a configuration.
    """

    def __init__(self, keras: Any, model: Any, custom_objects: Mapping[str, Any] | None = None):
        self._keras = keras
        self._model = model
        self._custom_objects = {**_classes(model), **(custom_objects or {})}
        self._config = eagerly(lambda: _config(model))
        self._by_constructor = self._is_plain_subclass()

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self._model.name)

    @property
    def is_compiled(self) -> bool:
        """Whether the model can be trained."""
        return bool(self._model.compiled)

    @property
    def optimizer(self) -> Any:
        """The optimizer that it was compiled with."""
        return self._model.optimizer

    def build(self) -> BuiltModel:
        """The model, built again in the current graph, and compiled if it was.

        Raises:
            InvalidArgumentError: its configuration does not build.
        """
        try:
            model = self._from_config()
        except (TypeError, ValueError, NotImplementedError) as problem:
            raise InvalidArgumentError(
                f"The Keras model {self.name!r} cannot be built again from its configuration: "
                f"{_last_line(problem)}",
                hint="Its classes need get_config and from_config; name functions and classes of "
                "your own in custom_objects.",
            ) from problem
        for layer, source in zip(_preprocessing(model), _preprocessing(self._model), strict=True):
            layer.set_vocabulary(eagerly(source.get_vocabulary))
        return self._compiled(model)

    def _compiled(self, model: Any) -> BuiltModel:
        if self.is_compiled:
            model.compile(**self._compile_arguments())
        return Keras3Model(model)

    def _from_config(self) -> Any:
        # Keras takes apart what it is given.
        config: Any = copy.deepcopy(self._config)
        if self._by_constructor:
            known = inspect.signature(type(self._model).__init__).parameters
            config = {name: value for name, value in config["config"].items() if name in known}
        restored = self._keras.saving.deserialize_keras_object(
            config, custom_objects=self._custom_objects, safe_mode=False
        )
        return type(self._model)(**restored) if self._by_constructor else restored

    def _is_plain_subclass(self) -> bool:
        """Whether its class leaves get_config to Keras, and takes no arguments but its own.

        Keras then adds arguments which such a constructor does not take.
        """
        cls = type(self._model)
        configurable = (cls.get_config, cls.from_config)
        kinds = [p.kind for p in inspect.signature(cls.__init__).parameters.values()]
        return (
            not is_of_keras(cls)
            and all(is_of_keras(method) for method in configurable)
            and "layers" not in self._config["config"]
            and inspect.Parameter.VAR_KEYWORD not in kinds
        )

    def _compile_arguments(self) -> dict[str, Any]:
        """What ``compile`` was called with, with new metrics and no optimizer."""
        given = self._model._compile_config.config
        return {
            "optimizer": None,
            "loss": given["loss"],
            "loss_weights": given["loss_weights"],
            "metrics": self._all_again(given["metrics"]),
            "weighted_metrics": self._all_again(given["weighted_metrics"]),
        }

    def _all_again(self, metrics: Any) -> Any:
        return tf.nest.map_structure(self._again, metrics)

    def _again(self, metric: Any) -> Any:
        """A metric object like the given one; names and functions as they are."""
        if not isinstance(metric, self._keras.metrics.Metric):
            return metric
        try:
            config = eagerly(metric.get_config)
            if isinstance(config.get("fn"), str):
                # Left so where Keras 3 read what older Keras wrote.
                function = self._keras.metrics.get(config["fn"])
                return type(metric)(**{**config, "fn": function})
            with self._keras.utils.custom_object_scope(self._custom_objects):
                return type(metric).from_config(config)
        except (TypeError, ValueError, NotImplementedError) as problem:
            raise InvalidArgumentError(
                f"The metric {metric!r} of the Keras model {self.name!r} cannot be made again from "
                f"its configuration: {_last_line(problem)}",
                hint="Its class needs a get_config with all arguments of its constructor.",
            ) from problem

    def overrides(self, method: str) -> bool:
        """Whether the model's class has its own version of a method of ``keras.Model``."""
        return getattr(type(self._model), method) is not getattr(self._keras.Model, method)


def is_of_keras(thing: Any) -> bool:
    """Whether a class or function is Keras's own."""
    return str(thing.__module__).split(".")[0] in ("keras", "tf_keras")


def _config(model: Any) -> dict[str, Any]:
    """The model as ``keras.saving`` takes it, but for what it was compiled with."""
    try:
        config = model.get_config()
    except NotImplementedError as problem:
        raise InvalidArgumentError(
            f"The Keras model {model.name!r} has no configuration to build it again from.",
            hint=f"Give {type(model).__name__} a get_config with the arguments of its constructor.",
        ) from problem
    _strip(config)
    name = type(model).__name__
    return {"module": None, "class_name": name, "registered_name": name, "config": config}


def _strip(config: Any) -> None:
    """Leaves it to the first call to build layers, and compiles no models within the model.

    Built from their configurations, some layers create other variables than when they are called:
    Bidirectional those of the layer that it copies, and its own by other names.
    """
    if isinstance(config, dict):
        if "class_name" in config:
            config.pop("build_config", None)
            config.pop("compile_config", None)
        config = list(config.values())
    if isinstance(config, list | tuple):
        for part in config:
            _strip(part)


def _last_line(problem: Exception) -> str:
    """Where Keras's messages, which begin with the whole configuration, say what is wrong."""
    return str(problem).strip().splitlines()[-1]


def _layers(model: Any) -> Iterator[Any]:
    """The model and all layers within it, in an order that is the same for equal models."""
    yield model
    for layer in model._flatten_layers(include_self=False, recursive=False):
        yield from _layers(layer)


def _classes(model: Any) -> dict[str, type]:
    """The classes of the model and of the layers in it that are not Keras's own, by name.

    Raises:
        InvalidArgumentError: two of one name, which configurations do not tell apart.
    """
    classes: dict[str, type] = {}
    for layer in _layers(model):
        cls = type(layer)
        if layer is not model and is_of_keras(cls):
            continue
        if classes.setdefault(cls.__name__, cls) is not cls:
            raise InvalidArgumentError(
                f"The Keras model {model.name!r} has layers of two classes {cls.__name__}: "
                f"{classes[cls.__name__]!r} and {cls!r}.",
                hint="Rename one of them.",
            )
    return classes


def _preprocessing(model: Any) -> list[Any]:
    """Layers whose vocabulary was learned, and so is not in their configuration."""
    return [
        layer
        for layer in _layers(model)
        if hasattr(layer, "set_vocabulary") and layer.get_config().get("vocabulary") is None
    ]
