"""One program for two systems: compat.v1 models with partitioned variables, trained further.

Usage: v1_program.py (tensorflow|trainwright) (dnn|linear) MODEL_DIR STEPS
Goes on from the checkpoint in MODEL_DIR, if there is one, and prints JSON: the loss of each step,
metrics, and predictions. The checkpoints in ``tests/estimator/compat/v1/from_2_15`` were written by

    python tests/oracle/v1_program.py tensorflow dnn MODEL_DIR 3

and so on with TensorFlow 2.15 (graphs and events were left out), and what is expected by 5 steps
more.
"""

import json
import sys

import numpy as np
import tensorflow as tf
from canned_cases import LossRecorder

COUNT, BATCH = 12, 4


def input_fn(api, epochs, shuffle=False):
    """Twelve examples, the same every time."""
    place = np.arange(COUNT)
    x = {"size": (place[:, None] % 5 / 2.0).astype(np.float32), "city": place * 7 % 6}
    y = (place * place % 7 > 2).astype(np.int64)
    return api.inputs.numpy_input_fn(x, y, BATCH, num_epochs=epochs, shuffle=shuffle)


def make(api, kind, model_dir):
    """An estimator whose categorical variable is of two pieces."""
    columns = tf.feature_column
    size = columns.numeric_column("size")
    city = columns.categorical_column_with_identity("city", 6)
    halves = tf.compat.v1.fixed_size_partitioner(2)
    if kind == "linear":
        return api.LinearClassifier([size, city], model_dir, partitioner=halves)
    return api.DNNClassifier(
        [3],
        [size, columns.embedding_column(city, 2)],
        model_dir,
        input_layer_partitioner=halves,
    )


def run(api, kind, model_dir, steps):
    """Trains, evaluates, predicts."""
    estimator = make(api, kind, model_dir)
    recorder = LossRecorder()
    if steps:
        estimator.train(input_fn(api, None), steps=steps, hooks=[recorder])
    metrics = estimator.evaluate(input_fn(api, 1))
    predictions = estimator.predict(input_fn(api, 1))
    return {
        "losses": recorder.losses,
        "metrics": {name: float(value) for name, value in metrics.items()},
        "probabilities": [float(each["probabilities"][1]) for each in predictions],
    }


def main():
    """Runs for one of the systems."""
    system, kind, model_dir, steps = sys.argv[1:]
    if system == "tensorflow":
        api = tf.compat.v1.estimator
    else:
        from trainwright.estimator.compat import v1 as api
    print(json.dumps(run(api, kind, model_dir, int(steps)), indent=1))


if __name__ == "__main__":
    main()
