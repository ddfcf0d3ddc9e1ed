"""A user's module file: is x + y above 1? Logistic regression, read in one of two ways."""

import sys

import shapes
import tensorflow as tf

from trainwright import estimator as tf_estimator
from trainwright.eval_model import EvalInputReceiver


def _spec():
    return {name: tf.io.FixedLenFeature([1], tf.float32) for name in shapes.FEATURES} | {
        shapes.LABEL: tf.io.FixedLenFeature([1], tf.int64)
    }


def _own_input(patterns, compression):
    files = sorted(name for pattern in patterns for name in tf.io.gfile.glob(pattern))
    records = tf.data.TFRecordDataset(files, compression).repeat().batch(shapes.BATCH)
    return records.map(lambda batch: _split(tf.io.parse_example(batch, _spec())))


def _split(features):
    label = features.pop(shapes.LABEL)
    return features, label


def _input_fn(fn_args, patterns, schema):
    config = fn_args.custom_config
    if config.get("poison"):
        raise KeyError(config["poison"])
    if "compression" in config:
        return _own_input(patterns, config["compression"])
    options = {"batch_size": shapes.BATCH, "label_key": shapes.LABEL, "shuffle_seed": 1}
    return fn_args.data_accessor.tf_dataset_factory(patterns, options, schema)


def _serving():
    examples = tf.compat.v1.placeholder(tf.string, [None], name="examples")
    features = tf.io.parse_example(examples, _spec())
    features.pop(shapes.LABEL)
    return tf_estimator.export.ServingInputReceiver(features, {"examples": examples})


def _evaluating():
    examples = tf.compat.v1.placeholder(tf.string, [None], name="input_example_tensor")
    features = tf.io.parse_example(examples, _spec())
    return EvalInputReceiver(features, features[shapes.LABEL], {"examples": examples})


def _logarithm(values):
    return tf.debugging.check_numerics(tf.math.log(values - 0.5), "not above a half")


def trainer_fn(fn_args, schema):
    config = tf_estimator.RunConfig(
        model_dir=fn_args.serving_model_dir, save_checkpoints_steps=50, tf_random_seed=1
    )
    normalizer = _logarithm if fn_args.custom_config.get("logarithm") else None
    estimator = tf_estimator.LinearClassifier(
        [
            tf.feature_column.numeric_column(name, normalizer_fn=normalizer)
            for name in shapes.FEATURES
        ],
        config=config,
        optimizer=lambda: tf.keras.optimizers.SGD(fn_args.custom_config.get("rate", 0.5)),
        warm_start_from=fn_args.base_model,
    )
    exporters = [
        tf_estimator.FinalExporter("final", _serving),
        tf_estimator.LatestExporter("latest", _serving),
    ]
    if fn_args.custom_config.get("exit"):
        sys.exit(0)
    return {
        "estimator": estimator,
        "train_spec": tf_estimator.TrainSpec(
            lambda: _input_fn(fn_args, fn_args.train_files, schema), fn_args.train_steps
        ),
        "eval_spec": tf_estimator.EvalSpec(
            lambda: _input_fn(fn_args, fn_args.eval_files, schema),
            fn_args.eval_steps,
            exporters=exporters,
        ),
        "eval_input_receiver_fn": _evaluating,
    }
