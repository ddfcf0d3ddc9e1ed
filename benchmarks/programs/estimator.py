"""Training steps, evaluation and export of an Estimator: prints JSON.

Usage: estimator.py (tensorflow|trainwright) TAXI_DIR OUTPUT_DIR BATCH_SIZES SECONDS
"""

import json
import sys
import tempfile
import time

import tensorflow as tf
from taxi import LABEL, feature_spec, model, record_level, serving

WARM_UP = {40: 400, 256: 120, 4096: 12}


class Times:
    """When which step was done."""

    def __init__(self):
        self.seen = []

    def rate(self):
        """Steps a second, without the first quarter of the steps."""
        begin = next(t for t in self.seen if t[1] - self.seen[0][1] >= self.span() / 4)
        end = self.seen[-1]
        return (end[1] - begin[1]) / (end[0] - begin[0])

    def span(self):
        """How many steps were seen after the first."""
        return self.seen[-1][1] - self.seen[0][1]


def tensorflow_side():
    class Hook(tf.compat.v1.train.SessionRunHook):
        def __init__(self, times):
            self.times = times

        def after_run(self, run_context, run_values):
            self.times.seen.append((time.perf_counter(), len(self.times.seen)))

    def train(estimator, input_fn, steps):
        times = Times()
        estimator.train(input_fn, steps=steps, hooks=[Hook(times)])
        return times

    return tf.estimator, train, {"files": record_level}


def trainwright_side():
    from trainwright import estimator as estimators
    from trainwright.data.examples import examples_dataset
    from trainwright.events import RunObserver, observing

    class Observer(RunObserver):
        def __init__(self, times):
            self.times = times

        def on_steps(self, step, loss, examples):
            self.times.seen.append((time.perf_counter(), step))

    def train(estimator, input_fn, steps):
        times = Times()
        with observing(Observer(times)):
            estimator.train(input_fn, steps=steps)
        return times

    def files(names, batch_size):
        return examples_dataset(names, feature_spec(), batch_size, label_key=LABEL)

    def memory(names, batch_size):
        return in_memory(files(names, 4096), batch_size)

    return estimators, train, {"files": files, "memory": memory}


def in_memory(blocks, batch_size, batches=64):
    """So many batches, taken by turns: next to no work."""
    held = next(iter(blocks.unbatch().batch(4096)))
    data = tf.data.Dataset.from_tensors(held).repeat().unbatch().batch(batch_size, True)
    stacked = next(iter(data.batch(max(min(batches, 65536 // batch_size), 2))))
    arrays = tf.nest.map_structure(lambda t: t.numpy(), stacked)
    return lambda: tf.data.Dataset.from_tensor_slices(arrays).cache().repeat().prefetch(4)


def main():
    side, taxi, output, batch_sizes, seconds = sys.argv[1:]
    estimators, train, inputs = tensorflow_side() if side == "tensorflow" else trainwright_side()
    files = sorted(tf.io.gfile.glob(f"{taxi}/transformed_examples/Split-train/*"))
    results = {}
    estimator = None
    for batch_size in map(int, batch_sizes.split(",")):
        for name, read in inputs.items():
            if name == "memory":
                input_fn = read(files, batch_size)
            else:
                input_fn = lambda read=read, size=batch_size: read(files, size)  # noqa: E731
            estimator = model(estimators, tempfile.mkdtemp(dir=output))
            warm_up = train(estimator, input_fn, WARM_UP.get(batch_size, 100)).rate()
            steps = max(int(warm_up * float(seconds)), 20)
            results[f"{name}/{batch_size}"] = train(estimator, input_fn, steps).rate()
    results.update(evaluation_and_export(estimators, estimator, inputs["files"], files, output))
    print(json.dumps(results))


def evaluation_and_export(estimators, estimator, read, files, output):
    steps, batch = 40, 512
    begin = time.perf_counter()
    for _ in range(2):
        estimator.evaluate(lambda: read(files, batch), steps=steps)
    evaluated = time.perf_counter()
    estimator.export_saved_model(output, serving(estimators))
    exported = time.perf_counter()
    return {"evaluation": 2 * steps * batch / (evaluated - begin), "export": exported - evaluated}


if __name__ == "__main__":
    main()
