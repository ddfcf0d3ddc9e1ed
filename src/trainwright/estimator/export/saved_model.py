"""Writing SavedModels: the graph of each mode, with the variables of a checkpoint."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from trainwright.errors import ExportError
from trainwright.estimator.engine.checkpoints import restore_error
from trainwright.estimator.engine.graph import ModelDefinition, call_model_fn, new_graph
from trainwright.estimator.export.outputs import (
    EvalOutput,
    ExportOutput,
    TrainOutput,
    with_default_signature,
)
from trainwright.estimator.export.signatures import build_signatures
from trainwright.estimator.mode_keys import EXPORT_TAGS, ModeKeys
from trainwright.estimator.run_config import RunConfig
from trainwright.estimator.spec import EstimatorSpec
from trainwright.events import announce

v1 = tf.compat.v1
_EXTRA_ASSETS = "assets.extra"
_TRAIN_OP_COLLECTION = "saved_model_train_op"
"""Where loaders of SavedModels that train on look for the op of one step."""


def export_saved_model(
    definition: ModelDefinition,
    export_dir_base: str,
    receiver_fns: Mapping[str, Callable[[], Any]],
    *,
    checkpoint: str,
    assets_extra: Mapping[str, str] | None = None,
    as_text: bool = False,
    strip_default_attrs: bool = True,
) -> bytes:
    """Exports one graph for each mode into a new timestamped directory.

    The directory appears by one rename, when it is complete.

    Args:
        definition: the model.
        export_dir_base: the directory in which the timestamped one is made.
        receiver_fns: mode -> function that makes the receiver of that mode.
        checkpoint: prefix of the checkpoint with the variables.
        assets_extra: path within ``assets.extra`` -> file to copy there.
        as_text: write ``saved_model.pbtxt`` in place of ``saved_model.pb``.
        strip_default_attrs: leave out attributes of ops that have their default values.

    Returns:
        The directory, as bytes.

    Raises:
        ValueError: no receiver function.
        CheckpointError: the checkpoint does not fit the model, or is damaged.
        ExportError: a model without a single signature that model servers accept.
    """
    if not receiver_fns:
        raise ValueError("No receiver function was given, so that there is nothing to export.")
    final = timestamped_dir(export_dir_base)
    temporary = f"{os.path.dirname(final)}/temp-{os.path.basename(final)}"  # noqa: PTH119, PTH120
    try:
        builder = v1.saved_model.Builder(temporary)
        # The first graph added carries the variables.
        for index, mode in enumerate(sorted(receiver_fns, key=_export_order)):
            _add_graph(
                builder,
                definition,
                mode,
                receiver_fns[mode],
                checkpoint,
                first=index == 0,
                strip_default_attrs=strip_default_attrs,
            )
        builder.save(as_text)
        _copy_extra_assets(assets_extra or {}, temporary)
        tf.io.gfile.rename(temporary, final)
    except BaseException:
        if tf.io.gfile.exists(temporary):
            tf.io.gfile.rmtree(temporary)
        raise
    return os.fsencode(final)


def timestamped_dir(base: str) -> str:
    """A directory name below the base that is a Unix time in seconds and not taken yet.

    It is greater than any there is, also where the clock has been set back: the greatest name is
    taken to be the newest export.
    """
    base = os.fsdecode(base)
    names = tf.io.gfile.listdir(base) if tf.io.gfile.isdir(base) else []
    numbers = [name.strip("/").removeprefix("temp-") for name in names]
    stamp = max(int(time.time()), *(int(n) + 1 for n in numbers if n.isdecimal()), 0)
    while tf.io.gfile.exists(f"{base}/{stamp}") or tf.io.gfile.exists(f"{base}/temp-{stamp}"):
        stamp += 1
    return f"{base}/{stamp}"


def _export_order(mode: str) -> int:
    return (ModeKeys.TRAIN, ModeKeys.EVAL, ModeKeys.PREDICT).index(mode)


def _add_graph(
    builder: Any,
    definition: ModelDefinition,
    mode: str,
    receiver_fn: Callable[[], Any],
    checkpoint: str,
    first: bool,
    strip_default_attrs: bool,
) -> None:
    with new_graph(definition.config) as graph:
        receiver = receiver_fn()
        labels = getattr(receiver, "labels", None)
        spec = call_model_fn(definition, receiver.features, labels, mode)
        signatures = _signatures(receiver, spec, mode)
        with v1.Session(graph=graph, config=_as_it_is(definition.config)) as session:
            init_op = spec.scaffold.local_init_op or v1.group(
                v1.local_variables_initializer(), v1.tables_initializer()
            )
            saver = spec.scaffold.saver or v1.train.Saver(sharded=True)
            _restore(saver, session, checkpoint, mode)
            if spec.train_op is not None:
                graph.add_to_collection(_TRAIN_OP_COLLECTION, spec.train_op)
            arguments = {
                "tags": list(EXPORT_TAGS[mode]),
                "signature_def_map": signatures,
                "assets_collection": v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
                "main_op": init_op,
                "saver": saver,
                "strip_default_attrs": strip_default_attrs,
            }
            if first:
                builder.add_meta_graph_and_variables(session, **arguments)
            else:
                builder.add_meta_graph(**arguments)


def _as_it_is(config: RunConfig) -> Any:
    """The session's configuration, without rewriting of graphs: nothing is computed in it."""
    as_it_is = v1.ConfigProto()
    if config.session_config is not None:
        as_it_is.CopyFrom(config.session_config)
    as_it_is.graph_options.rewrite_options.disable_meta_optimizer = True
    return as_it_is


def _restore(saver: Any, session: Any, checkpoint: str, mode: str) -> None:
    try:
        saver.restore(session, checkpoint)
    except (ValueError, tf.errors.OpError) as problem:
        raise restore_error(checkpoint, problem, f"the graph of mode {mode!r}") from problem


def _signatures(receiver: Any, spec: EstimatorSpec, mode: str) -> dict[str, Any]:
    outputs = _export_outputs(spec, mode)
    signatures, left_out = build_signatures(
        receiver.receiver_tensors,
        outputs,
        getattr(receiver, "receiver_tensors_alternatives", None),
        serving_only=mode == ModeKeys.PREDICT,
    )
    for name, reason in left_out.items():
        announce.on_warning(f"Signature {name!r} is not exported: {reason}")
    if not signatures:
        raise ExportError(
            "The export has no signature that model servers accept: "
            + "; ".join(f"{name!r}: {reason}" for name, reason in left_out.items())
        )
    return signatures


def _export_outputs(spec: EstimatorSpec, mode: str) -> Mapping[str, ExportOutput]:
    if mode == ModeKeys.PREDICT:
        return with_default_signature(spec.export_outputs, spec.predictions)
    kind = EvalOutput if mode == ModeKeys.EVAL else TrainOutput
    named = isinstance(spec.predictions, dict)
    predictions = (spec.predictions or None) if named else spec.predictions
    output = kind(spec.loss, predictions, spec.eval_metric_ops)
    return {kind.DEFAULT_KEY: output}


def _copy_extra_assets(assets: Mapping[str, str], export_dir: str) -> None:
    root = Path(export_dir) / _EXTRA_ASSETS
    for relative, source in assets.items():
        target = root / os.fsdecode(relative)
        if root.resolve() not in target.resolve().parents:
            raise ValueError(f"assets_extra must stay below {_EXTRA_ASSETS}. Got {relative!r}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(os.fsdecode(source), target)
