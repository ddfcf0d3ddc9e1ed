"""Building the graph of one mode: input, model, and what every loop over it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from trainwright.estimator.arguments import accepted_arguments, takes_any_keyword
from trainwright.estimator.engine.committing_saver import CommittingSaver
from trainwright.estimator.input_fn import ModelInput, call_input_fn
from trainwright.estimator.keras.graphs import complete_spec, keras_in_graph
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.run_config import RunConfig
from trainwright.estimator.spec import EstimatorSpec

v1 = tf.compat.v1


@dataclass(frozen=True)
class ModelDefinition:
    """What a graph is built from.

    Args:
        model_fn: the user's function, or a canned model's.
        params: its hyperparameters.
        config: the RunConfig.
    """

    model_fn: Callable[..., Any]
    params: dict[str, Any]
    config: RunConfig


@dataclass(frozen=True)
class ModelGraph:
    """One mode's graph.

    Args:
        graph: the ``tf.Graph``.
        spec: what the model_fn returned.
        model_input: features, labels and the input's hooks.
        global_step: the global step variable.
        batch_size: int64 scalar tensor, None where nobody knows.
    """

    graph: Any
    spec: EstimatorSpec
    model_input: ModelInput
    global_step: Any
    batch_size: Any


@contextmanager
def new_graph(config: RunConfig) -> Iterator[Any]:
    """A fresh default graph with the configured seed and devices, and a global step."""
    graph = tf.Graph()
    with graph.as_default(), graph.device(config.device_fn), keras_in_graph():
        v1.set_random_seed(config.tf_random_seed)
        v1.train.create_global_step(graph)
        yield graph


def build_graph(
    definition: ModelDefinition,
    input_fn: Callable[..., Any],
    mode: str,
    batches_of_pass: int | None = None,
) -> ModelGraph:
    """Builds input and model in a graph of their own.

    Args:
        definition: the model.
        input_fn: the input; see :func:`call_input_fn`.
        mode: one of ModeKeys.
        batches_of_pass: as for :func:`call_input_fn`.

    Raises:
        ValueError: the model_fn does not take what the input gives, or returns no EstimatorSpec.
    """
    with new_graph(definition.config) as graph:
        given = definition.params, definition.config
        model_input = call_input_fn(input_fn, mode, *given, batches_of_pass)
        spec = call_model_fn(definition, model_input.features, model_input.labels, mode)
        return ModelGraph(
            graph=graph,
            spec=spec,
            model_input=model_input,
            global_step=v1.train.get_global_step(graph),
            batch_size=model_input.batch_size() if mode == ModeKeys.TRAIN else None,
        )


def call_model_fn(
    definition: ModelDefinition, features: Any, labels: Any, mode: str
) -> EstimatorSpec:
    """Calls the model_fn with those of its arguments that it takes.

    Raises:
        ValueError: labels that it does not take, or a result that is no EstimatorSpec.
    """
    model_fn = definition.model_fn
    accepted = accepted_arguments(model_fn)
    anything = takes_any_keyword(model_fn)
    arguments: dict[str, Any] = {}
    if "labels" in accepted:
        arguments["labels"] = labels
    elif labels is not None:
        raise ValueError("The input_fn gives labels, but the model_fn takes none.")
    offered = {"mode": mode, "params": definition.params, "config": definition.config}
    arguments.update({n: value for n, value in offered.items() if n in accepted or anything})
    with keras_in_graph() as keras_objects:
        spec = model_fn(features=features, **arguments)
        if not isinstance(spec, EstimatorSpec):
            raise ValueError(f"model_fn must return an EstimatorSpec. Got {spec!r} instead.")
        complete: EstimatorSpec = complete_spec(spec, keras_objects, mode)
        return complete


def add_saver(scaffold: Any, config: RunConfig) -> None:
    """Gives the graph the saver that the configuration asks for, unless it has one."""
    if scaffold.saver or v1.get_collection(v1.GraphKeys.SAVERS):
        return
    saver = CommittingSaver(
        sharded=True,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        defer_build=True,
        # So that a model directory can be moved.
        save_relative_paths=True,
    )
    v1.add_to_collection(v1.GraphKeys.SAVERS, saver)
