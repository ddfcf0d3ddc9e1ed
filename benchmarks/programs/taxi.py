"""The wide-and-deep model of the taxi trips, for any side: estimators are handed in.

Also a module file as people write them for TFX; ``BENCHMARK_FIRST_STEP`` names a file to which the
time of the first training step is written, on sides that have no other way to tell.
"""

import os
import time
from pathlib import Path

import tensorflow as tf

DENSE = ("trip_miles", "fare", "trip_seconds")
WIDE = {
    "company": 1010,
    "payment_type": 1010,
    "pickup_latitude": 10,
    "pickup_longitude": 10,
    "dropoff_latitude": 10,
    "dropoff_longitude": 10,
    "trip_start_hour": 24,
    "trip_start_day": 31,
    "trip_start_month": 12,
}
LABEL = "tips_xf"
UNITS = [100, 70, 48, 34]
BATCH = 40
EVALUATE_EVERY = 999


def feature_spec():
    spec = {f"{name}_xf": tf.io.FixedLenFeature([], tf.float32) for name in DENSE}
    spec.update({f"{n}_xf": tf.io.FixedLenFeature([], tf.int64) for n in [*WIDE, "tips"]})
    return spec


def model(estimators, model_dir, **settings):
    column = tf.feature_column
    return estimators.DNNLinearCombinedClassifier(
        model_dir=model_dir,
        config=estimators.RunConfig(tf_random_seed=1, **settings),
        linear_feature_columns=[
            column.categorical_column_with_identity(f"{name}_xf", size, default_value=0)
            for name, size in WIDE.items()
        ],
        dnn_feature_columns=[column.numeric_column(f"{name}_xf", shape=()) for name in DENSE],
        dnn_hidden_units=UNITS,
    )


def record_level(files, batch_size):
    """The input that most module files have."""
    return tf.data.experimental.make_batched_features_dataset(
        files,
        batch_size,
        feature_spec(),
        reader=lambda file: tf.data.TFRecordDataset(file, "GZIP"),
        label_key=LABEL,
    )


def serving(estimators):
    features = {name: kind for name, kind in feature_spec().items() if name != LABEL}
    return estimators.export.build_parsing_serving_input_receiver_fn(features)


class _FirstStep(tf.compat.v1.train.SessionRunHook):
    def __init__(self, path):
        self._path = path

    def after_run(self, run_context, run_values):
        if self._path:
            Path(self._path).write_text(repr(time.time()))
            self._path = None


def trainer_fn(fn_args, schema):
    import tensorflow_model_analysis as tfma
    import tensorflow_transform as tft
    from tfx_bsl.public import tfxio

    transform = tft.TFTransformOutput(fn_args.transform_output)
    first_step = os.environ.get("BENCHMARK_FIRST_STEP")

    def read(files):
        options = tfxio.TensorFlowDatasetOptions(batch_size=BATCH, label_key=LABEL)
        metadata = transform.transformed_metadata.schema
        return fn_args.data_accessor.tf_dataset_factory(files, options, metadata)

    def evaluate():
        serialized = tf.compat.v1.placeholder(tf.string, [None])
        features = tf.io.parse_example(serialized, feature_spec())
        receiver = {"examples": serialized}
        return tfma.export.EvalInputReceiver(
            features=features, labels=features[LABEL], receiver_tensors=receiver
        )

    return {
        "estimator": model(
            tf.estimator, fn_args.serving_model_dir, save_checkpoints_steps=EVALUATE_EVERY
        ),
        "train_spec": tf.estimator.TrainSpec(
            lambda: read(fn_args.train_files),
            fn_args.train_steps,
            hooks=[_FirstStep(first_step)] if first_step else [],
        ),
        "eval_spec": tf.estimator.EvalSpec(
            lambda: read(fn_args.eval_files),
            fn_args.eval_steps,
            exporters=[tf.estimator.FinalExporter("taxi", serving(tf.estimator))],
            start_delay_secs=0,
            throttle_secs=0,
        ),
        "eval_input_receiver_fn": evaluate,
    }
