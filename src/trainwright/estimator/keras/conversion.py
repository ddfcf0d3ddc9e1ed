"""An Estimator from a Keras model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.core import Estimator
from trainwright.estimator.engine.checkpoints import latest_checkpoint
from trainwright.estimator.export.outputs import ExportOutput
from trainwright.estimator.keras.blueprint import ModelBlueprint
from trainwright.estimator.keras.eager import eagerly
from trainwright.estimator.keras.initial_weights import save_initial_weights
from trainwright.estimator.keras.model_fn import KerasModelFn
from trainwright.estimator.keras.older_model import OlderBlueprint
from trainwright.estimator.run_config import RunConfig

_FORMATS = ("checkpoint", "saver")
# Keras 3 does not find these losses and metrics when it reads HDF5; kept as they are, compile does.
_SHORT_NAMES = {name: name for name in ("mae", "mape", "mse", "msle")}


def model_to_estimator(
    keras_model: Any = None,
    keras_model_path: Any = None,
    custom_objects: Mapping[str, Any] | None = None,
    model_dir: Any = None,
    config: RunConfig | None = None,
    checkpoint_format: str = "checkpoint",
    metric_names_map: Mapping[str, str] | None = None,
    export_outputs: Mapping[str, Callable[..., ExportOutput]] | None = None,
) -> Estimator:
    """Makes an Estimator that trains, evaluates, predicts with and exports a Keras model.

    It starts from the weights that the model has now, which are written to
    ``{model_dir}/keras/keras_model.ckpt``; later changes of the model do not reach it. Training
    minimizes the loss that the model was compiled with, by an optimizer equal to its own with the
    variables of TensorFlow 2.15. Metrics have Keras's names; predictions are named after the
    outputs.

    Features may be a tensor, a sequence in the order of the model's inputs, or a dict by their
    names; labels a tensor, a sequence, or a dict by the names of outputs. With sample weights the
    features are ``{"features": features, "sample_weights": weights}``.

    Args:
        keras_model: a Sequential, Functional or subclassed model of Keras 3 or tf_keras. One that
            is not compiled can only predict.
        keras_model_path: in place of it, a file that the model was saved to.
        custom_objects: class or function name -> object, for the model's configuration.
        model_dir: where checkpoints, events and exports go; it comes before that of the config.
        config: a RunConfig.
        checkpoint_format: ``"checkpoint"``: variables are saved under the way from the model to
            them, ``layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE``, as
            ``tf.train.Checkpoint`` does; ``"saver"``: under their names, ``dense/kernel``.
        metric_names_map: Keras's name of a metric -> a name of one's own, for all metrics.
        export_outputs: output name -> class of ExportOutput, for all outputs: each becomes a
            signature of that name. None: one signature with all outputs.

    Returns:
        The Estimator.

    Raises:
        InvalidArgumentError: both or none of keras_model and keras_model_path, an unknown
            checkpoint_format, no Keras model, or one that cannot be built again. Training and
            evaluating a model that is not compiled raises it too.

    Example:
        >>> import keras, tensorflow as tf
        >>> dense = keras.layers.Dense(1, use_bias=False, name="dense")
        >>> model = keras.Sequential([keras.Input([1], name="x"), dense])
        >>> model.compile(keras.optimizers.SGD(0.1), "mse")
        >>> def input_fn():
        ...     data = {"x": [[1.0], [2.0]]}, [[3.0], [6.0]]
        ...     return tf.data.Dataset.from_tensors(data).repeat(40)
        >>> estimator = model_to_estimator(model).train(input_fn)
        >>> round(float(next(estimator.predict(input_fn))["dense"][0]), 1)
        3.0
    """
    if checkpoint_format not in _FORMATS:
        raise InvalidArgumentError(
            f"checkpoint_format must be one of {', '.join(_FORMATS)}. Got {checkpoint_format!r} "
            "instead."
        )
    model = _given_model(keras_model, keras_model_path, custom_objects)
    model_fn = KerasModelFn(
        _blueprint(model, custom_objects),
        object_based=checkpoint_format == "checkpoint",
        metric_names=metric_names_map,
        export_outputs=export_outputs,
    )
    if isinstance(config, RunConfig) and model_dir is not None:
        config = config.replace(model_dir=str(tf.compat.as_str_any(model_dir)))
    estimator = Estimator(model_fn, model_dir, config)
    if estimator.config.is_chief and latest_checkpoint(estimator.model_dir) is None:
        save_initial_weights(model, estimator.model_dir)
    return estimator


def _given_model(model: Any, path: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """The model, or the one in the file.

    Raises:
        InvalidArgumentError: both, neither, or no such file.
    """
    if (model is None) == (path is None):
        given = "neither" if model is None else "both"
        raise InvalidArgumentError(
            f"Either keras_model or keras_model_path must be given. Got {given}."
        )
    if model is not None:
        return model
    if not tf.io.gfile.exists(str(path)):
        raise InvalidArgumentError(f"keras_model_path {str(path)!r} does not exist.")
    known = {**_SHORT_NAMES, **(custom_objects or {})}
    return eagerly(lambda: tf.keras.models.load_model(str(path), custom_objects=known))


def _blueprint(model: Any, custom_objects: Mapping[str, Any] | None) -> ModelBlueprint:
    """What the model is built of in each graph.

    Raises:
        InvalidArgumentError: no Keras model.
    """
    keras: Any = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "Operation") and isinstance(model, keras.Model):
        return ModelBlueprint(keras, model, custom_objects)
    older: Any = sys.modules.get("tf_keras")
    if older is not None and isinstance(model, older.Model):
        return OlderBlueprint(older, model, custom_objects)
    raise InvalidArgumentError(
        f"keras_model must be a model of Keras 3 or tf_keras. Got {model!r} of the type "
        f"{type(model).__module__}.{type(model).__name__} instead."
    )
