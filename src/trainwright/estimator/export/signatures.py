"""The SignatureDefs of an exported graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.export.outputs import DEFAULT_SIGNATURE, ExportOutput

v1 = tf.compat.v1


def build_signatures(
    receiver_tensors: Mapping[str, Any],
    export_outputs: Mapping[str, ExportOutput],
    alternatives: Mapping[str, Mapping[str, Any]] | None = None,
    serving_only: bool = True,
) -> tuple[dict[str, Any], dict[str, str]]:
    """One SignatureDef for each output, and for each alternative receiver.

    Args:
        receiver_tensors: name -> placeholder.
        export_outputs: signature name -> output.
        alternatives: name -> receiver tensors that may be fed instead.
        serving_only: keep only what a model server accepts: classify, regress and predict.

    Returns:
        The signatures by name, and the reason by name of those left out: a classify or regress
        signature needs one string tensor of serialized Examples, which not every receiver has.
    """
    signatures: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    receivers: dict[str | None, Mapping[str, Any]] = {None: receiver_tensors}
    receivers.update(alternatives or {})
    for receiver_name, tensors in receivers.items():
        for output_name, output in export_outputs.items():
            name = _signature_name(receiver_name, output_name)
            try:
                signature = output.as_signature_def(tensors)
            except ValueError as problem:
                left_out[name] = str(problem)
                continue
            if serving_only and not v1.saved_model.is_valid_signature(signature):
                left_out[name] = "not a signature that model servers accept"
                continue
            signatures[name] = signature
    return signatures, left_out


def _signature_name(receiver_name: str | None, output_name: str) -> str:
    if receiver_name is None:
        return output_name
    return receiver_name if output_name == DEFAULT_SIGNATURE else f"{receiver_name}:{output_name}"
