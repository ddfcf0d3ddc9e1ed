"""The Estimator: a model_fn, a directory, and what can be done with the two."""

from __future__ import annotations

import contextlib
import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from trainwright.estimator import construction
from trainwright.estimator.arguments import check_hooks, check_positive
from trainwright.estimator.engine.checkpoints import (
    checkpoint_step,
    latest_checkpoint,
    open_checkpoint,
    read_variable,
)
from trainwright.estimator.engine.evaluation import Evaluation
from trainwright.estimator.engine.graph import ModelDefinition, build_graph, call_model_fn
from trainwright.estimator.engine.prediction import predictions
from trainwright.estimator.engine.session_loop import run_training
from trainwright.estimator.engine.training_state import TrainingState, state_to_go_on_with
from trainwright.estimator.export.saved_model import export_saved_model
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.run_config import RunConfig
from trainwright.estimator.run_seed import seeded_by
from trainwright.estimator.warm_start import (
    WarmStartSettings,
    apply_warm_start,
    warm_start_checkpoint,
    warm_start_settings,
)
from trainwright.events import announce

v1 = tf.compat.v1


class Estimator:
    """Trains, evaluates, predicts with and exports a model.

    Args:
        model_fn: ``model_fn(features, labels, mode, params, config)`` returns an
            :class:`EstimatorSpec`; all but ``features`` may be left out of its signature.
        model_dir: where checkpoints, events and exports go; None: the RunConfig's, else a
            temporary directory.
        config: a :class:`RunConfig`.
        params: hyperparameters, handed to the model_fn.
        warm_start_from: a checkpoint, model directory or SavedModel, or
            :class:`WarmStartSettings`, for the first training of a new model directory.

    Raises:
        ValueError: a model_fn with arguments that nobody fills, two different model directories,
            params that the model_fn does not take, or a subclass that replaces a method.

    Example:
        >>> import tensorflow as tf
        >>> def model_fn(features, labels, mode):
        ...     weight = tf.compat.v1.get_variable("weight", [], initializer=tf.zeros_initializer())
        ...     prediction = features["x"] * weight
        ...     if mode == ModeKeys.PREDICT:
        ...         return EstimatorSpec(mode, predictions={"y": prediction})
        ...     loss = tf.reduce_mean((prediction - labels) ** 2)
        ...     optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
        ...     step = tf.compat.v1.train.get_global_step()
        ...     return EstimatorSpec(mode, loss=loss, train_op=optimizer.minimize(loss, step))
        >>> def input_fn():
        ...     data = {"x": [1.0, 2.0]}, [3.0, 6.0]
        ...     return tf.data.Dataset.from_tensor_slices(data).batch(2).repeat()
        >>> from trainwright.estimator.spec import EstimatorSpec
        >>> estimator = Estimator(model_fn).train(input_fn, max_steps=30)
        >>> round(float(estimator.get_variable_value("weight")), 3)
        3.0
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: Any = None,
        config: RunConfig | None = None,
        params: Mapping[str, Any] | None = None,
        warm_start_from: Any = None,
    ):
        construction.check_members(type(self), Estimator)
        construction.check_model_fn(model_fn, params)
        self._config = construction.resolve_config(config, model_dir)
        self._model_fn = model_fn
        self._params = copy.deepcopy(dict(params or {}))
        self._warm_start = warm_start_settings(warm_start_from)

    @property
    def model_dir(self) -> str:
        """Where checkpoints, events and exports go."""
        assert self._config.model_dir is not None
        return self._config.model_dir

    @property
    def config(self) -> RunConfig:
        """A copy of the configuration."""
        return copy.copy(self._config)

    @property
    def params(self) -> dict[str, Any]:
        """A copy of the hyperparameters."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Callable[..., Any]:
        """The model_fn as ``model_fn(features, labels, mode, config)``, with params filled in."""

        def public_model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> Any:
            definition = ModelDefinition(self._model_fn, self.params, config)
            return call_model_fn(definition, features, labels, mode)

        return public_model_fn

    @property
    def model_definition(self) -> ModelDefinition:
        """What its graphs are built from."""
        return ModelDefinition(self._model_fn, self.params, self._config)

    @property
    def warm_start_settings(self) -> WarmStartSettings | None:
        """What a new model starts from, None where that is nothing."""
        return self._warm_start

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Sequence[Any] | None = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Sequence[Any] | None = None,
    ) -> Estimator:
        """Trains from the latest checkpoint on.

        Args:
            input_fn: gives a Dataset of ``(features, labels)``, or tensors; it may take ``mode``,
                ``params`` and ``config``.
            hooks: SessionRunHooks.
            steps: train so many steps from here.
            max_steps: train until the global step is this; nothing is done where it is already.
                With neither: until the input ends.
            saving_listeners: CheckpointSaverListeners.

        Returns:
            This estimator.

        Raises:
            ValueError: both steps and max_steps, one that is not positive, or a process that is an
                evaluator or parameter server.
            CheckpointError: the latest checkpoint is damaged or does not fit the model.
            LossNotFiniteError: the loss became NaN or infinite.
        """
        if steps is not None and max_steps is not None:
            raise ValueError(
                f"Only one of steps and max_steps may be given. Got {steps} and {max_steps}."
            )
        check_positive(steps, "steps")
        check_positive(max_steps, "max_steps")
        construction.check_trains(self._config)
        all_hooks = check_hooks(hooks, v1.train.SessionRunHook, "hooks")
        listeners = check_hooks(
            saving_listeners, v1.train.CheckpointSaverListener, "saving_listeners"
        )
        checkpoint = latest_checkpoint(self.model_dir)
        start = checkpoint_step(checkpoint) if checkpoint else 0
        if max_steps is not None and start >= max_steps:
            return self
        if steps is not None or max_steps is not None:
            all_hooks.append(v1.train.StopAtStepHook(steps, max_steps))
        stop = max_steps if steps is None else start + steps
        self._train(input_fn, all_hooks, listeners, checkpoint, start, stop)
        return self

    def _train(
        self,
        input_fn: Callable[..., Any],
        hooks: Sequence[Any],
        listeners: Sequence[Any],
        checkpoint: str | None,
        start: int,
        stop: int | None,
    ) -> None:
        announce.on_stage("building the training graph")
        state = state_to_go_on_with(checkpoint) or TrainingState(start_step=start)
        with seeded_by(state.seed):
            model = build_graph(self.model_definition, input_fn, ModeKeys.TRAIN)
        with model.graph.as_default():
            start_warm = self._warm_start_op()
            if start_warm is not None and checkpoint is None:
                start_warm()
            announce.on_train_begin(start, stop, self.model_dir)
            steps = None if stop is None else stop - state.start_step
            where = self._config, self.model_dir
            _, step = run_training(model, *where, hooks, listeners, checkpoint, steps, state)
        announce.on_train_end(start if step is None else step)

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[Any] | None = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluates a checkpoint.

        Args:
            input_fn: as for :meth:`train`.
            steps: batches to read; None: until the input ends.
            hooks: SessionRunHooks.
            checkpoint_path: prefix of the checkpoint; None: the latest, and where there is none
                the variables as they are initialised.
            name: tells several evaluations apart; their events go to ``eval_{name}``.

        Returns:
            Metric name -> value, with ``loss`` (mean over batches) and ``global_step``.

        Raises:
            ValueError: steps that is not positive.
            CheckpointError: the checkpoint is damaged or does not fit the model.
            TrainingError: the input held not a single batch.
        """
        made = self._evaluation(input_fn, steps, hooks, name, once=True)
        with contextlib.closing(made) as evaluation:
            return evaluation.run(checkpoint_path or latest_checkpoint(self.model_dir))

    def evaluation(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[Any] | None = None,
        name: str | None = None,
    ) -> Evaluation:
        """Builds an evaluation graph once, to be run for several checkpoints.

        Args:
            input_fn: as for :meth:`train`.
            steps: batches to read; None: until the input ends.
            hooks: SessionRunHooks.
            name: as for :meth:`evaluate`.
        """
        return self._evaluation(input_fn, steps, hooks, name)

    def _evaluation(
        self,
        input_fn: Callable[..., Any],
        steps: int | None,
        hooks: Sequence[Any] | None,
        name: str | None,
        once: bool = False,
    ) -> Evaluation:
        check_positive(steps, "steps")
        announce.on_stage("building the evaluation graph")
        return Evaluation(
            self.model_definition,
            input_fn,
            steps=steps,
            hooks=check_hooks(hooks, v1.train.SessionRunHook, "hooks"),
            name=name,
            output_dir=self.eval_dir(name),
            initialize=self._warm_start_op(),
            once=once,
        )

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: str | Sequence[str] | None = None,
        hooks: Sequence[Any] | None = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Yields predictions until the input ends.

        Args:
            input_fn: gives features; labels beside them are dropped.
            predict_keys: which predictions to give; None: all.
            hooks: SessionRunHooks.
            checkpoint_path: prefix of the checkpoint; None: the latest, and where there is none
                the variables as they are initialised.
            yield_single_examples: one dict for each example; False: one for each batch.

        Raises:
            ValueError: no such prediction, or predictions of different lengths.
            CheckpointError: the checkpoint is damaged or does not fit the model.
        """
        yield from predictions(
            self.model_definition,
            input_fn,
            predict_keys=predict_keys,
            hooks=check_hooks(hooks, v1.train.SessionRunHook, "hooks"),
            checkpoint=checkpoint_path or latest_checkpoint(self.model_dir),
            single_examples=yield_single_examples,
            initialize=self._warm_start_op(),
        )

    def export_saved_model(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        experimental_mode: str = ModeKeys.PREDICT,
    ) -> bytes:
        """Exports a SavedModel into a new timestamped directory.

        Args:
            export_dir_base: where that directory is made.
            serving_input_receiver_fn: makes the receiver.
            assets_extra: path within ``assets.extra`` -> file to copy there.
            as_text: write ``saved_model.pbtxt``.
            checkpoint_path: prefix of the checkpoint; None: the latest.
            experimental_mode: the mode whose graph is exported.

        Returns:
            The directory, as bytes.

        Raises:
            ValueError: no receiver function, or no checkpoint.
        """
        if serving_input_receiver_fn is None:
            raise ValueError("serving_input_receiver_fn must be given. Got none.")
        return self.experimental_export_all_saved_models(
            export_dir_base,
            {experimental_mode: serving_input_receiver_fn},
            assets_extra=assets_extra,
            as_text=as_text,
            checkpoint_path=checkpoint_path,
        )

    def experimental_export_all_saved_models(
        self,
        export_dir_base: Any,
        input_receiver_fn_map: Mapping[str, Callable[[], Any]],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
    ) -> bytes:
        """Exports the graphs of several modes into one SavedModel.

        Args:
            export_dir_base: where the timestamped directory is made.
            input_receiver_fn_map: mode -> function that makes its receiver.
            assets_extra: path within ``assets.extra`` -> file to copy there.
            as_text: write ``saved_model.pbtxt``.
            checkpoint_path: prefix of the checkpoint; None: the latest.

        Returns:
            The directory, as bytes.

        Raises:
            ValueError: no receiver function, or no checkpoint.
        """
        checkpoint = checkpoint_path or latest_checkpoint(self.model_dir)
        if not checkpoint and self._warm_start is not None:
            checkpoint = warm_start_checkpoint(self._warm_start)
        if not checkpoint:
            raise ValueError(f"There is no trained model in {self.model_dir} to export.")
        return export_saved_model(
            self.model_definition,
            str(tf.compat.as_str_any(export_dir_base)),
            input_receiver_fn_map,
            checkpoint=checkpoint,
            assets_extra=assets_extra,
            as_text=as_text,
        )

    def latest_checkpoint(self) -> str | None:
        """The prefix of the newest checkpoint, None where there is none."""
        return latest_checkpoint(self.model_dir)

    def get_variable_names(self) -> list[str]:
        """Names of all variables in the latest checkpoint.

        Raises:
            ValueError: there is no checkpoint.
        """
        return sorted(open_checkpoint(self._required_checkpoint()).get_variable_to_shape_map())

    def get_variable_value(self, name: str) -> Any:
        """The value of one variable in the latest checkpoint, as a numpy array.

        Raises:
            ValueError: there is no checkpoint, or no such variable in it.
        """
        return read_variable(self._required_checkpoint(), name)

    def eval_dir(self, name: str | None = None) -> str:
        """Where the event files of the evaluation of this name go."""
        return str(Path(self.model_dir) / (f"eval_{name}" if name else "eval"))

    if not TYPE_CHECKING:  # which would take every name for an attribute then

        def __getattr__(self, name: str) -> Any:
            hint = " Use export_saved_model." if name == "export_savedmodel" else ""
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}.{hint}")

    def _warm_start_op(self) -> Callable[[], None] | None:
        settings = self._warm_start
        return None if settings is None else functools.partial(apply_warm_start, settings)

    def _required_checkpoint(self) -> str:
        checkpoint = latest_checkpoint(self.model_dir)
        if checkpoint is None:
            raise ValueError(f"There is no trained model in {self.model_dir}: no checkpoint.")
        return checkpoint
