"""What old module files use and TensorFlow no longer has.

* :mod:`trainwright.compat.layers` is what ``tf.compat.v1.layers`` was,
* :mod:`trainwright.compat.rnn_cell` what ``tf.compat.v1.nn.rnn_cell`` was.
"""

from __future__ import annotations
