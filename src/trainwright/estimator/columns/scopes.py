"""Names below the variable scope that a model is built in."""

from __future__ import annotations

import tensorflow as tf


def joined(*parts: str) -> str:
    """Parts of a name with slashes between them; empty ones are left out.

    Example:
        >>> joined("dnn", "logits"), joined("", "logits")
        ('dnn/logits', 'logits')
    """
    return "/".join(part for part in parts if part)


def op_scope(scope: str) -> str:
    """The name scope, from the root, of the ops that belong to the variables of a scope.

    Variables made by ``get_variable("dnn/...")`` bear the name of the open variable scope before
    theirs; their ops are to bear the same, whatever name scopes are open besides.

    Args:
        scope: relative to the open variable scope; may be empty.

    Returns:
        A name for ``tf.name_scope``: it ends with a slash, or is empty for the root.

    Example:
        >>> op_scope("dnn"), op_scope("")
        ('dnn/', '')
        >>> with tf.Graph().as_default(), tf.compat.v1.variable_scope("wide"):
        ...     op_scope("linear_model"), op_scope("")
        ('wide/linear_model/', 'wide/')
    """
    path = joined(tf.compat.v1.get_variable_scope().name, scope)
    return f"{path}/" if path else ""
