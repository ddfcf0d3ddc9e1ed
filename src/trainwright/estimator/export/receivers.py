"""What an exported model is given: placeholders, and the features made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

v1 = tf.compat.v1

_SINGLE_FEATURE = "feature"
_SINGLE_LABEL = "label"
_SINGLE_RECEIVER = "input"
_COMPOSITE = (tf.SparseTensor, tf.RaggedTensor)


class _ServingFields(NamedTuple):
    features: Any
    receiver_tensors: dict[str, Any]
    receiver_tensors_alternatives: dict[str, dict[str, Any]] | None


class ServingInputReceiver(_ServingFields):
    """The features of a model being served, and the placeholders that they are made of.

    Args:
        features: a dict of tensors for the model_fn; a single tensor becomes
            ``{"feature": tensor}``.
        receiver_tensors: a placeholder, or a dict of them; a single one is named ``"input"``.
        receiver_tensors_alternatives: more signatures: name -> receiver tensors that can be fed
            instead, such as tensors that are computed from the placeholders.

    Raises:
        ValueError: something missing, or not a tensor.
    """

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> ServingInputReceiver:
        """Checks the arguments and names single tensors."""
        return super().__new__(
            cls,
            features=_named_tensors(features, "features", _SINGLE_FEATURE),
            receiver_tensors=_named_receivers(receiver_tensors),
            receiver_tensors_alternatives=_alternatives(receiver_tensors_alternatives),
        )


class TensorServingInputReceiver(_ServingFields):
    """As :class:`ServingInputReceiver`, for a model_fn whose features are one bare tensor.

    Raises:
        ValueError: something missing, a dict of features, or not a tensor.
    """

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> TensorServingInputReceiver:
        """Checks the arguments and names single receiver tensors."""
        if features is None:
            raise ValueError("features must be given. Got None instead.")
        _check_tensor(features, "features")
        return super().__new__(
            cls,
            features=features,
            receiver_tensors=_named_receivers(receiver_tensors),
            receiver_tensors_alternatives=_alternatives(receiver_tensors_alternatives),
        )


class _SupervisedFields(NamedTuple):
    features: Any
    labels: Any
    receiver_tensors: dict[str, Any]
    receiver_tensors_alternatives: None


class SupervisedInputReceiver(_SupervisedFields):
    """The features and labels of an exported training or evaluation graph.

    Args:
        features: a tensor or a dict of tensors.
        labels: a tensor or a dict of tensors; None where the model has none.
        receiver_tensors: a placeholder, or a dict of them.

    Raises:
        ValueError: something missing, or not a tensor.
    """

    __slots__ = ()

    def __new__(cls, features: Any, labels: Any, receiver_tensors: Any) -> SupervisedInputReceiver:
        """Checks the arguments."""
        _named_tensors(features, "features", _SINGLE_FEATURE)
        if labels is not None:
            _named_tensors(labels, "labels", _SINGLE_LABEL)
        return super().__new__(
            cls,
            features=features,
            labels=labels,
            receiver_tensors=_named_receivers(receiver_tensors),
            receiver_tensors_alternatives=None,
        )


def build_parsing_serving_input_receiver_fn(
    feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A receiver that parses serialized tf.Examples.

    Args:
        feature_spec: feature name -> ``tf.io.FixedLenFeature``, ``VarLenFeature``,
            ``SparseFeature`` or ``RaggedFeature``.
        default_batch_size: the batch size of the placeholder; None: any.

    Returns:
        A function without arguments that makes one placeholder ``input_example_tensor``, a string
        tensor ``[batch]``, fed as ``"examples"``.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        serialized = v1.placeholder(tf.string, [default_batch_size], "input_example_tensor")
        features = tf.io.parse_example(serialized, dict(feature_spec))
        return ServingInputReceiver(features, {"examples": serialized})

    return serving_input_receiver_fn


def build_raw_serving_input_receiver_fn(
    features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A receiver with one placeholder for each feature.

    Args:
        features: name -> a tensor whose dtype and shape, but for the batch, the placeholder has.
        default_batch_size: the batch size of the placeholders; None: any.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        placeholders = _placeholders_like(features, default_batch_size)
        return ServingInputReceiver(placeholders, placeholders)

    return serving_input_receiver_fn


def build_raw_supervised_input_receiver_fn(
    features: Any, labels: Any, default_batch_size: int | None = None
) -> Callable[[], SupervisedInputReceiver]:
    """A receiver with one placeholder for each feature and label.

    Args:
        features: a tensor, or name -> tensor, to take dtypes and shapes from. A tensor is fed as
            ``"input"``.
        labels: the same for the labels; a tensor is fed as ``"label"``.
        default_batch_size: the batch size of the placeholders; None: any.

    Raises:
        ValueError: a name that is both a feature and a label.
    """
    named_features = _as_dict(features, _SINGLE_RECEIVER)
    named_labels = _as_dict(labels, _SINGLE_LABEL)
    both = sorted(set(named_features) & set(named_labels))
    if both:
        raise ValueError(f"Features and labels must not share names. Both have: {', '.join(both)}.")

    def supervised_input_receiver_fn() -> SupervisedInputReceiver:
        feature_placeholders = _placeholders_like(named_features, default_batch_size)
        label_placeholders = _placeholders_like(named_labels, default_batch_size)
        return SupervisedInputReceiver(
            features=_like(features, feature_placeholders, _SINGLE_RECEIVER),
            labels=_like(labels, label_placeholders, _SINGLE_LABEL),
            receiver_tensors={**feature_placeholders, **label_placeholders},
        )

    return supervised_input_receiver_fn


def _placeholders_like(tensors: Mapping[str, Any], batch_size: int | None) -> dict[str, Any]:
    placeholders = {}
    for name, tensor in tensors.items():
        # A scalar stands for a batch of scalars, a tensor of unknown shape for any.
        known = tensor.shape.rank is not None
        shape = [batch_size, *tensor.shape.as_list()[1:]] if known else None
        placeholders[name] = v1.placeholder(
            tensor.dtype, shape, name=tensor.op.name if hasattr(tensor, "op") else None
        )
    return placeholders


def _as_dict(value: Any, single_name: str) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {single_name: value}


def _like(original: Any, named: dict[str, Any], single_name: str) -> Any:
    return named if isinstance(original, Mapping) else named[single_name]


def _check_tensor(value: Any, name: str) -> None:
    if not (tf.is_tensor(value) or isinstance(value, _COMPOSITE)):
        raise ValueError(
            f"{name} must be a Tensor, SparseTensor or RaggedTensor. Got {value!r} instead."
        )


def _named_tensors(value: Any, argument: str, single_name: str) -> dict[str, Any]:
    if value is None:
        raise ValueError(f"{argument} must be given. Got None instead.")
    named = _as_dict(value, single_name)
    for name, tensor in named.items():
        _check_tensor(tensor, f"{argument}[{name!r}]")
    return named


def _named_receivers(value: Any) -> dict[str, Any]:
    named = _named_tensors(value, "receiver_tensors", _SINGLE_RECEIVER)
    for name in named:
        if not isinstance(name, str):
            raise ValueError(
                f"The names of receiver_tensors must be strings. Got {name!r} instead."
            )
    return named


def _alternatives(value: Any) -> dict[str, dict[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValueError(f"receiver_tensors_alternatives must be a dict. Got {value!r} instead.")
    return {name: _named_receivers(tensors) for name, tensors in value.items()}
