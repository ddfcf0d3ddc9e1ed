"""The model_fn of an Estimator that is made of a Keras model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.export.outputs import ExportOutput, PredictOutput
from trainwright.estimator.keras.blueprint import ModelBlueprint
from trainwright.estimator.keras.compiled import (
    Batch,
    renamed,
    without_losses,
)
from trainwright.estimator.keras.initial_weights import initializer_from
from trainwright.estimator.keras.model_io import arranged_labels, model_inputs, output_names
from trainwright.estimator.keras.object_names import object_keys, optimizer_keys
from trainwright.estimator.keras.object_saver import object_saver
from trainwright.estimator.keras.unwrap import tensorflow_variable
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.optimizers import get_optimizer
from trainwright.estimator.run_config import RunConfig
from trainwright.estimator.spec import EstimatorSpec

v1 = tf.compat.v1
_SERVING_DEFAULT = "serving_default"
_SCOPE = "training"


class KerasModelFn:
    """Builds a Keras model in the graph of a mode, as a model_fn.

    Args:
        blueprint: the model.
        object_based: whether checkpoints name variables by the way from the model to them.
        metric_names: Keras's name of a metric -> the user's.
        export_outputs: output name -> class of ExportOutput.
    """

    def __init__(
        self,
        blueprint: ModelBlueprint,
        object_based: bool,
        metric_names: Mapping[str, str] | None,
        export_outputs: Mapping[str, Callable[..., ExportOutput]] | None,
    ):
        self._blueprint = blueprint
        self._object_based = object_based
        self._metric_names = metric_names
        self._export_outputs = export_outputs

    def __call__(self, features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        """The EstimatorSpec of the mode."""
        if mode != ModeKeys.PREDICT:
            check_trainable(self._blueprint, mode)
        built = self._blueprint.build()
        model = built.model
        inputs = model_inputs(model, features)
        outputs = built.call(inputs.features, training=mode == ModeKeys.TRAIN)
        flat = built.flatten(outputs)
        names = output_names(model, outputs, len(flat))
        fields: dict[str, Any] = {"predictions": dict(zip(names, flat, strict=True))}
        keys = object_keys(model)
        if mode == ModeKeys.PREDICT:
            fields["export_outputs"] = _exports(self._export_outputs, fields["predictions"])
        else:
            batch = Batch(
                inputs.features,
                arranged_labels(labels, outputs, names),
                outputs,
                arranged_labels(inputs.sample_weights, outputs, names),
            )
            fields["loss"] = built.loss(batch, training=mode == ModeKeys.TRAIN)
            owners = [*names, *outputs] if isinstance(outputs, Mapping) else names
            metrics = without_losses(built.metrics(batch), owners)
            fields["eval_metric_ops"] = renamed(metrics, self._metric_names)
        if mode == ModeKeys.TRAIN:
            train_op, of_optimizer = self._train(model, fields["loss"], keys)
            fields["train_op"] = tf.group(train_op, *built.updates)
            keys.update(of_optimizer)
        scaffold = v1.train.Scaffold(
            init_fn=initializer_from(model, str(config.model_dir)),
            saver=object_saver(keys, config, mode) if self._object_based else None,
        )
        return EstimatorSpec(mode, scaffold=scaffold, **fields)

    def _train(self, model: Any, loss: Any, keys: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The op of one training step, and the optimizer's variables by key."""
        before = list(v1.global_variables())
        variables = [tensorflow_variable(variable) for variable in model.trainable_variables]
        if not variables:
            raise InvalidArgumentError(
                f"The Keras model {self._blueprint.name!r} has no trainable variables."
            )
        op = get_optimizer(self._blueprint.optimizer).minimize_op(
            loss, variables, iterations=v1.train.get_global_step(), name_scope=_SCOPE
        )
        new = [v for v in v1.global_variables() if not any(v is old for old in before)]
        return op, optimizer_keys(new, _SCOPE, keys)


def check_trainable(blueprint: ModelBlueprint, mode: str) -> None:
    """Checks that the Estimator can train and evaluate the model as Keras would.

    Raises:
        InvalidArgumentError: the model is not compiled, or has steps of its own.
    """
    if not blueprint.is_compiled:
        raise InvalidArgumentError(
            f"The Keras model {blueprint.name!r} has not been compiled, so that an Estimator made "
            f"of it can predict but not {'train' if mode == ModeKeys.TRAIN else 'evaluate'}.",
            hint="Call model.compile(optimizer, loss) before model_to_estimator.",
        )
    step = "train_step" if mode == ModeKeys.TRAIN else "test_step"
    if blueprint.overrides(step):
        raise InvalidArgumentError(
            f"The Keras model {blueprint.name!r} has its own {step}, which an Estimator does not "
            "call.",
            hint="Override compute_loss or compute_metrics instead, or write a model_fn.",
        )


def _exports(
    classes: Mapping[str, Callable[..., ExportOutput]] | None, predictions: Mapping[str, Any]
) -> dict[str, ExportOutput] | None:
    """A signature for each output that the user named a class for."""
    if classes is None:
        return None
    if set(classes) != set(predictions):
        raise InvalidArgumentError(
            f"export_outputs must name the outputs of the Keras model: {sorted(predictions)}. Got "
            f"{sorted(classes)} instead."
        )
    exports = {name: make(predictions[name]) for name, make in classes.items()}
    if len(exports) > 1:
        exports.setdefault(_SERVING_DEFAULT, PredictOutput(dict(predictions)))
    return exports
