"""What areas under curves are computed from, kept for whoever draws the curves.

TensorBoard's PR curves, and the report of a run, draw a summary of shape `[6, thresholds]` that
belongs to the plugin ``pr_curves``: true positives, false positives, true negatives, false
negatives, precision and recall, each at thresholds from 0 to 1 at equal distances. Its plugin
data are a PrCurvePluginData message with ``num_thresholds`` as field 2 (tensorboard,
plugins/pr_curve/plugin_data.proto).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.step_graph import all_operations

__all__ = ["add_curve", "score_curves"]

_AREA, _CURVE = "auc", "pr_curve"
_HITS, _FALSE_ALARMS = "true_positives", "false_positives"


def score_curves(metric_ops: Mapping[str, Any]) -> dict[str, Any]:
    """The curves behind those metrics named ``auc`` that heads compute.

    Must be called with the graph of the metrics as the default.

    Args:
        metric_ops: name -> (value, update).

    Returns:
        ``pr_curve``, or ``pr_curve/{head}`` where there are several -> float32 `[6, thresholds]`.
    """
    found = {}
    for name, (value, _) in metric_ops.items():
        metric, slash, head = name.partition("/")
        if metric == _AREA and hasattr(value, "op"):
            counts = _counts(value)
            if counts is not None:
                found[f"{_CURVE}{slash}{head}"] = _curve(*counts)
    return found


def _counts(area: Any) -> tuple[Any, Any] | None:
    """Positives and negatives by score, from which the metric's value is computed."""
    read = {}
    for operation in all_operations([area]):
        if operation.type == "ReadVariableOp":
            variable = operation.inputs[0].op.name.rpartition("/")[2]
            kind = next((k for k in (_HITS, _FALSE_ALARMS) if variable.startswith(k)), variable)
            read[kind] = operation.outputs[0]
    # Metrics of TensorFlow itself have four variables, which count otherwise.
    if set(read) != {_HITS, _FALSE_ALARMS}:
        return None
    return read[_HITS], read[_FALSE_ALARMS]


def _curve(positives: Any, negatives: Any) -> Any:
    """The six rows, from what lies between each threshold and the next."""
    hits, false_alarms = (tf.cumsum(counts, reverse=True) for counts in (positives, negatives))
    misses, rejections = hits[0] - hits, false_alarms[0] - false_alarms
    precision = tf.math.divide_no_nan(hits, hits + false_alarms)
    recall = tf.math.divide_no_nan(hits, hits[0])
    return tf.stack([hits, false_alarms, rejections, misses, precision, recall])


def add_curve(summary: Any, tag: str, curve: Any) -> None:
    """Adds a curve to a Summary, so that TensorBoard knows what it is.

    Args:
        summary: a Summary message.
        tag: its name.
        curve: `[6, thresholds]`.
    """
    value = summary.value.add(tag=tag)
    value.tensor.CopyFrom(tf.make_tensor_proto(curve, dtype=tf.float32))
    value.metadata.plugin_data.plugin_name = "pr_curves"
    value.metadata.plugin_data.content = b"\x10" + _varint(curve.shape[1])


def _varint(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])
