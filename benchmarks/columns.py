"""How fast canned models step with lowered feature columns, beside the columns' own ops.

The data lies in memory and K steps are one call, so that nothing but the step counts.

Run: python -m benchmarks.columns [--models taxi,flights] [--batch-sizes 40,512,4096]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.demo.flights import module as flights_module
from trainwright.estimator.engine.graph import ModelDefinition, build_graph

v1 = tf.compat.v1
fc = tf.feature_column
ROUNDS = 5
EXAMPLES = 16_384
OUTSIDE = ("VarHandleOp", "HashTableV2", "IteratorV2", "OneShotIterator")


def taxi() -> tuple[Any, dict[str, Any]]:
    """TFX's taxi model: numbers, and identity columns over what Transform made of strings."""
    rng = np.random.default_rng(0)
    sizes = [1010, 1010, 10, 10, 10, 10, 24, 31, 12]
    features: dict[str, Any] = {
        f"id_{index}": rng.integers(0, size, EXAMPLES) for index, size in enumerate(sizes)
    }
    features |= {f"x_{index}": rng.normal(size=EXAMPLES).astype("f") for index in range(3)}
    wide = [
        fc.categorical_column_with_identity(f"id_{index}", size, default_value=0)
        for index, size in enumerate(sizes)
    ]
    deep = [fc.numeric_column(f"x_{index}", shape=()) for index in range(3)]
    model = tfe.DNNLinearCombinedClassifier(
        linear_feature_columns=wide, dnn_feature_columns=deep, dnn_hidden_units=[100, 70, 48, 34]
    )
    return model, features


def flights() -> tuple[Any, dict[str, Any]]:
    """The wide-and-deep model of the demo: crosses, vocabularies, hashes and embeddings."""
    from tensorflow_metadata.proto.v0 import schema_pb2

    rng = np.random.default_rng(0)
    words = {"carrier": 16, "origin": 3, "dest": 105, "tailnum": 4_000}
    vocabularies = {
        name: np.array([f"{name}{index}".encode() for index in range(size)])
        for name, size in words.items()
    }
    schema = schema_pb2.Schema()
    for name, values in vocabularies.items():
        schema.feature.add(name=name).string_domain.value.extend(v.decode() for v in values)
    features: dict[str, Any] = {
        name: rng.choice(values, EXAMPLES) for name, values in vocabularies.items()
    }
    for name, size in {"day_of_year": 367, "day_of_week": 7, "hour": 24, "flight": 6_000}.items():
        features[name] = rng.integers(0, size, EXAMPLES)
    for name, (mean, deviation) in flights_module.NUMBERS.items():
        features[name] = rng.normal(mean, deviation, EXAMPLES).astype("f")
    wide, deep = flights_module._columns(schema)
    model = tfe.DNNLinearCombinedClassifier(
        linear_feature_columns=wide,
        linear_optimizer=tf.keras.optimizers.Ftrl(learning_rate=0.05),
        dnn_feature_columns=deep,
        dnn_hidden_units=[256, 128],
        dnn_dropout=0.2,
        dnn_optimizer=tf.keras.optimizers.Adam(learning_rate=0.002),
    )
    return model, {name: value.reshape(-1, 1) for name, value in features.items()}


MODELS: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {"taxi": taxi, "flights": flights}


class Loop:
    """K training steps of a model as one call.

    Args:
        model: a canned estimator.
        features: the data.
        batch_size: examples in a step.
        lowered: whether columns may be lowered.
    """

    def __init__(self, model: Any, features: dict[str, Any], batch_size: int, lowered: bool):
        os.environ["TRAINWRIGHT_LOWERING"] = "1" if lowered else "0"
        labels = np.random.default_rng(1).integers(0, 2, EXAMPLES)

        def input_fn() -> Any:
            data = tf.data.Dataset.from_tensor_slices((features, labels))
            return data.batch(batch_size, drop_remainder=True).cache().repeat().prefetch(4)

        definition = ModelDefinition(model._model_fn, {}, model.config)
        made = build_graph(definition, input_fn, "train")
        self.graph, self.train_op = made.graph, made.spec.train_op.name
        with self.graph.as_default():
            self.step = v1.graph_util.extract_sub_graph(
                self.graph.as_graph_def(), [made.spec.train_op.name, made.spec.loss.op.name]
            )
            loss = made.spec.loss.name
            self.run = self._loop(made.spec.train_op.name, loss)
            self.session = v1.Session()
            self.session.run(v1.global_variables_initializer())
            self.session.run(v1.tables_initializer())  # the iterator's initializer among them
            self.session.run(
                [op for op in self.graph.get_operations() if op.type == "MakeIterator"]
            )

    def _loop(self, train_op: str, loss: str) -> Callable[[int], Any]:
        outside = [node.name for node in self.step.node if node.op in OUTSIDE]
        handles = {name: self.graph.get_tensor_by_name(f"{name}:0") for name in outside}

        def body(step: Any, _: Any) -> Any:
            capture = v1.get_default_graph().capture
            captured = {name: capture(handle) for name, handle in handles.items()}
            made, value = tf.import_graph_def(
                self.step, input_map=captured, return_elements=[train_op, loss], name="step"
            )
            with tf.control_dependencies([made]):
                return step + 1, tf.identity(value)

        steps = v1.placeholder(tf.int32, [])
        out = tf.while_loop(
            lambda step, _: step < steps,
            body,
            (tf.constant(0), tf.constant(0.0)),
            parallel_iterations=1,
        )
        return lambda count: self.session.run(out[1], {steps: count})

    @property
    def ops(self) -> int:
        """Operations of a step."""
        return sum(node.op not in (*OUTSIDE, "Const") for node in self.step.node)

    def rate(self, steps: int) -> float:
        """Steps per second of CPU time, which other load on the machine hardly changes."""
        begin = time.process_time()
        self.run(steps)
        return steps / (time.process_time() - begin)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="taxi,flights")
    parser.add_argument("--batch-sizes", default="40,512,4096")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    arguments = parser.parse_args()
    print("model    batch   ops: own  lowered   steps/CPU s: own  lowered   ratio (range)")
    for name in arguments.models.split(","):
        model, features = MODELS[name]()
        for batch_size in map(int, arguments.batch_sizes.split(",")):
            loops = [Loop(model, features, batch_size, lowered) for lowered in (False, True)]
            steps = [max(int(loop.rate(20) * arguments.seconds), 10) for loop in loops]
            for loop, count in zip(loops, steps, strict=True):
                loop.rate(count)
            rounds = [
                [loop.rate(count) for loop, count in zip(loops, steps, strict=True)]
                for _ in range(ROUNDS)
            ]
            own, lowered = (statistics.median(rates) for rates in zip(*rounds, strict=True))
            ratios = sorted(after / before for before, after in rounds)
            print(
                f"{name:8} {batch_size:5} {loops[0].ops:10} {loops[1].ops:8} {own:14,.0f} "
                f"{lowered:8,.0f}   {statistics.median(ratios):.2f} "
                f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
