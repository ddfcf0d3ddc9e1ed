"""A wide-and-deep model that tf.estimator trained in 2022: ours read it and go on with it."""

from __future__ import annotations

import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.canned import DNNLinearCombinedClassifier

v1 = tf.compat.v1
fc = tf.feature_column

SIZES = {
    "company_xf": 1010,
    "dropoff_latitude_xf": 10,
    "dropoff_longitude_xf": 10,
    "payment_type_xf": 1010,
    "pickup_latitude_xf": 10,
    "pickup_longitude_xf": 10,
    "trip_start_day_xf": 31,
    "trip_start_hour_xf": 24,
    "trip_start_month_xf": 12,
}
DENSE = ["fare_xf", "trip_miles_xf", "trip_seconds_xf"]
WIDE_OPS = "linear/linear_model/linear/linear_model/linear/linear_model"
COUNT = 64


def serialized(folder: Path) -> list[bytes]:
    """Some raw examples."""
    files = sorted(map(str, folder.glob("*.gz")))
    records = tf.data.TFRecordDataset(files, "GZIP").take(COUNT)
    return [record.numpy() for record in records]


@pytest.fixture(scope="module")
def served(shared_data: Path) -> dict[str, Any]:
    """What the SavedModel of 2022 makes of raw examples: columns' inputs, and logits."""
    taxi = shared_data / "taxi"
    exports = taxi / "base_model" / "Format-Serving" / "export" / "chicago-taxi"
    wanted = {name: f"{WIDE_OPS}/{name}/ExpandDims:0" for name in SIZES}
    wanted["dense"] = "dnn/input_from_feature_columns/input_layer/concat:0"
    wanted["logits"] = "add:0"
    examples = serialized(taxi / "examples" / "Split-eval")
    with tf.Graph().as_default(), v1.Session() as session:
        v1.saved_model.load(session, ["serve"], str(next(exports.iterdir())))
        return session.run(wanted, {"input_example_tensor:0": examples})


@pytest.fixture
def checkpoint(shared_data: Path) -> str:
    """The checkpoint beside that SavedModel."""
    return str(shared_data / "taxi" / "base_model" / "Format-Serving" / "model.ckpt-1000")


def wide_and_deep(**options: Any) -> Any:
    columns = [
        fc.categorical_column_with_identity(name, size, default_value=0)
        for name, size in SIZES.items()
    ]
    return DNNLinearCombinedClassifier(
        linear_feature_columns=columns,
        dnn_feature_columns=[fc.numeric_column(name) for name in DENSE],
        dnn_hidden_units=[100, 70, 48, 34],
        **options,
    )


def input_fn(served: dict[str, Any]) -> Any:
    features = {name: served[name] for name in SIZES}
    features |= {name: served["dense"][:, [place]] for place, name in enumerate(DENSE)}
    labels = (served["logits"] > -1.0).astype(np.int64)
    return lambda: tf.data.Dataset.from_tensor_slices((features, labels)).batch(COUNT).repeat()


def test_it_predicts_the_same(served: dict[str, Any], checkpoint: str, tmp_path: Path) -> None:
    estimator = wide_and_deep(model_dir=str(tmp_path))
    predictions = estimator.predict(input_fn(served), checkpoint_path=checkpoint)
    logits = [prediction["logits"] for prediction in islice(predictions, COUNT)]
    np.testing.assert_allclose(logits, served["logits"], rtol=1e-5, atol=1e-5)


def test_training_goes_on_from_it(served: dict[str, Any], checkpoint: str, tmp_path: Path) -> None:
    for file in Path(checkpoint).parent.glob("model.ckpt-1000.*"):
        shutil.copyfile(file, tmp_path / file.name)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-1000"\n')
    estimator = wide_and_deep(model_dir=str(tmp_path))
    before = estimator.evaluate(input_fn(served), steps=1)
    after = estimator.train(input_fn(served), steps=5).evaluate(input_fn(served), steps=1)
    assert (before["global_step"], after["global_step"]) == (1000, 1005)
    assert after["loss"] < before["loss"]
