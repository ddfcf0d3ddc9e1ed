"""What all optimizers of this package share: variables, names, gradients, and the order of it all.

The names are those that the legacy Keras optimizers of TensorFlow 2.15 gave under ``tf.estimator``,
so that checkpoints go either way.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import tensorflow as tf

from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.estimator.keras.unwrap import tensorflow_variable
from trainwright.estimator.optimizers.config import configured, from_configured
from trainwright.estimator.optimizers.gradients import Clipping, gradients_of
from trainwright.estimator.optimizers.hyperparameters import (
    GraphHyperparameters,
    checked,
    checked_number,
    scalar_variable,
    state_variable,
)
from trainwright.estimator.optimizers.update_context import UpdateContext

Slots = Mapping[str, tf.Variable]
Coefficients = Mapping[str, Any]

_COMMON = ("clipnorm", "clipvalue", "decay", "global_clipnorm", "lr")


@runtime_checkable
class Optimizer(Protocol):
    """Anything that can train the variables of a graph."""

    def minimize_op(
        self,
        loss: tf.Tensor,
        var_list: Sequence[tf.Variable],
        iterations: tf.Variable | None = None,
        name_scope: str = "training",
    ) -> tf.Operation:
        """The operation that makes one training step; see :class:`SlotOptimizer`."""


class SlotOptimizer(abc.ABC):
    """An optimizer that keeps slots, variables of its own beside each trained one.

    An optimizer is a description and holds nothing of a graph: the same one may be used in any
    number of graphs. Subclasses say which slots there are and how one variable is updated.

    Args:
        name: names its variables: ``{name_scope}/{name}/...``.
        hyperparameters: by name, in the order of the subclass's arguments.
        common: any of ``decay`` (the learning rate is divided by ``1 + decay * iteration``),
            ``clipnorm``, ``clipvalue``, ``global_clipnorm`` (see
            :class:`~trainwright.estimator.optimizers.gradients.Clipping`), and ``lr``, the old
            spelling of learning_rate. Every subclass takes them by keyword.

    Raises:
        InvalidArgumentError: a value of the wrong kind or range, or an unknown argument.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ()
    """Names of the attributes that belong to the configuration but are no variables."""

    def __init__(self, name: str, hyperparameters: Mapping[str, Any], common: Mapping[str, Any]):
        owner = type(self).__name__
        _check_common(owner, common)
        values = dict(hyperparameters)
        values["learning_rate"] = common.get("lr", values["learning_rate"])
        values["decay"] = checked_number(owner, "decay", common.get("decay", 0.0))
        self.name = name
        self.hyperparameters = {key: checked(owner, key, value) for key, value in values.items()}
        self.clipping = Clipping(
            common.get("clipnorm"), common.get("clipvalue"), common.get("global_clipnorm")
        )

    @abc.abstractmethod
    def _slots(self) -> Mapping[str, float]:
        """Names of the slots of each variable, and the value each is filled with at first."""

    def _scalars(self) -> Mapping[str, float]:
        """Names and initial values of scalar variables beside hyperparameters; mostly none."""
        return {}

    @abc.abstractmethod
    def _coefficients(self, context: UpdateContext) -> Coefficients:
        """What the updates of all variables of one dtype have in common, as scalar tensors."""

    @abc.abstractmethod
    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        """Updates one variable and its slots with a gradient of its shape."""

    @abc.abstractmethod
    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        """Updates one variable and its slots with gradients of some rows; indices may repeat."""

    def minimize_op(
        self,
        loss: tf.Tensor,
        var_list: Sequence[tf.Variable],
        iterations: tf.Variable | None = None,
        name_scope: str = "training",
        count: bool = True,
    ) -> tf.Operation:
        """The operation that makes one training step, in the current graph.

        Args:
            loss: a scalar of the current graph.
            var_list: the resource variables to train.
            iterations: as for :meth:`apply_op`.
            name_scope: as for :meth:`apply_op`.
            count: as for :meth:`apply_op`.

        Returns:
            An operation that is done once all variables and the count are updated.

        Raises:
            InvalidArgumentError: no variables, or variables that cannot be trained.
        """
        variables = checked_variables(var_list)
        gradients = gradients_of(loss, variables)
        pairs = list(zip(gradients, variables, strict=True))
        return self.apply_op(pairs, iterations, name_scope, count)

    def get_updates(self, loss: tf.Tensor, params: Sequence[tf.Variable]) -> list[tf.Operation]:
        """What a head of the user's own may call, as it did of the Keras optimizer it was handed.

        Args:
            loss: a scalar of the current graph.
            params: the resource variables to train.

        Returns:
            The op of one training step, which adds 1 to the global step.
        """
        step = tf.compat.v1.train.get_or_create_global_step()
        return [self.minimize_op(loss, params, step)]

    def apply_op(
        self,
        grads_and_vars: Sequence[tuple[Any, tf.Variable]],
        iterations: tf.Variable | None = None,
        name_scope: str = "training",
        count: bool = True,
    ) -> tf.Operation:
        """The operation that updates variables with gradients, in the current graph.

        Creates, untrained and in the collection of global variables, the hyperparameters
        ``{name_scope}/{name}/{hyperparameter}`` and the slots
        ``{name_scope}/{name}/{variable}/{slot}``. Where the scope already has an optimizer of
        this name, the name gets a number: ``Adagrad_1``.

        Args:
            grads_and_vars: gradients, each with the resource variable to update; a variable whose
                gradient is None stays as it is and gets no slots.
            iterations: an int64 scalar variable that counts the steps, such as the global step;
                the operation adds 1. None: the optimizer's own, ``{name_scope}/{name}/iter``.
            name_scope: the scope of all its names, from the root; empty for none.
            count: False leaves it to the caller to add 1 to ``iterations``.

        Returns:
            An operation that is done once all variables and the count are updated.

        Raises:
            InvalidArgumentError: no variables, or variables that cannot be trained.
        """
        pairs = [pair for pair in grads_and_vars if pair[0] is not None]
        variables = checked_variables([variable for _, variable in pairs])
        root = f"{name_scope}/" if name_scope else None
        with tf.compat.v1.name_scope(root), tf.compat.v1.name_scope(self.name):
            if iterations is None:
                iterations = scalar_variable("iter", 0, tf.int64)
            values = GraphHyperparameters(self.hyperparameters, iterations)
            scalars = {name: scalar_variable(name, at) for name, at in self._scalars().items()}
            slots = [self._create_slots(variable) for variable in variables]
            gradients = self.clipping.apply([gradient for gradient, _ in pairs])
            decay = self.hyperparameters["decay"]
            by_dtype = {
                dtype: self._coefficients(UpdateContext(values, scalars, dtype, decay))
                for dtype in dict.fromkeys(v.dtype.base_dtype for v in variables)
            }
            updates = [
                self._update(variable, gradient, of_it, by_dtype[variable.dtype.base_dtype])
                for variable, gradient, of_it in zip(variables, gradients, slots, strict=True)
            ]
            if not count:
                return tf.group(*updates, name="train")
            with tf.control_dependencies(updates):
                return tf.group(iterations.assign_add(1, read_value=False), name="train")

    def _create_slots(self, variable: tf.Variable) -> dict[str, tf.Variable]:
        shape, dtype = variable.shape.as_list(), variable.dtype.base_dtype
        with tf.compat.v1.device(variable.device):
            return {
                slot: state_variable(f"{variable.op.name}/{slot}", shape, value, dtype)
                for slot, value in self._slots().items()
            }

    def _update(
        self, variable: tf.Variable, gradient: Any, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        constraint = variable.constraint
        with tf.compat.v1.name_scope(f"update_{variable.op.name}"):
            if isinstance(gradient, tf.IndexedSlices):
                if constraint is not None:
                    raise InvalidArgumentError(
                        f"{variable.op.name} has a constraint, which its sparse gradient does not "
                        "allow.",
                        hint="Remove the constraint.",
                    )
                return self._update_sparse(variable, gradient, slots, by)
            updated = self._update_dense(variable, gradient, slots, by)
            if constraint is None:
                return updated
            with tf.control_dependencies([updated]):
                return variable.assign(constraint(variable.read_value()), read_value=False)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer; schedules as ``{class_name, config}``.

        Raises:
            InvalidArgumentError: a hyperparameter is a function or a tensor.
        """
        values = {
            key: configured(self.name, key, value) for key, value in self.hyperparameters.items()
        }
        options = {option: getattr(self, option) for option in self.OPTIONS}
        return {"name": self.name, **values, **options, **self.clipping.limits()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> SlotOptimizer:
        """The inverse of :meth:`get_config`."""
        return cls(**{key: from_configured(value) for key, value in config.items()})


def _check_common(owner: str, common: Mapping[str, Any]) -> None:
    for key in common:
        if key not in _COMMON:
            raise InvalidArgumentError(
                f"{owner} has no argument {key!r}.", hint=did_you_mean(key, _COMMON)
            )


def checked_variables(var_list: Sequence[tf.Variable]) -> list[tf.Variable]:
    """The variables as a list.

    Args:
        var_list: what an optimizer is to train.

    Raises:
        InvalidArgumentError: none, or one that is not a resource variable.
    """
    variables = [tensorflow_variable(variable) for variable in var_list]
    if not variables:
        raise InvalidArgumentError("There are no variables to train: var_list is empty.")
    for variable in variables:
        if not isinstance(variable, tf.Variable) or variable.op.type != "VarHandleOp":
            raise InvalidArgumentError(
                f"An optimizer trains resource variables. Got {variable!r} instead.",
                hint="Create it with use_resource=True, or call "
                "tf.compat.v1.enable_resource_variables() first.",
            )
    return variables
