"""A Keras 3 model as a ``run_fn``, for GenericExecutor: it trains on features by name."""

from typing import Any

import keras
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright import FnArgs
from trainwright.data.feature_spec import feature_spec
from trainwright.data.schema import read_schema

LABEL = "variety"
BATCH_SIZE = 16


def _dataset(files: list[str], fn_args: FnArgs, schema: schema_pb2.Schema) -> tf.data.Dataset:
    """Batches of (features, label), without end."""
    return fn_args.data_accessor.tf_dataset_factory(
        files, {"batch_size": BATCH_SIZE, "label_key": LABEL, "shuffle_seed": 1}, schema
    )


def _model(names: list[str], dataset: tf.data.Dataset) -> keras.Model:
    """A small network on normalized features."""
    inputs = {name: keras.Input((1,), name=name) for name in names}
    normalization = keras.layers.Normalization()
    together = dataset.map(lambda features, label: tf.concat([features[n] for n in names], 1))
    normalization.adapt(together.take(8))
    hidden = normalization(keras.layers.Concatenate()([inputs[name] for name in names]))
    hidden = keras.layers.Dense(16, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
    optimizer = keras.optimizers.Adam(0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def run_fn(fn_args: FnArgs) -> None:
    """Trains, and saves a model that takes serialized tf.train.Examples."""
    keras.utils.set_random_seed(1)
    schema = read_schema(fn_args.schema_path)
    train = _dataset(fn_args.train_files, fn_args, schema)
    spec = {name: part for name, part in feature_spec(schema).items() if name != LABEL}
    model = _model(sorted(spec), train)
    model.fit(
        train,
        steps_per_epoch=fn_args.train_steps,
        validation_data=_dataset(fn_args.eval_files, fn_args, schema),
        validation_steps=fn_args.eval_steps,
        verbose=2,
    )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> dict[str, Any]:
        return {"probabilities": model(tf.io.parse_example(examples, spec))}

    # model.export(fn_args.serving_model_dir) would do, for a model that takes parsed features.
    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={"serving_default": serve})
