"""Writes what the clusterings of TensorFlow 2.15 compute, for ours to be compared with.

Run it with TensorFlow 2.15, the last release with ``tf.estimator``:

    python tests/oracle/generate_kmeans.py tests/estimator/canned/kmeans/expected.bin

2.15 leaves to chance whether a step of mini-batches reads the counts of points before or after it
adds to them, and the centers before or after they are synchronized. This script adds the order
that makes it k-means, and that ours has: counts before, centers after.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import kmeans_cases
import tensorflow as tf
from arrays import write_arrays

v1 = tf.compat.v1


class InOrder(v1.train.SessionRunHook):
    """Adds control edges between ops that 2.15 has run in any order."""

    def begin(self) -> None:
        """Adds them."""
        ops = v1.get_default_graph().get_operations()
        for reads in _of_type(ops, "ResourceGather", "Variable"):
            for writes in _of_type(ops, "ResourceScatterAdd", "Variable"):
                writes._add_control_input(reads)
        for synchronize in _of_type(ops, "If", "update_in_steps"):
            for reads in _of_type(ops, "ReadVariableOp", "clusters"):
                if any(_leads_to_nearest(user, 6) for user in reads.outputs[0].consumers()):
                    # Not the branch itself: only its output waits for what happens in it.
                    reads._add_control_input(synchronize.outputs[0].consumers()[0])


def _of_type(ops: list[Any], kind: str, variable: str) -> list[Any]:
    """The ops of a type that have a variable as an input."""
    return [
        op
        for op in ops
        if op.type == kind and any(tensor.op.name == variable for tensor in op.inputs)
    ]


def _leads_to_nearest(op: Any, depth: int) -> bool:
    if op.type == "NearestNeighbors":
        return True
    if depth == 0 or op.type == "If":
        return False
    users = [user for tensor in op.outputs for user in tensor.consumers()]
    return any(_leads_to_nearest(user, depth - 1) for user in users)


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    arrays: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        cases = kmeans_cases.all_cases(v1.estimator.experimental.KMeans)
        for name, case in cases.items():
            made = kmeans_cases.outcome(case, Path(temporary) / name, InOrder())
            arrays |= {f"{name}:{key}": value for key, value in made.items()}
    write_arrays(args.output, arrays)


if __name__ == "__main__":
    main()
