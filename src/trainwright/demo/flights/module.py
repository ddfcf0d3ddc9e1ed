"""Will a flight arrive more than 15 minutes late? A wide-and-deep model of the flights of 2013.

This is a Trainer's module file, as one written for TFX's Estimator executor would be: it defines
`trainer_fn`. Copy it to start your own.

The splits divide the flights at random, so the model has seen other flights of the same day: it
tells which flights of a known year were late. It does not foresee next year's.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright import FnArgs
from trainwright import estimator as tf_estimator
from trainwright.data.feature_spec import feature_spec
from trainwright.eval_model import EvalInputReceiver

LABEL = "late"
BATCH_SIZE = 512

Features = dict[str, Any]

# Number -> (mean, standard deviation), to bring all of them to one scale.
NUMBERS = {
    "distance": (1048.0, 735.0),
    "departure_minute": (816.0, 282.0),
    "arrival_minute": (947.0, 294.0),
    "departures_this_hour": (22.0, 8.0),
    "temp": (57.0, 18.0),
    "dewp": (41.6, 19.3),
    "humid": (59.3, 19.6),
    "wind_speed": (11.0, 5.6),
    "wind_gust": (25.0, 6.0),
    "precip": (0.004, 0.03),
    "pressure": (1017.8, 7.4),
    "visib": (9.3, 2.0),
    "plane_year": (2001.0, 7.0),
    "plane_seats": (137.0, 71.0),
    "dest_lat": (36.0, 5.9),
    "dest_lon": (-89.0, 15.0),
}


def _columns(schema: schema_pb2.Schema) -> tuple[list[Any], list[Any]]:
    """The feature columns of the linear half and of the deep half."""
    column = tf.feature_column
    domains = {feature.name: list(feature.string_domain.value) for feature in schema.feature}

    def crossed(*names: str, buckets: int) -> Any:
        return column.crossed_column(names, buckets)

    def standardized(name: str, mean: float, deviation: float) -> Any:
        def normalizer_fn(value: Any) -> Any:
            return (tf.cast(value, tf.float32) - mean) / deviation

        return column.numeric_column(name, normalizer_fn=normalizer_fn)

    carrier, origin, dest = (
        column.categorical_column_with_vocabulary_list(name, domains[name])
        for name in ("carrier", "origin", "dest")
    )
    day = column.categorical_column_with_identity("day_of_year", 367, default_value=0)
    weekday = column.categorical_column_with_identity("day_of_week", 7, default_value=0)
    hour = column.categorical_column_with_identity("hour", 24, default_value=0)
    tailnum = column.categorical_column_with_hash_bucket("tailnum", 8_192)
    flight = column.categorical_column_with_hash_bucket("flight", 8_192, tf.int64)
    day_at_origin = crossed("day_of_year", "origin", buckets=4_000)
    day_of_carrier = crossed("day_of_year", "carrier", buckets=20_000)

    # The wide half remembers: each combination has a weight of its own.
    wide = [carrier, origin, dest, day, weekday, hour, tailnum, day_of_carrier]
    wide += [
        crossed("day_of_year", "origin", "hour", buckets=30_000),
        crossed("day_of_year", "dest", buckets=50_000),
        crossed("day_of_year", "tailnum", buckets=200_000),
        crossed("carrier", "flight", buckets=10_000),
        crossed("origin", "hour", "day_of_week", buckets=1_000),
        crossed("dest", "carrier", "origin", buckets=2_000),
    ]
    # The deep half generalizes: combinations share what their embeddings have in common.
    deep = [standardized(name, *scale) for name, scale in NUMBERS.items()]
    deep += [column.indicator_column(origin), column.indicator_column(weekday)]
    embedded = [(carrier, 8), (dest, 16), (hour, 8), (flight, 4), (tailnum, 4)]
    embedded += [(day, 24), (day_at_origin, 16), (day_of_carrier, 8)]
    deep += [column.embedding_column(categories, size) for categories, size in embedded]
    return wide, deep


def _complete(features: Features) -> Features:
    """Gives each flight what it lacks: a number's mean, or the empty string."""
    for name, value in features.items():
        if isinstance(value, tf.SparseTensor):
            default = "" if value.dtype == tf.string else NUMBERS.get(name, (0.0,))[0]
            one_wide = tf.SparseTensor(value.indices, value.values, [value.dense_shape[0], 1])
            features[name] = tf.sparse.to_dense(one_wide, tf.cast(default, value.dtype))
    return features


def _input_fn(
    files: list[str], fn_args: FnArgs, schema: schema_pb2.Schema, **options: Any
) -> Callable[[], tf.data.Dataset]:
    """A function that makes the dataset of (features, label) batches."""

    def input_fn() -> tf.data.Dataset:
        assert fn_args.data_accessor  # an executor always sets it
        dataset = fn_args.data_accessor.tf_dataset_factory(
            files, {"batch_size": BATCH_SIZE, "label_key": LABEL, **options}, schema
        )
        return dataset.map(lambda features, label: (_complete(features), label))

    return input_fn


def _parsed(spec: Features) -> tuple[dict[str, Any], Features]:
    """The model's input, serialized tf.train.Examples, and the features parsed from it."""
    serialized = tf.compat.v1.placeholder(tf.string, [None], name="input_example_tensor")
    return {"examples": serialized}, _complete(tf.io.parse_example(serialized, spec))


def trainer_fn(fn_args: FnArgs, schema: schema_pb2.Schema) -> dict[str, Any]:
    """Declares the model, and how to train, evaluate and export it.

    Args:
        fn_args: what the Trainer was given: files, numbers of steps, directories.
        schema: of the examples.
    """
    spec = feature_spec(schema)
    raw_spec = {name: feature for name, feature in spec.items() if name != LABEL}
    wide, deep = _columns(schema)
    estimator = tf_estimator.DNNLinearCombinedClassifier(
        model_dir=fn_args.serving_model_dir,
        linear_feature_columns=wide,
        linear_optimizer=tf.keras.optimizers.Ftrl(learning_rate=0.05),
        dnn_feature_columns=deep,
        dnn_hidden_units=[256, 128],
        dnn_dropout=0.2,
        dnn_optimizer=tf.keras.optimizers.Adam(learning_rate=0.002),
        config=tf_estimator.RunConfig(save_checkpoints_steps=1_000, keep_checkpoint_max=2),
    )

    def serving_input_receiver_fn() -> tf_estimator.export.ServingInputReceiver:
        examples, features = _parsed(raw_spec)
        return tf_estimator.export.ServingInputReceiver(features, examples)

    def eval_input_receiver_fn() -> EvalInputReceiver:
        examples, features = _parsed(spec)
        return EvalInputReceiver(features, features[LABEL], examples)

    return {
        "estimator": estimator,
        "train_spec": tf_estimator.TrainSpec(
            _input_fn(fn_args.train_files, fn_args, schema), max_steps=fn_args.train_steps
        ),
        "eval_spec": tf_estimator.EvalSpec(
            _input_fn(fn_args.eval_files, fn_args, schema, shuffle=False, num_epochs=1),
            steps=fn_args.eval_steps,
            exporters=[tf_estimator.FinalExporter("flights", serving_input_receiver_fn)],
            throttle_secs=0,
        ),
        "eval_input_receiver_fn": eval_input_receiver_fn,
    }
