"""Will the passenger tip more than a fifth of the fare? A wide-and-deep model of taxi trips.

This is a module file as one writes it for TFX's Trainer. Nothing in it is trainwright's: it imports
TensorFlow, TF Transform and TFMA by their names, which resolve to ours where the packages are not
installed. TFX 1.15 with TensorFlow 2.15 runs the same file.
"""

import tensorflow as tf
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft
from tensorflow import estimator as tf_estimator
from tensorflow_transform.tf_metadata import schema_utils
from tfx_bsl.public import tfxio

LABEL = "tips"
BATCH_SIZE = 64
HIDDEN_UNITS = [64, 32]

NUMBERS = ["fare", "trip_miles", "trip_seconds"]
CATEGORIES = ["company", "payment_type"]
CATEGORIES += ["pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude"]
CLOCK = {"trip_start_hour": 24, "trip_start_day": 8, "trip_start_month": 13}


def _transformed(name):
    """What the Transform graph calls a feature."""
    return f"{name}_xf"


def _columns(transform):
    """The feature columns of the linear half and of the deep half."""
    sizes = {
        name: transform.num_buckets_for_transformed_feature(_transformed(name))
        for name in CATEGORIES
    }
    column = tf.feature_column
    wide = [
        column.categorical_column_with_identity(_transformed(name), size, default_value=0)
        for name, size in {**sizes, **CLOCK}.items()
    ]
    deep = [column.numeric_column(_transformed(name)) for name in NUMBERS]
    deep += [column.embedding_column(categories, 4) for categories in wide]
    return wide, deep


def _input_fn(files, data_accessor, transform, **options):
    """A function that makes the dataset of (features, label) batches."""

    def input_fn():
        return data_accessor.tf_dataset_factory(
            files,
            tfxio.TensorFlowDatasetOptions(
                batch_size=BATCH_SIZE, label_key=_transformed(LABEL), **options
            ),
            transform.transformed_metadata.schema,
        )

    return input_fn


def _raw_features(schema, without=()):
    """The model's input, serialized tf.train.Examples, and the raw features parsed from it."""
    spec = schema_utils.schema_as_feature_spec(schema).feature_spec
    spec = {name: feature for name, feature in spec.items() if name not in without}
    serialized = tf.compat.v1.placeholder(tf.string, [None], name="input_example_tensor")
    return {"examples": serialized}, tf.io.parse_example(serialized, spec)


def trainer_fn(fn_args, schema):
    """Declares the model, and how to train, evaluate and export it."""
    transform = tft.TFTransformOutput(fn_args.transform_output)
    wide, deep = _columns(transform)
    learning_rate = fn_args.custom_config["learning_rate"]
    config = tf_estimator.RunConfig(model_dir=fn_args.serving_model_dir, tf_random_seed=1)
    estimator = tf_estimator.DNNLinearCombinedClassifier(
        linear_feature_columns=wide,
        dnn_feature_columns=deep,
        dnn_hidden_units=HIDDEN_UNITS,
        dnn_optimizer=lambda: tf.keras.optimizers.Adam(learning_rate),
        warm_start_from=fn_args.base_model,  # None where the run is given no base model
        config=config,
    )

    def serving_input_receiver_fn():
        receiver, raw = _raw_features(schema, without=[LABEL])
        features = transform.transform_raw_features(raw)
        return tf_estimator.export.ServingInputReceiver(features, receiver)

    def eval_input_receiver_fn():
        receiver, raw = _raw_features(schema)
        features = transform.transform_raw_features(raw)
        return tfma.export.EvalInputReceiver(
            {**raw, **features}, features[_transformed(LABEL)], receiver
        )

    accessor = fn_args.data_accessor
    return {
        "estimator": estimator,
        "train_spec": tf_estimator.TrainSpec(
            _input_fn(fn_args.train_files, accessor, transform, shuffle_seed=1),
            max_steps=fn_args.train_steps,
        ),
        "eval_spec": tf_estimator.EvalSpec(
            _input_fn(fn_args.eval_files, accessor, transform, shuffle=False, num_epochs=1),
            steps=fn_args.eval_steps,
            exporters=[tf_estimator.FinalExporter("taxi", serving_input_receiver_fn)],
            throttle_secs=0,
        ),
        "eval_input_receiver_fn": eval_input_receiver_fn,
    }
