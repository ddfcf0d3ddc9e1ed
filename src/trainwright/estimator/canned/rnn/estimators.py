"""Estimators with a recurrent network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.head_for import head_for_classes
from trainwright.estimator.canned.model_fns import ModelFn, check_features, check_head
from trainwright.estimator.canned.networks import tell_of_frozen_embeddings
from trainwright.estimator.canned.rnn.network import RecurrentNetwork
from trainwright.estimator.canned.rnn.sequential_head import MASK_KEY, SequentialHeadWrapper
from trainwright.estimator.canned.rnn.stacks import stack_maker
from trainwright.estimator.core import Estimator
from trainwright.estimator.heads import Head
from trainwright.estimator.optimizers import RNN_LEARNING_RATE, get_optimizer
from trainwright.estimator.run_config import RunConfig
from trainwright.estimator.spec import EstimatorSpec

_NOT_GIVEN = object()


class RNNEstimator(Estimator):
    """A recurrent network for the objective of a head.

    Args:
        head: makes the loss and the predictions; with ``return_sequences``, a
            :class:`~trainwright.estimator.canned.rnn.SequentialHeadWrapper`.
        sequence_feature_columns: numeric sequence columns, and embedding or indicator columns of
            categorical sequence columns.
        context_feature_columns: dense columns, whose values join those of each step.
        units: the size of each recurrent layer, from the first to the last.
        cell_type: ``"simple_rnn"`` (if not given), ``"lstm"``, ``"gru"``, or a class of Keras
            cells.
        rnn_cell_fn: makes the cell (or a list, or ``StackedRNNCells``) in place of ``units`` and
            ``cell_type``: a Keras cell, or any object with ``call(inputs, states)`` and
            ``state_size``.
        return_sequences: whether there are labels and predictions for each step, not for the
            sequence as a whole.
        model_dir: where checkpoints and events go.
        optimizer: a name (Adagrad, Adam, Ftrl, RMSProp, SGD), an optimizer, or a function that
            makes one. A name takes a learning rate of 0.05.
        config: a RunConfig.

    Raises:
        InvalidArgumentError: an argument that is not as above.
    """

    def __init__(
        self,
        head: Head,
        sequence_feature_columns: Any,
        context_feature_columns: Any = None,
        units: Sequence[int] | None = None,
        cell_type: Any = _NOT_GIVEN,
        rnn_cell_fn: Callable[[], Any] | None = None,
        return_sequences: bool = False,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        config: RunConfig | None = None,
    ):
        if return_sequences and not isinstance(head, SequentialHeadWrapper):
            raise InvalidArgumentError(
                "With return_sequences, the head must be a SequentialHeadWrapper. "
                f"Got {head!r} instead.",
                hint="Wrap it: trainwright.estimator.canned.rnn.SequentialHeadWrapper(head).",
            )
        network = RecurrentNetwork(
            sequence_feature_columns,
            context_feature_columns,
            stack_maker(units, None if cell_type is _NOT_GIVEN else cell_type, rnn_cell_fn),
            return_sequences,
        )
        model_fn = recurrent_model_fn(check_head(head), network, optimizer)
        super().__init__(model_fn, model_dir=model_dir, config=config)


class RNNClassifier(RNNEstimator):
    """A recurrent network that tells classes apart.

    Args:
        sequence_feature_columns: as for :class:`RNNEstimator`, as are all not named here.
        context_feature_columns: dense columns, whose values join those of each step.
        units: the size of each recurrent layer, from the first to the last.
        cell_type: ``"simple_rnn"`` (if not given), ``"lstm"``, ``"gru"``, or a class.
        rnn_cell_fn: makes the cell in place of ``units`` and ``cell_type``.
        return_sequences: whether there are labels and predictions for each step.
        model_dir: where checkpoints and events go.
        n_classes: how many classes.
        weight_column: the name of the feature of weights: of examples, or of steps with
            ``return_sequences``.
        label_vocabulary: the names of the classes, required if labels are strings.
        optimizer: a name, an optimizer, or a function that makes one.
        loss_reduction: ``"sum_over_batch_size"`` or ``"sum"``.
        sequence_mask: with ``return_sequences``, the name of the mask of steps among the
            predictions, and of a feature that replaces it if there is one.
        config: a RunConfig.

    Raises:
        InvalidArgumentError: an argument that is not as above.
        TypeError: with ``return_sequences``, a weight column or mask that is no string.

    Example:
        >>> import tensorflow as tf
        >>> prices = tf.feature_column.sequence_numeric_column("prices")
        >>> estimator = RNNClassifier([prices], units=[4], cell_type="lstm")
        >>> def input_fn():
        ...     data = {"prices": tf.ragged.constant([[1.0, 2.0], [4.0]])}, [0, 1]
        ...     return tf.data.Dataset.from_tensor_slices(data).batch(2)
        >>> next(estimator.train(input_fn).predict(input_fn))["probabilities"].shape
        (2,)
    """

    def __init__(
        self,
        sequence_feature_columns: Any,
        context_feature_columns: Any = None,
        units: Sequence[int] | None = None,
        cell_type: Any = _NOT_GIVEN,
        rnn_cell_fn: Callable[[], Any] | None = None,
        return_sequences: bool = False,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Adagrad",
        loss_reduction: str = "sum_over_batch_size",
        sequence_mask: str = MASK_KEY,
        config: RunConfig | None = None,
    ):
        head = head_for_classes(n_classes, weight_column, label_vocabulary, loss_reduction)
        if return_sequences:
            weights = None if weight_column is None else [weight_column]
            head = SequentialHeadWrapper(head, sequence_mask, weights)
        super().__init__(
            head,
            sequence_feature_columns,
            context_feature_columns,
            units,
            cell_type,
            rnn_cell_fn,
            return_sequences,
            model_dir,
            optimizer,
            config,
        )


def recurrent_model_fn(head: Head, network: RecurrentNetwork, optimizer: Any) -> ModelFn:
    """The model function of a recurrent estimator.

    Args:
        head: makes the loss and the predictions.
        network: makes the logits.
        optimizer: a name or whatever ``get_optimizer`` takes.
    """
    tell_of_frozen_embeddings(network.sequence_columns)
    tell_of_frozen_embeddings(network.context_columns)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        features = check_features(features)
        output = network(features, mode, head.logits_dimension)
        if isinstance(head, SequentialHeadWrapper):
            features = {head.input_sequence_mask_key: output.mask, **features}
        return head.create_estimator_spec(
            features,
            mode,
            output.logits,
            labels,
            optimizer=get_optimizer(optimizer, RNN_LEARNING_RATE),
            trainable_variables=output.trainable,
        )

    return model_fn
