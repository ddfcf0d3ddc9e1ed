"""What a model_fn returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.export.outputs import ExportOutput, with_default_signature
from trainwright.estimator.keras.metrics import is_keras_metric, make_local, metric_pair
from trainwright.estimator.mode_keys import ModeKeys

v1 = tf.compat.v1


class _Fields(NamedTuple):
    mode: str
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: dict[str, tuple[Any, Any]]
    export_outputs: dict[str, ExportOutput] | None
    training_chief_hooks: tuple[Any, ...]
    training_hooks: tuple[Any, ...]
    scaffold: Any
    evaluation_hooks: tuple[Any, ...]
    prediction_hooks: tuple[Any, ...]


class EstimatorSpec(_Fields):
    """The operations that train, evaluate or predict, and what goes with them.

    Args:
        mode: one of :class:`ModeKeys`.
        predictions: a tensor, or a dict of tensors. Required to predict.
        loss: a scalar tensor (a tensor of one element is reshaped). Required to train and evaluate.
        train_op: the op of one training step, the increment of the global step included.
            Required to train.
        eval_metric_ops: name -> ``(value, update_op)``, or a metric object.
        export_outputs: signature name -> :class:`export.ExportOutput`. One alone becomes the
            default signature; of several, one must be named ``"serving_default"``. None: all
            predictions, as one predict signature.
        training_chief_hooks: SessionRunHooks that run on the chief while training.
        training_hooks: SessionRunHooks that run on all workers while training.
        scaffold: a ``tf.compat.v1.train.Scaffold`` with the session's init and save ops.
        evaluation_hooks: SessionRunHooks that run while evaluating.
        prediction_hooks: SessionRunHooks that run while predicting.

    Raises:
        ValueError: something the mode needs is missing, the loss is not a scalar, or a tensor
            belongs to another graph.
        TypeError: an argument of another type.
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Mapping[str, Any] | None = None,
        export_outputs: Mapping[str, ExportOutput] | None = None,
        training_chief_hooks: Iterable[Any] | None = None,
        training_hooks: Iterable[Any] | None = None,
        scaffold: Any = None,
        evaluation_hooks: Iterable[Any] | None = None,
        prediction_hooks: Iterable[Any] | None = None,
    ) -> EstimatorSpec:
        """Checks the arguments and fills in the defaults."""
        if predictions is None and mode == ModeKeys.PREDICT:
            raise ValueError("EstimatorSpec for PREDICT is missing predictions.")
        predictions = _check_predictions({} if predictions is None else predictions)
        outputs = _check_export_outputs(export_outputs, predictions, mode)
        spec = super().__new__(
            cls,
            mode=mode,
            predictions=predictions,
            loss=_check_loss(loss, mode),
            train_op=_check_train_op(train_op, mode),
            eval_metric_ops=_check_eval_metric_ops(eval_metric_ops),
            export_outputs=outputs,
            training_chief_hooks=_check_hooks(training_chief_hooks, "training_chief_hooks"),
            training_hooks=_check_hooks(training_hooks, "training_hooks"),
            scaffold=_check_scaffold(scaffold),
            evaluation_hooks=_check_hooks(evaluation_hooks, "evaluation_hooks"),
            prediction_hooks=_check_hooks(prediction_hooks, "prediction_hooks"),
        )
        _check_graph(spec)
        return spec


def _is_tensor(value: Any) -> bool:
    return bool(tf.is_tensor(value)) or isinstance(value, tf.Variable)


def _check_predictions(predictions: Any) -> Any:
    if isinstance(predictions, Mapping):
        for name, value in predictions.items():
            if not _is_tensor(value):
                raise TypeError(f"predictions[{name!r}] must be a Tensor. Got {value!r} instead.")
        return dict(predictions)
    if not _is_tensor(predictions):
        raise TypeError(
            f"predictions must be a Tensor or a dict of Tensors. Got {predictions!r} instead."
        )
    return predictions


def _check_loss(loss: Any, mode: str) -> Any:
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError(f"EstimatorSpec for {mode!r} is missing loss.")
        return None
    if not _is_tensor(loss):
        raise TypeError(f"loss must be a Tensor. Got {loss!r} instead.")
    loss = tf.convert_to_tensor(loss)
    # A batch of unknown size may hold one example: whoever reduces no loss has batches of one.
    if loss.shape.num_elements() not in (None, 1):
        raise ValueError(f"loss must be a scalar. Got a Tensor of shape {loss.shape} instead.")
    return loss if loss.shape.rank == 0 else tf.reshape(loss, [])


def _check_train_op(train_op: Any, mode: str) -> Any:
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("EstimatorSpec for TRAIN is missing train_op.")
        return None
    if isinstance(train_op, tf.Operation) or _is_tensor(train_op):
        return train_op
    raise TypeError(
        f"train_op must be an Operation or a Tensor. Got {train_op!r} instead; Keras optimizers "
        "apply their gradients at once in eager code and return no op."
    )


def _check_eval_metric_ops(metric_ops: Mapping[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    if metric_ops is None:
        return {}
    if not isinstance(metric_ops, Mapping):
        raise TypeError(f"eval_metric_ops must be a dict. Got {metric_ops!r} instead.")
    checked = {}
    for name, metric in metric_ops.items():
        pair = metric_pair(metric, name) if is_keras_metric(metric) else _metric_pair(metric)
        if pair is None:
            raise TypeError(
                f"eval_metric_ops[{name!r}] must be a pair (value, update_op) or a metric object. "
                f"Got {metric!r} instead."
            )
        checked[name] = pair
    return checked


def _metric_pair(metric: Any) -> tuple[Any, Any] | None:
    """The value tensor and the update op of a metric, None where it is no metric."""
    if isinstance(metric, Sequence) and not isinstance(metric, str):
        if len(metric) != 2:
            return None
        value, update = metric
        value_ok = _is_tensor(value) or not isinstance(value, tf.Operation)
        return (value, update) if value_ok else None
    updates = getattr(metric, "updates", None)
    if callable(getattr(metric, "result", None)) and updates:
        make_local(getattr(metric, "variables", ()))
        return metric.result(), tf.group(*updates)
    return None


def _check_export_outputs(
    outputs: Mapping[str, ExportOutput] | None, predictions: Any, mode: str
) -> dict[str, ExportOutput] | None:
    if mode != ModeKeys.PREDICT:
        return dict(outputs) if isinstance(outputs, Mapping) else outputs
    return with_default_signature(outputs, predictions)


def _check_hooks(hooks: Iterable[Any] | None, name: str) -> tuple[Any, ...]:
    checked = tuple(hooks or ())
    for hook in checked:
        if not isinstance(hook, v1.train.SessionRunHook):
            raise TypeError(f"{name} must be SessionRunHooks. Got {hook!r} instead.")
    return checked


def _check_scaffold(scaffold: Any) -> Any:
    if scaffold is None:
        return v1.train.Scaffold()
    if not isinstance(scaffold, v1.train.Scaffold):
        raise TypeError(
            f"scaffold must be a tf.compat.v1.train.Scaffold. Got {scaffold!r} instead."
        )
    return scaffold


def _check_graph(spec: EstimatorSpec) -> None:
    """Whether all tensors and ops were made in the graph being built now."""
    if tf.executing_eagerly():
        return
    named = [("loss", spec.loss), ("train_op", spec.train_op)]
    predictions = spec.predictions
    if isinstance(predictions, dict):
        named += [(f"predictions[{name!r}]", value) for name, value in predictions.items()]
    else:
        named.append(("predictions", predictions))
    for name, (value, update) in spec.eval_metric_ops.items():
        named += [(f"eval_metric_ops[{name!r}]", value), (f"eval_metric_ops[{name!r}]", update)]
    default = v1.get_default_graph()
    for name, value in named:
        graph = getattr(value, "graph", None)
        if graph is not None and graph is not default:
            raise ValueError(
                f"{name} ({value!r}) belongs to another graph than the one being built. Create "
                "it inside the model_fn, anew at each call."
            )
