"""What an exported model gives back, and the signatures that follow from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1
DEFAULT_SIGNATURE = v1.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class ExportOutput(ABC):
    """One signature of an exported model."""

    @abstractmethod
    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """The SignatureDef from these receiver tensors to this output.

        Args:
            receiver_tensors: name -> placeholder.

        Raises:
            ValueError: the receiver does not fit this kind of signature.
        """


class ClassificationOutput(ExportOutput):
    """Scores of classes, their names, or both.

    Args:
        scores: float tensor ``[batch, classes]``, or None.
        classes: string tensor ``[batch, classes]`` in the order of the scores, or None.

    Raises:
        ValueError: neither given, scores not float, classes not string.
    """

    def __init__(self, scores: Any = None, classes: Any = None):
        if scores is None and classes is None:
            raise ValueError("ClassificationOutput needs scores, classes or both. Got neither.")
        _check(scores, "scores", lambda dtype: dtype.is_floating, "a float Tensor")
        _check(classes, "classes", lambda dtype: dtype == tf.string, "a string Tensor")
        self.scores = scores
        self.classes = classes

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """A classify signature, whose one input is a string tensor of serialized Examples."""
        examples = _examples_tensor(receiver_tensors, "Classification")
        return v1.saved_model.classification_signature_def(examples, self.classes, self.scores)


class RegressionOutput(ExportOutput):
    """One value for each example.

    Args:
        value: float tensor ``[batch]`` or ``[batch, 1]``.

    Raises:
        ValueError: not a float tensor.
    """

    def __init__(self, value: Any):
        if value is None:
            raise ValueError("RegressionOutput needs a value. Got None instead.")
        _check(value, "value", lambda dtype: dtype.is_floating, "a float Tensor")
        self.value = value

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """A regress signature, whose one input is a string tensor of serialized Examples."""
        examples = _examples_tensor(receiver_tensors, "Regression")
        return v1.saved_model.regression_signature_def(examples, self.value)


class PredictOutput(ExportOutput):
    """Any tensors by name.

    Args:
        outputs: a dict of tensors, or one tensor, which is then named ``"output"``.

    Raises:
        ValueError: not tensors, or a name that is not a string.
    """

    _SINGLE_NAME = "output"

    def __init__(self, outputs: Any):
        self.outputs = _named(outputs, self._SINGLE_NAME, "outputs")

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """A predict signature with all receiver tensors as its inputs."""
        return v1.saved_model.predict_signature_def(dict(receiver_tensors), self.outputs)


class EvalOutput(ExportOutput):
    """What evaluation gives: the loss, the predictions and the metrics.

    Args:
        loss: a scalar tensor or a dict of them, or None.
        predictions: a tensor or a dict of tensors, or None.
        metrics: name -> (value, update op), or None.
    """

    METHOD_NAME = "tensorflow/supervised/eval"
    DEFAULT_KEY = "eval"

    def __init__(self, loss: Any = None, predictions: Any = None, metrics: Any = None):
        self.loss = None if loss is None else _named(loss, "loss", "loss")
        self.predictions = (
            None if predictions is None else _named(predictions, "predictions", "predictions")
        )
        self.metrics = dict(metrics or {})

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """A signature whose outputs are the loss, the predictions and both parts of each metric.

        They are named ``loss``, ``predictions/{name}``, ``metrics/{name}/value`` and so on.
        """
        outputs: dict[str, Any] = {}
        for name, value in (self.loss or {}).items():
            outputs[_below("loss", name)] = value
        for name, value in (self.predictions or {}).items():
            outputs[_below("predictions", name)] = value
        for name, (value, update) in self.metrics.items():
            outputs[f"{_below('metrics', name)}/value"] = value
            outputs[f"{_below('metrics', name)}/update_op"] = update
        infos = {name: _tensor_info(value) for name, value in outputs.items()}
        inputs = {name: v1.saved_model.build_tensor_info(t) for name, t in receiver_tensors.items()}
        return v1.saved_model.build_signature_def(inputs, infos, self.METHOD_NAME)


class TrainOutput(EvalOutput):
    """What a training graph gives: as :class:`EvalOutput`, under the training method's name."""

    METHOD_NAME = "tensorflow/supervised/training"
    DEFAULT_KEY = "train"


def with_default_signature(
    outputs: Mapping[str, ExportOutput] | None, predictions: Any
) -> dict[str, ExportOutput]:
    """Export outputs among which one is the default signature.

    Args:
        outputs: as given to the EstimatorSpec; None: the predictions, as a predict signature.
        predictions: a tensor or a dict of tensors.

    Raises:
        TypeError: not a dict of ExportOutputs.
        ValueError: several, and none named ``"serving_default"``.
    """
    if outputs is None:
        return {DEFAULT_SIGNATURE: PredictOutput(predictions)}
    if not isinstance(outputs, Mapping):
        raise TypeError(f"export_outputs must be a dict. Got {outputs!r} instead.")
    for name, output in outputs.items():
        if not isinstance(output, ExportOutput):
            raise TypeError(
                f"export_outputs[{name!r}] must be an ExportOutput, such as PredictOutput. "
                f"Got {output!r} instead."
            )
    named = dict(outputs)
    if len(named) == 1:
        named[DEFAULT_SIGNATURE] = next(iter(named.values()))
    if len(named) > 1 and DEFAULT_SIGNATURE not in named:
        raise ValueError(
            f"export_outputs has several entries ({', '.join(named)}): name the default one "
            f"{DEFAULT_SIGNATURE!r}."
        )
    return named


def _check(value: Any, name: str, accepts: Any, wanted: str) -> None:
    if value is not None and not (tf.is_tensor(value) and accepts(value.dtype)):
        raise ValueError(f"{name} must be {wanted}. Got {value!r} instead.")


def _named(value: Any, single_name: str, argument: str) -> dict[str, Any]:
    named = dict(value) if isinstance(value, Mapping) else {single_name: value}
    for name, tensor in named.items():
        if not isinstance(name, (str, tuple)):
            raise ValueError(f"{argument}: names must be strings. Got {name!r} instead.")
        if not tf.is_tensor(tensor) and not isinstance(tensor, tf.Variable):
            raise ValueError(f"{argument}[{name!r}] must be a Tensor. Got {tensor!r} instead.")
    # Names of nested predictions, such as (head, key) of a MultiHead, are joined by a slash.
    return {"/".join(n) if isinstance(n, tuple) else n: t for n, t in named.items()}


def _below(prefix: str, name: str) -> str:
    # As TensorFlow 2.15 named them: what begins with the prefix gets none.
    return name if name.startswith(prefix) else f"{prefix}/{name}"


def _examples_tensor(receiver_tensors: Mapping[str, Any], kind: str) -> Any:
    tensors = list(receiver_tensors.values())
    if len(tensors) == 1 and getattr(tensors[0], "dtype", None) == tf.string:
        return tensors[0]
    received = ", ".join(f"{n}: {t.dtype.name}" for n, t in receiver_tensors.items())
    raise ValueError(
        f"{kind} signatures take exactly one string tensor of serialized Examples. "
        f"The receiver has {received} instead."
    )


def _tensor_info(value: Any) -> Any:
    if isinstance(value, tf.Operation):
        with v1.control_dependencies([value]):
            value = tf.constant([], name="metric_op_wrapper")
    return v1.saved_model.build_tensor_info(value)
