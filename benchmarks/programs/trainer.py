"""One run of the Trainer's executor, as a process: prints JSON.

Usage: trainer.py (tfx|trainwright) TAXI_DIR OUTPUT_DIR STEPS

``BENCHMARK_MODEL`` names one of the models in models.py; else it is the one in taxi.py.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

BEGIN = time.time()
MODULE = "models.py" if "BENCHMARK_MODEL" in os.environ else "taxi.py"
EVAL_STEPS = 100


def artifacts_of(types, taxi, output):
    def artifact(kind, uri):
        made = kind()
        made.uri = str(uri)
        return made

    examples = artifact(types.Examples, taxi / "transformed_examples")
    examples.split_names = '["train", "eval"]'
    inputs = {
        "examples": [examples],
        "transform_graph": [artifact(types.TransformGraph, taxi / "transform_graph")],
        "schema": [artifact(types.Schema, taxi / "schema")],
    }
    outputs = {
        "model": [artifact(types.Model, output / "model")],
        "model_run": [artifact(types.ModelRun, output / "model_run")],
    }
    return inputs, outputs


def properties(steps):
    return {
        "train_args": json.dumps({"num_steps": steps}),
        "eval_args": json.dumps({"num_steps": EVAL_STEPS}),
        "module_file": str(Path(__file__).with_name(MODULE)),
        "custom_config": "null",
    }


def steps_per_second(folder):
    """The median of what a training noted in its events, every 100 steps."""
    import tensorflow as tf

    rates = [
        value.simple_value
        for events in folder.rglob("events.out.tfevents.*")
        if not events.parent.name.startswith("eval")
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
        if value.tag == "global_step/sec"
    ]
    return statistics.median(rates) if rates else None


def main():
    side, taxi, output, steps = sys.argv[1:]
    first_step = []
    if side == "tfx":
        from tfx.components.trainer.executor import Executor
        from tfx.types import standard_artifacts as types

        work = lambda call: call()  # noqa: E731
    else:
        # TFX imports TensorFlow with its executor; ours does when it must, within Do.
        import trainwright.estimator  # noqa: F401
        from trainwright import artifacts as types
        from trainwright.events import RunObserver, observing
        from trainwright.executor import Executor

        class Clock(RunObserver):
            def on_steps(self, step, loss, examples):
                if not first_step:
                    first_step.append(time.time())

        def work(call):
            with observing(Clock()):
                call()

    inputs, outputs = artifacts_of(types, Path(taxi), Path(output))
    imported = time.time()
    work(lambda: Executor().Do(inputs, outputs, properties(int(steps))))
    done = time.time()
    told = os.environ.get("BENCHMARK_FIRST_STEP")
    if told and Path(told).exists():
        first_step.append(float(Path(told).read_text()))
    results = {"imports": imported - BEGIN, "Do": done - imported}
    results["steps_per_second"] = steps_per_second(Path(output))
    if first_step:
        results["first_step_at"] = first_step[0]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
