"""Trains, evaluates and predicts with a model of the matrix, in three small graphs.

The graphs are made by the estimator's own ``model_fn``; what estimators do around it (hooks,
checkpoints, files) is left out, so that some hundred models can be tried.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import tensorflow as tf
from matrix_columns import table
from matrix_inputs import batch, feeding, placeholders

v1 = tf.compat.v1
TRAIN_SEEDS, EVAL_SEEDS, PREDICT_SEED = (1, 2, 3), (11, 12), 21
Arrays = dict[str, Any]


def outcome(estimator: Any, case: Any, moved: int | None = None) -> Arrays:
    """What a model computes from weights that depend on their names only, as arrays by name.

    Args:
        estimator: of the case.
        case: of the design.
        moved: a seed, to begin with the next or the last float32 in place of each weight.

    Returns:
        ``losses`` of each step, ``final/`` variables, ``eval_losses`` and ``metrics/`` with the
        trained weights, and ``predictions/``.
    """
    arrays: Arrays = {}
    with tf.Graph().as_default(), _session() as session:
        model = _Model(estimator, case, "train", session)
        _draw_weights(model.variables, session)
        if moved is not None:
            _move_weights(session, np.random.RandomState(moved))
        steps = [model.run([model.spec.loss, model.spec.train_op], seed) for seed in TRAIN_SEEDS]
        arrays["losses"] = np.array([loss for loss, _ in steps])
        trained = session.run(model.variables)
        arrays |= {f"final/{name}": value for name, value in trained.items()}
    with tf.Graph().as_default(), _session() as session:
        model = _Model(estimator, case, "eval", session)
        model.load(trained)
        metrics = {name: _value_and_update(m) for name, m in model.spec.eval_metric_ops.items()}
        updates = [update for _, update in metrics.values()]
        losses = [model.run([model.spec.loss, updates], seed)[0] for seed in EVAL_SEEDS]
        arrays["eval_losses"] = np.array(losses)
        values = session.run({name: value for name, (value, _) in metrics.items()})
        arrays |= {f"metrics/{name}": value for name, value in values.items()}
    with tf.Graph().as_default(), _session() as session:
        model = _Model(estimator, case, "infer", session)
        model.load(trained)
        for name, values in model.run(model.spec.predictions, PREDICT_SEED).items():
            name = "|".join(name) if isinstance(name, tuple) else name
            fixed = values.astype(bytes) if values.dtype == object else values
            arrays[f"predictions/{name}"] = fixed
    return {name: np.asarray(value) for name, value in arrays.items()}


class _Model:
    """An estimator's model for one mode in the current graph, its variables initialized."""

    def __init__(self, estimator: Any, case: Any, mode: str, session: Any):
        self._case, self._session = case, session
        v1.train.get_or_create_global_step()
        like = batch(case, 0)
        self._places = {"features": placeholders(like[0]), "labels": placeholders(like[1])}
        features, labels = self._places["features"], self._places["labels"]
        labels = None if mode == "infer" else labels
        self.spec = estimator.model_fn(features, labels, mode, estimator.config)
        self.variables = {variable.op.name: variable for variable in v1.global_variables()}
        # Variables of baseline models of 2.15 take their initial value from the first batch.
        self.run([v1.global_variables_initializer(), v1.local_variables_initializer()], 1)
        self.run(v1.tables_initializer(), 1)

    def run(self, fetches: Any, seed: int) -> Any:
        features, labels = batch(self._case, seed)
        feed = feeding(self._places, {"features": features, "labels": labels})
        return self._session.run(fetches, feed)

    def load(self, values: Arrays) -> None:
        """Gives all variables the values of those of their names."""
        for name, variable in self.variables.items():
            variable.load(values[name], self._session)


def _session() -> Any:
    """A session that runs graphs as they are: rewriting them takes longer than running them."""
    config = v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return v1.Session(config=config)


def _draw_weights(variables: dict[str, Any], session: Any) -> None:
    """Weights that are not zeros, as those of linear models would be, nor of any framework.

    Embeddings that come from a checkpoint stay as they are.
    """
    trained = {variable.op.name for variable in v1.trainable_variables()}
    for name, variable in variables.items():
        embedding = name.removesuffix("/part_0").endswith("embedding_weights")  # maybe frozen
        if embedding or name in trained:
            draw = np.random.RandomState(zlib.crc32(name.encode()))
            values = draw.normal(0.0, 0.3, variable.shape).astype(np.float32)
            if not (embedding and _is_table(session.run(variable))):
                variable.load(values + ("gamma" in name), session)


def _move_weights(session: Any, draw: Any) -> None:
    for variable in v1.trainable_variables():
        towards = draw.choice([-np.inf, np.inf], variable.shape).astype(np.float32)
        variable.load(np.nextafter(session.run(variable), towards), session)


def _is_table(values: Any) -> bool:
    """Whether an embedding is what ``table_checkpoint`` has written."""
    return np.array_equal(values, table(len(values)))


def _value_and_update(metric: Any) -> tuple[Any, Any]:
    return metric if isinstance(metric, tuple) else (metric.result(), metric.updates[0])
