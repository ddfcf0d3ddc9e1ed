"""A user's module file: the wide-and-deep model that the taxi example's base model is."""

import tensorflow as tf
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft

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


def trainer_fn(fn_args, schema):
    transform = tft.TFTransformOutput(fn_args.transform_output)
    spec = transform.transformed_feature_spec()
    column = tf.feature_column

    def read(files):
        options = {"batch_size": 40, "label_key": "tips_xf", "shuffle_seed": 1}
        schema = transform.transformed_metadata.schema
        return fn_args.data_accessor.tf_dataset_factory(files, options, schema)

    def serve():
        features = {name: kind for name, kind in spec.items() if name != "tips_xf"}
        return tf.estimator.export.build_parsing_serving_input_receiver_fn(features)()

    def evaluate():
        serialized = tf.compat.v1.placeholder(tf.string, [None])
        features = tf.io.parse_example(serialized, spec)
        return tfma.export.EvalInputReceiver(
            features, features["tips_xf"], {"examples": serialized}
        )

    estimator = tf.estimator.DNNLinearCombinedClassifier(
        model_dir=fn_args.serving_model_dir,
        config=tf.estimator.RunConfig(tf_random_seed=1),
        linear_feature_columns=[
            column.categorical_column_with_identity(f"{name}_xf", size, default_value=0)
            for name, size in WIDE.items()
        ],
        dnn_feature_columns=[column.numeric_column(f"{name}_xf", shape=()) for name in DENSE],
        dnn_hidden_units=[100, 70, 48, 34],
        warm_start_from=fn_args.base_model,
    )
    exporter = tf.estimator.FinalExporter("taxi", serve)
    return {
        "estimator": estimator,
        "train_spec": tf.estimator.TrainSpec(
            lambda: read(fn_args.train_files), fn_args.train_steps
        ),
        "eval_spec": tf.estimator.EvalSpec(
            lambda: read(fn_args.eval_files), fn_args.eval_steps, exporters=[exporter]
        ),
        "eval_input_receiver_fn": evaluate,
    }
