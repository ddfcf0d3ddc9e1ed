"""Asks an exported model about trips of the CSV file, as a serving system would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from trainwright.data.example_proto import encode_examples
from trainwright.data.schema import read_schema

__all__ = ["read_trips", "score_trips"]

LABEL = "tips"


def read_trips(data: Path) -> pa.Table:
    """The CSV file, its columns of the types that the schema says."""
    from tensorflow_metadata.proto.v0 import schema_pb2

    types = {
        schema_pb2.INT: pa.int64(),
        schema_pb2.FLOAT: pa.float32(),
        schema_pb2.BYTES: pa.string(),
    }
    schema = read_schema(data / "schema" / "schema.pbtxt")
    columns = {feature.name: types[feature.type] for feature in schema.feature}
    options = pa.csv.ConvertOptions(column_types=columns, include_columns=list(columns))
    return pa.csv.read_csv(data / "csv" / "data.csv", convert_options=options)


def score_trips(data: Path, model: Path, count: int) -> list[dict[str, Any]]:
    """Trips spread over the file, each with the probability of a big tip.

    Args:
        data: the artifacts, as :func:`data.fetch_data` leaves them.
        model: a SavedModel with the signature ``predict``.
        count: trips to score.

    Returns:
        For each trip its columns, and ``probability``.
    """
    import tensorflow as tf

    trips = read_trips(data)
    chosen = trips.take([row * len(trips) // count for row in range(count)])
    raw = chosen.drop_columns([LABEL])
    # A null is a feature that the Example does not have; that is what the model was trained on.
    serialized = list(encode_examples({name: raw[name] for name in raw.column_names}))
    predict = tf.saved_model.load(str(model)).signatures["predict"]
    probabilities = predict(examples=tf.constant(serialized))["probabilities"][:, 1].numpy()
    return [
        {**trip, "probability": float(probability)}
        for trip, probability in zip(chosen.to_pylist(), probabilities, strict=True)
    ]
