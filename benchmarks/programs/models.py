"""Other models of the taxi trips, as people write module files for TFX.

``BENCHMARK_MODEL`` says which: ``embeddings`` (a network over embedding columns), ``lists`` (wide
and deep over VarLenFeatures), ``linear`` (with crosses and buckets), or ``custom`` (a model_fn of
TensorFlow 1's layers, Adam).
"""

import os

import tensorflow as tf
import tensorflow_model_analysis as tfma

DENSE = ("trip_miles_xf", "fare_xf", "trip_seconds_xf")
RANGES = {
    "company_xf": 1010,
    "payment_type_xf": 1010,
    "pickup_latitude_xf": 10,
    "pickup_longitude_xf": 10,
    "dropoff_latitude_xf": 10,
    "dropoff_longitude_xf": 10,
    "trip_start_hour_xf": 24,
    "trip_start_day_xf": 31,
    "trip_start_month_xf": 12,
}
LABEL = "tips_xf"
MODEL = os.environ["BENCHMARK_MODEL"]
estimators = tf.estimator
v1 = tf.compat.v1


def feature_spec():
    one = tf.io.FixedLenFeature([], tf.int64)
    of_ranges = tf.io.VarLenFeature(tf.int64) if MODEL == "lists" else one
    spec = {name: tf.io.FixedLenFeature([], tf.float32) for name in DENSE}
    return {**spec, **dict.fromkeys(RANGES, of_ranges), LABEL: one}


def numbers():
    return [tf.feature_column.numeric_column(name) for name in DENSE]


def ranges():
    identity = tf.feature_column.categorical_column_with_identity
    return [identity(name, size, default_value=0) for name, size in RANGES.items()]


def embedded(columns):
    return [tf.feature_column.embedding_column(column, 8) for column in columns]


def embeddings(config):
    return estimators.DNNClassifier([64, 32], [*numbers(), *embedded(ranges())], config=config)


def lists(config):
    return estimators.DNNLinearCombinedClassifier(
        linear_feature_columns=ranges(),
        dnn_feature_columns=[*numbers(), *embedded(ranges()[:3])],
        dnn_hidden_units=[64, 32],
        config=config,
    )


def linear(config):
    columns = ranges()
    crosses = [
        tf.feature_column.crossed_column(columns[2:4], 1000),
        tf.feature_column.crossed_column(columns[4:6], 1000),
    ]
    fares = tf.feature_column.bucketized_column(numbers()[1], [-1.0, 0.0, 1.0])
    return estimators.LinearClassifier([*columns, *crosses, fares], config=config)


def custom(config):
    return estimators.Estimator(_model_fn, config=config)


def _model_fn(features, labels, mode):
    parts = [tf.stack([features[name] for name in DENSE], axis=1)]
    for name, size in RANGES.items():
        table = v1.get_variable(f"{name}/table", [size, 8])
        ids = tf.clip_by_value(features[name], 0, size - 1)
        parts.append(tf.nn.embedding_lookup(table, ids))
    hidden = tf.concat(parts, axis=1)
    for number, units in enumerate((64, 32)):
        hidden = tf.nn.relu(_dense(hidden, units, f"hidden_{number}"))
    logits = _dense(hidden, 1, "logits")
    chances = tf.sigmoid(logits)
    if mode == estimators.ModeKeys.PREDICT:
        outputs = {"serving_default": estimators.export.PredictOutput({"chance": chances})}
        return estimators.EstimatorSpec(mode, {"chance": chances}, export_outputs=outputs)
    expected = tf.cast(tf.reshape(labels, [-1, 1]), tf.float32)
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=expected, logits=logits)
    loss = tf.reduce_mean(losses)
    metrics = {"auc": v1.metrics.auc(expected, chances)}
    train_op = None
    if mode == estimators.ModeKeys.TRAIN:
        train_op = v1.train.AdamOptimizer(0.001).minimize(loss, v1.train.get_global_step())
    return estimators.EstimatorSpec(
        mode, {"chance": chances}, loss, train_op, eval_metric_ops=metrics
    )


def _dense(inputs, units, name):
    kernel = v1.get_variable(f"{name}/kernel", [inputs.shape[1], units])
    bias = v1.get_variable(f"{name}/bias", [units], initializer=tf.zeros_initializer())
    return tf.matmul(inputs, kernel) + bias


def trainer_fn(fn_args, schema):
    def read(files):
        return tf.data.experimental.make_batched_features_dataset(
            files,
            40,
            feature_spec(),
            reader=lambda file: tf.data.TFRecordDataset(file, "GZIP"),
            label_key=LABEL,
        )

    def evaluate():
        serialized = v1.placeholder(tf.string, [None])
        features = tf.io.parse_example(serialized, feature_spec())
        return tfma.export.EvalInputReceiver(
            features=features, labels=features[LABEL], receiver_tensors={"examples": serialized}
        )

    served = {name: kind for name, kind in feature_spec().items() if name != LABEL}
    receiver = estimators.export.build_parsing_serving_input_receiver_fn(served)
    config = estimators.RunConfig(
        model_dir=fn_args.serving_model_dir, tf_random_seed=1, save_checkpoints_steps=999
    )
    return {
        "estimator": globals()[MODEL](config),
        "train_spec": estimators.TrainSpec(lambda: read(fn_args.train_files), fn_args.train_steps),
        "eval_spec": estimators.EvalSpec(
            lambda: read(fn_args.eval_files),
            fn_args.eval_steps,
            exporters=[estimators.FinalExporter("taxi", receiver)],
            start_delay_secs=0,
            throttle_secs=0,
        ),
        "eval_input_receiver_fn": evaluate,
    }
