"""One program for two systems: the taxi wide-and-deep model of 2022, evaluated and trained on.

Usage: taxi_program.py (tensorflow|trainwright) TAXI_DIR MODEL_DIR TRAIN_STEPS
Works on MODEL_DIR, which holds a checkpoint already, and prints JSON: evaluation metrics,
predictions, and both of them and some of each variable after further steps.
"""

import itertools
import json
import sys

import tensorflow as tf

DENSE = ["trip_miles_xf", "fare_xf", "trip_seconds_xf"]
VOCABULARIES = {"payment_type_xf": 1010, "company_xf": 1010}
BUCKETS = {
    "pickup_latitude_xf": 10,
    "pickup_longitude_xf": 10,
    "dropoff_latitude_xf": 10,
    "dropoff_longitude_xf": 10,
}
CALENDAR = {"trip_start_hour_xf": 24, "trip_start_day_xf": 31, "trip_start_month_xf": 12}
LABEL = "tips_xf"


def feature_spec():
    spec = {name: tf.io.FixedLenFeature([], tf.float32) for name in DENSE}
    for name in [*VOCABULARIES, *BUCKETS, *CALENDAR, LABEL]:
        spec[name] = tf.io.FixedLenFeature([], tf.int64)
    return spec


def input_fn(taxi_dir, split, batch):
    files = f"{taxi_dir}/transformed_examples/Split-{split}/*"
    dataset = tf.data.TFRecordDataset(tf.io.gfile.glob(files), "GZIP").batch(batch)
    dataset = dataset.map(lambda records: tf.io.parse_example(records, feature_spec()))
    return dataset.map(lambda features: (features, features.pop(LABEL)))


def make_estimator(estimators, model_dir):
    columns = tf.feature_column
    sizes = {**VOCABULARIES, **BUCKETS, **CALENDAR}
    return estimators.DNNLinearCombinedClassifier(
        model_dir=model_dir,
        config=estimators.RunConfig(tf_random_seed=1),
        linear_feature_columns=[
            columns.categorical_column_with_identity(name, size, default_value=0)
            for name, size in sizes.items()
        ],
        dnn_feature_columns=[columns.numeric_column(name, shape=()) for name in DENSE],
        dnn_hidden_units=[100, 70, 48, 34],
    )


def run(estimators, taxi_dir, model_dir, steps):
    estimator = make_estimator(estimators, model_dir)
    results = {}
    metrics = estimator.evaluate(lambda: input_fn(taxi_dir, "eval", 500))
    results["evaluation"] = {name: float(value) for name, value in metrics.items()}
    rows = estimator.predict(lambda: input_fn(taxi_dir, "eval", 500).take(1))
    results["probabilities"] = [
        float(row["probabilities"][1]) for row in itertools.islice(rows, 20)
    ]
    if steps:
        estimator.train(lambda: input_fn(taxi_dir, "train", 200), steps=steps)
        metrics = estimator.evaluate(lambda: input_fn(taxi_dir, "eval", 500))
        results["evaluation_after"] = {name: float(value) for name, value in metrics.items()}
        results["variables_after"] = {
            name: [float(v) for v in estimator.get_variable_value(name).flatten()[:12]]
            for name in estimator.get_variable_names()
        }
    return results


def main():
    system, taxi_dir, model_dir, steps = sys.argv[1:]
    if system == "tensorflow":
        estimators = tf.estimator
    else:
        from trainwright import estimator as estimators
    results = run(estimators, taxi_dir, model_dir, int(steps))
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
