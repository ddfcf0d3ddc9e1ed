"""The variables and tables of feature columns, under the names checkpoints have for them."""

from __future__ import annotations

import re
from typing import Any

import tensorflow as tf

from trainwright.estimator.columns.kinds import shares_embedding

v1 = tf.compat.v1


def scope_of(column: Any) -> str:
    """The part of variable names that is the column's: its name, without odd characters.

    Example:
        >>> scope_of(tf.feature_column.numeric_column("hours per week"))
        'hours_per_week'
    """
    return re.sub(r"[^A-Za-z0-9_.\-]", "_", column.name)


class ColumnState:
    """Makes and keeps the variables and tables of the columns of one layer of a graph.

    Columns call it by the names of its methods: it is what they know as a state manager.

    Args:
        scope: variables are called ``{scope}/{column}/{variable}``.
    """

    def __init__(self, scope: str):
        self._scope = scope
        self._variables: dict[tuple[Any, str], tf.Variable] = {}
        self._resources: dict[tuple[Any, str], Any] = {}

    @property
    def variables(self) -> list[tf.Variable]:
        """All variables, in the order of their making."""
        return list(self._variables.values())

    def prepare(self, column: Any) -> None:
        """Makes what the column needs before it can be computed."""
        if shares_embedding(column):
            # Such columns ask for their common variable themselves, in whatever scope is open;
            # asked for here, it bears no layer's name, as several layers may use it.
            _ = column.shared_embedding_column_creator.embedding_weights
        column.create_state(self)

    def create_variable(
        self,
        feature_column: Any,
        name: str,
        shape: Any,
        dtype: Any = None,
        trainable: bool = True,
        use_resource: bool = True,
        initializer: Any = None,
    ) -> tf.Variable:
        """Makes a variable of a column, or finds the one that a graph already has by this name."""
        variable = v1.get_variable(
            f"{self._scope}/{scope_of(feature_column)}/{name}",
            shape=shape,
            dtype=dtype or tf.float32,
            trainable=trainable,
            use_resource=True,
            initializer=initializer,
        )
        self._variables[feature_column, name] = variable
        return variable

    def get_variable(self, feature_column: Any, name: str) -> tf.Variable:
        """The variable made by :meth:`create_variable`."""
        return self._variables[feature_column, name]

    def add_resource(self, feature_column: Any, name: str, resource: Any) -> None:
        """Keeps a table of a column."""
        self._resources[feature_column, name] = resource

    def has_resource(self, feature_column: Any, name: str) -> bool:
        """Whether the column has a table of this name."""
        return (feature_column, name) in self._resources

    def get_resource(self, feature_column: Any, name: str) -> Any:
        """The table kept by :meth:`add_resource`."""
        return self._resources[feature_column, name]
