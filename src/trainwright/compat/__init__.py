"""What old module files use and today's packages no longer have.

While :func:`shims` is in force, and after :func:`install` everywhere, these resolve to ours where
the real thing is absent: ``tf.estimator``, ``tf.compat.v1.estimator``, ``tf.compat.v1.layers``,
``tf.compat.v1.nn.rnn_cell``, and what module files import of ``tensorflow_estimator``, ``tfx``,
``tfx_bsl``, ``tensorflow_transform`` and ``tensorflow_model_analysis``.

* :mod:`trainwright.compat.names` says which name is which of ours,
* :mod:`trainwright.compat.layers` is what ``tf.compat.v1.layers`` was,
* :mod:`trainwright.compat.rnn_cell` what ``tf.compat.v1.nn.rnn_cell`` was.

Importing it does not import TensorFlow.

Example:
    >>> from trainwright import compat
    >>> with compat.shims():
    ...     from tfx.components.trainer.fn_args_utils import FnArgs
    >>> FnArgs.__module__
    'trainwright.contract.fn_args'
"""

from __future__ import annotations

from trainwright.compat.installing import install, shims, uninstall

__all__ = ["install", "shims", "uninstall"]
