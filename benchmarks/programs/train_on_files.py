"""Trains on the files of a directory, in some steps of a large batch: for its memory.

Usage: train_on_files.py DIR STEPS
"""

import sys
import tempfile

import tensorflow as tf
from taxi import LABEL, feature_spec, model

from trainwright import estimator as estimators
from trainwright.data.examples import examples_dataset


def main():
    folder, steps = sys.argv[1:]
    files = sorted(tf.io.gfile.glob(f"{folder}/transformed_examples/Split-train/*"))
    with tempfile.TemporaryDirectory() as output:
        model(estimators, output).train(
            lambda: examples_dataset(files, feature_spec(), 1024, label_key=LABEL),
            steps=int(steps),
        )
    print("{}")


if __name__ == "__main__":
    main()
