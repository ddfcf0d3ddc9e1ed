"""The eval SavedModel: a model's evaluation graph, for analysis after training.

It is the layout that TensorFlow Model Analysis reads of Estimators: the SavedModel's tag and
signature are ``eval``, the signature's inputs name features and labels, its outputs the
predictions and both parts of each metric, and collections below ``evaluation_only/`` say the same
once more for older readers. Seen in what TensorFlow Model Analysis 0.46 writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.core import Estimator
from trainwright.estimator.export.receivers import SupervisedInputReceiver
from trainwright.estimator.input_fn import batch_size_of
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.events import announce

__all__ = [
    "EvalInputReceiver",
    "build_parsing_eval_input_receiver_fn",
    "export_eval_savedmodel",
]

v1 = tf.compat.v1

LAYOUT_VERSION = "0.46.0"
"""The version of TensorFlow Model Analysis whose layout this is."""

_LABEL_KEY = "__labels"


class _Fields(NamedTuple):
    features: dict[str, Any]
    labels: Any
    receiver_tensors: dict[str, Any]
    input_refs: Any


class EvalInputReceiver(_Fields):
    """What an eval SavedModel is fed, and the features and labels that are made of it.

    Args:
        features: name -> tensor, for the model_fn and to slice by; it may have features that the
            model does not use.
        labels: a tensor, or a dict of tensors.
        receiver_tensors: the placeholder for serialized Examples, by its name.
        input_refs: int tensor ``[batch]``: for each row of the features, the row of the
            receiver tensor that it comes from. None: they correspond one to one.

    Raises:
        ValueError: features that are not a dict, or not exactly one receiver tensor.
    """

    __slots__ = ()

    def __new__(
        cls,
        features: Mapping[str, Any],
        labels: Any,
        receiver_tensors: Mapping[str, Any],
        input_refs: Any = None,
    ) -> EvalInputReceiver:
        """Checks the arguments; must be called while the graph is built."""
        if not isinstance(features, Mapping):
            raise ValueError(f"features must be a dict of tensors. Got {features!r} instead.")
        if not isinstance(receiver_tensors, Mapping) or len(receiver_tensors) != 1:
            raise ValueError(
                "receiver_tensors must be a dict of one placeholder for serialized Examples. "
                f"Got {receiver_tensors!r} instead."
            )
        if input_refs is None:
            rows = batch_size_of(list(receiver_tensors.values()))
            input_refs = tf.range(tf.cast(rows, tf.int32))
        return super().__new__(cls, dict(features), labels, dict(receiver_tensors), input_refs)


def build_parsing_eval_input_receiver_fn(
    feature_spec: Mapping[str, Any], label_key: str | None
) -> Callable[[], EvalInputReceiver]:
    """A receiver that parses serialized tf.Examples, the label among the features.

    Args:
        feature_spec: feature name -> parsing spec, with the label.
        label_key: the feature that is the label; None: there is no label.

    Returns:
        A function without arguments, to be given as ``eval_input_receiver_fn``.
    """

    def eval_input_receiver_fn() -> EvalInputReceiver:
        serialized = v1.placeholder(tf.string, [None], name="input_example_tensor")
        features = tf.io.parse_example(serialized, dict(feature_spec))
        labels = None if label_key is None else features[label_key]
        return EvalInputReceiver(features, labels, {"examples": serialized})

    return eval_input_receiver_fn


def export_eval_savedmodel(
    estimator: Estimator,
    export_dir_base: str,
    eval_input_receiver_fn: Callable[[], EvalInputReceiver],
    serving_input_receiver_fn: Callable[[], Any] | None = None,
    assets_extra: Mapping[str, str] | None = None,
    checkpoint_path: str | None = None,
) -> bytes:
    """Exports the evaluation graph, and on demand the serving graph beside it.

    Args:
        estimator: the trained Estimator.
        export_dir_base: where the timestamped directory is made.
        eval_input_receiver_fn: makes the :class:`EvalInputReceiver`.
        serving_input_receiver_fn: makes the receiver of the serving graph; None: none.
        assets_extra: path within ``assets.extra`` -> file to copy there.
        checkpoint_path: prefix of the checkpoint; None: the latest.

    Returns:
        The directory, as bytes.

    Raises:
        TypeError: the receiver function returns something else.
        ValueError: there is no checkpoint.
    """
    receivers: dict[str, Callable[[], Any]] = {
        ModeKeys.EVAL: lambda: _as_supervised_receiver(eval_input_receiver_fn)
    }
    if serving_input_receiver_fn is not None:
        receivers[ModeKeys.PREDICT] = serving_input_receiver_fn
    path = estimator.experimental_export_all_saved_models(
        export_dir_base, receivers, assets_extra=assets_extra, checkpoint_path=checkpoint_path
    )
    announce.on_export("eval", tf.compat.as_str_any(path))
    return path


def _as_supervised_receiver(eval_input_receiver_fn: Callable[[], Any]) -> SupervisedInputReceiver:
    """Calls the function, and gives the signature's inputs the names that readers look for."""
    receiver = eval_input_receiver_fn()
    wanted = ("features", "labels", "receiver_tensors", "input_refs")
    if not all(hasattr(receiver, name) for name in wanted):
        raise TypeError(
            "eval_input_receiver_fn must return an EvalInputReceiver. "
            f"Got {receiver!r} instead; a serving receiver has no labels."
        )
    _add_collections(receiver)
    tensors = {f"inputs/{name}": value for name, value in receiver.receiver_tensors.items()}
    tensors |= {f"features/{name}": value for name, value in receiver.features.items()}
    if isinstance(receiver.labels, Mapping):
        tensors |= {f"labels/{name}": value for name, value in receiver.labels.items()}
    elif receiver.labels is not None:
        tensors["labels"] = receiver.labels
    tensors["input_refs"] = receiver.input_refs
    tensors["tfma/version"] = tf.constant(LAYOUT_VERSION)
    return SupervisedInputReceiver(receiver.features, receiver.labels, tensors)


def _add_collections(receiver: Any) -> None:
    v1.add_to_collection("evaluation_only/metadata/tfma_version", LAYOUT_VERSION)
    example_ref = v1.saved_model.build_tensor_info(receiver.input_refs)
    _add_proto("evaluation_only/label_graph/example_ref", example_ref)
    labels = receiver.labels
    named_labels = labels if isinstance(labels, Mapping) else {_LABEL_KEY: labels}
    for kind, tensors in (("features", receiver.features), ("labels", named_labels)):
        for name, tensor in tensors.items():
            if tensor is not None:
                info = v1.saved_model.build_tensor_info(tensor)
                v1.add_to_collection(f"evaluation_only/label_graph/{kind}/key", f"$Bytes${name}")
                _add_proto(f"evaluation_only/label_graph/{kind}/node", info)


def _add_proto(collection: str, proto: Any) -> None:
    # A graph's collections keep protos of any kind only inside of an Any.
    from google.protobuf.any_pb2 import Any as AnyProto

    packed = AnyProto()
    packed.Pack(proto)
    v1.add_to_collection(collection, packed)
