"""The same model as Keras 3 trains it, and a hand-written loop over data in memory: prints JSON.

Usage: keras_fit.py TAXI_DIR BATCH_SIZES SECONDS
"""

import itertools
import json
import sys
import time

import keras
import tensorflow as tf
from taxi import DENSE, LABEL, UNITS, WIDE, feature_spec, record_level

from estimator import in_memory
from trainwright.data.examples import examples_dataset


def keras_model(steps_per_execution):
    inputs = {f"{n}_xf": keras.Input([], dtype="float32", name=f"{n}_xf") for n in DENSE}
    inputs.update({f"{n}_xf": keras.Input([], dtype="int64", name=f"{n}_xf") for n in WIDE})
    dense = [keras.ops.expand_dims(inputs[f"{name}_xf"], 1) for name in DENSE]
    deep = keras.layers.Concatenate()(dense)
    for units in UNITS:
        deep = keras.layers.Dense(units, activation="relu")(deep)
    parts = [
        keras.layers.Embedding(size, 1, embeddings_initializer="zeros")(
            keras.ops.clip(inputs[f"{name}_xf"], 0, size - 1)
        )
        for name, size in WIDE.items()
    ]
    logits = keras.layers.Add()([keras.layers.Dense(1)(deep), *parts])
    model = keras.Model(inputs, logits)
    model.compile(
        optimizer=keras.optimizers.Adagrad(0.05),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        steps_per_execution=steps_per_execution,
    )
    return model


class Times(keras.callbacks.Callback):
    """When how many batches were done."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        """Looks at the clock."""
        self.seen.append((time.perf_counter(), batch + 1))


def fit_rate(dataset, batch_size, steps_per_execution, seconds):
    model = keras_model(steps_per_execution)
    guess = max(steps_per_execution, 4)
    begin = time.perf_counter()
    model.fit(dataset, steps_per_epoch=guess, verbose=0)
    begin = time.perf_counter()
    model.fit(dataset, steps_per_epoch=guess, verbose=0)
    rate = guess / (time.perf_counter() - begin)
    runs = max(int(rate * seconds) // steps_per_execution, 4)
    times = Times()
    model.fit(dataset, steps_per_epoch=runs * steps_per_execution, verbose=0, callbacks=[times])
    first, last = times.seen[len(times.seen) // 4], times.seen[-1]
    return (last[1] - first[1]) / (last[0] - first[0])


def floor_rate(dataset, batch_size, seconds):
    """Steps a second of a loop that XLA compiles, of gathers, over batches in one tensor."""
    held = next(iter(dataset.batch(max(min(64, 65536 // batch_size), 2))))
    features, labels = held
    count = int(labels.shape[0])
    train = jitted_loop(features, tf.cast(labels, tf.float32), count)
    train(tf.constant(count))
    begin = time.perf_counter()
    train(tf.constant(4 * count))
    steps = int(4 * count * seconds / (time.perf_counter() - begin)) // count * count + count
    begin = time.perf_counter()
    train(tf.constant(steps))
    return steps / (time.perf_counter() - begin)


def jitted_loop(features, labels, count):
    sizes = [len(DENSE), *UNITS, 1]
    glorot = tf.keras.initializers.GlorotUniform(1)
    kernels = [tf.Variable(glorot([i, o])) for i, o in itertools.pairwise(sizes)]
    biases = [tf.Variable(tf.zeros([size])) for size in sizes[1:]]
    tables = [tf.Variable(tf.zeros([size])) for size in WIDE.values()]
    deep = [*kernels, *biases]
    slots = [tf.Variable(tf.fill(v.shape, 0.1)) for v in [*deep, *tables]]
    linears = [tf.Variable(tf.zeros_like(v)) for v in tables]

    def loss_of(batch, label):
        hidden = tf.stack([batch[f"{name}_xf"] for name in DENSE], 1)
        for kernel, bias in zip(kernels[:-1], biases[:-1]):  # noqa: B905
            hidden = tf.nn.relu(hidden @ kernel + bias)
        logits = tf.squeeze(hidden @ kernels[-1] + biases[-1], 1)
        for table, (name, size) in zip(tables, WIDE.items()):  # noqa: B905
            ids = tf.clip_by_value(batch[f"{name}_xf"], 0, size - 1)
            logits += tf.gather(table, ids)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(label, logits))

    @tf.function(jit_compile=True)
    def step(batch, label):
        with tf.GradientTape() as tape:
            loss = loss_of(batch, label)
        gradients = tape.gradient(loss, [*deep, *tables])
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        for v, slot, gradient in zip(deep, slots, gradients):  # noqa: B905
            tf.raw_ops.ResourceApplyAdagrad(var=v.handle, accum=slot.handle, lr=0.05, grad=gradient)
        n = len(deep)
        for v, slot, linear, gradient in zip(tables, slots[n:], linears, gradients[n:]):  # noqa: B905
            tf.raw_ops.ResourceApplyFtrl(
                var=v.handle,
                accum=slot.handle,
                linear=linear.handle,
                grad=gradient,
                lr=0.005,
                l1=0.0,
                l2=0.0,
                lr_power=-0.5,
            )
        return loss

    @tf.function
    def train(steps):
        loss = 0.0
        for i in tf.range(steps):
            at = i % count
            loss = step({name: values[at] for name, values in features.items()}, labels[at])
        return loss

    return train


def main():
    taxi, batch_sizes, seconds = sys.argv[1:]
    files = sorted(tf.io.gfile.glob(f"{taxi}/transformed_examples/Split-train/*"))
    results = {}
    for batch_size in map(int, batch_sizes.split(",")):
        inputs = {
            "record level": lambda size: record_level(files, size),
            "our input": lambda size: examples_dataset(
                files, feature_spec(), size, label_key=LABEL
            ),
        }
        for name, read in inputs.items():
            for together in (1, 100):
                key = f"{name}/{together}/{batch_size}"
                data = read(batch_size)
                if batch_size > 2000 and together > 1:
                    together = 10
                results[key] = fit_rate(data, batch_size, together, float(seconds))
        held = in_memory(inputs["our input"](4096), batch_size)()
        results[f"floor/{batch_size}"] = floor_rate(held, batch_size, float(seconds))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
