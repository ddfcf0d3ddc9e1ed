"""All benchmarks, or some of them: ratios of sides that take turns on the same machine.

Run: python -m benchmarks [PART ...] [--quick] [--rounds N]
Parts: start, trainer, models, steps, input, memory.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import input_pipeline, memory
from benchmarks.sides import OURS, compile_bytecode, oracle_python, program, run, taxi
from benchmarks.table import Measured, Part, machine, write_results

BATCH_SIZES = (40, 256, 4096)
MODELS = {
    "embeddings": "network over embeddings",
    "lists": "wide and deep over VarLenFeatures",
    "linear": "linear, with crosses",
    "custom": "model_fn, Adam",
}
IMPORT = "import tensorflow"
TFX_IMPORT = "import tensorflow, tfx.components.trainer.executor"
Plan = Callable[[argparse.Namespace, str], Part]


def start(options: argparse.Namespace, oracle: str) -> Part:
    """Imports, light commands, and the time to the first step."""
    imports: dict[str, list[float]] = {"trainwright.estimator": [], "tensorflow 2.21": []}
    imports |= {"tensorflow 2.15 and TFX": []}
    commands: dict[str, list[float]] = {"--help": [], "runs": []}
    folder = tempfile.mkdtemp()
    database = f"{folder}/metadata.sqlite"
    made = "from trainwright.lineage.store import LineageStore; LineageStore.open({!r})"
    run(OURS, "-c", made.format(database))
    for _ in range(2 * options.rounds):
        imports["trainwright.estimator"].append(
            run(OURS, "-c", "import trainwright.estimator").seconds
        )
        imports["tensorflow 2.21"].append(run(OURS, "-c", IMPORT).seconds)
        imports["tensorflow 2.15 and TFX"].append(run(oracle, "-c", TFX_IMPORT).seconds)
        commands["--help"].append(1000 * run(OURS, "-m", "trainwright", "--help").seconds)
        listing = ("-m", "trainwright", "runs", "--metadata", database)
        commands["runs"].append(1000 * run(OURS, *listing).seconds)
    shutil.rmtree(folder)
    first: dict[str, list[float]] = {"Executor of trainwright": [], "Executor of TFX": []}
    for _ in range(options.rounds):
        first["Executor of trainwright"].append(_first_step(OURS, "trainwright"))
        first["Executor of TFX"].append(_first_step(oracle, "tfx"))
    first["import tensorflow 2.21"] = imports["tensorflow 2.21"]
    part = Part("Start")
    part.measured = [
        Measured("import", "s", imports, "at most 1.15 x import tensorflow"),
        *(Measured(f"trainwright {n}", "ms", {"": v}, "250 ms") for n, v in commands.items()),
        Measured("process to first step", "s", first, "at most 1.5 x import tensorflow"),
    ]
    return part


def _first_step(python: str, side: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        told = {"BENCHMARK_FIRST_STEP": f"{folder}/first"} if side == "tfx" else {}
        done = run(python, program("trainer.py"), side, taxi(), folder, 5, **told)
    return float(done.results["first_step_at"]) - done.begin


def trainer(options: argparse.Namespace, oracle: str) -> Part:
    """Whole runs of the executors."""
    part = Part("Trainer", "Batch 40, an evaluation of 100 batches and an export every 999 steps.")
    sides = {"trainwright": (OURS, "trainwright"), "TFX 1.15.1": (oracle, "tfx")}
    for steps in (1_000, 10_000):
        rounds = 1 if options.quick and steps > 1_000 else options.rounds
        times: dict[str, list[float]] = {name: [] for name in sides}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        peaks: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, (python, side) in sides.items():
                with tempfile.TemporaryDirectory() as folder:
                    done = run(python, program("trainer.py"), side, taxi(), folder, steps)
                times[name].append(float(done.results["Do"]))
                rates[name].append(float(done.results["steps_per_second"]))
                peaks[name].append(done.peak_mb)
        goal = "6 x, the dream 8 x" if steps > 1_000 else ""
        part.measured.append(Measured(f"Do, {steps:,} steps", "s", times, goal))
        if steps > 1_000:
            part.measured.append(Measured("the same, while training", "steps/s", rates, "8 x"))
        part.measured.append(Measured(f"peak memory, {steps:,} steps", "MB", peaks))
    return part


def models(options: argparse.Namespace, oracle: str) -> Part:
    """Whole runs of other module files."""
    part = Part(
        "Other models",
        "Do of 4,000 steps at batch 40, an evaluation every 999; input by "
        "make_batched_features_dataset.",
    )
    sides = {"trainwright": (OURS, "trainwright"), "TFX 1.15.1": (oracle, "tfx")}
    for model in MODELS:
        times: dict[str, list[float]] = {name: [] for name in sides}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(options.rounds):
            for name, (python, side) in sides.items():
                with tempfile.TemporaryDirectory() as folder:
                    arguments = (program("trainer.py"), side, taxi(), folder, 4_000)
                    done = run(python, *arguments, BENCHMARK_MODEL=model)
                times[name].append(float(done.results["Do"]))
                rates[name].append(float(done.results["steps_per_second"]))
        part.measured.append(Measured(MODELS[model], "s", times))
        part.measured.append(Measured("the same, while training", "steps/s", rates))
    return part


def steps(options: argparse.Namespace, oracle: str) -> Part:
    """Training steps, evaluation, export: against Estimators, Keras and a loop written by hand."""
    ours, theirs, keras = "trainwright", "tf.estimator 2.15", "Keras 3 fit"
    found: dict[str, list[dict[str, float]]] = {ours: [], theirs: [], keras: []}
    sizes, seconds = ",".join(map(str, BATCH_SIZES)), 2 if options.quick else 6
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            arguments = (taxi(), folder, sizes, seconds)
            script = program("estimator.py")
            found[ours].append(run(OURS, script, "trainwright", *arguments).results)
            found[theirs].append(run(oracle, script, "tensorflow", *arguments).results)
            script = program("keras_fit.py")
            found[keras].append(run(OURS, script, taxi(), sizes, seconds).results)

    def values(side: str, key: str) -> list[float]:
        return [results[key] for results in found[side]]

    part = Part(
        "Training steps",
        "Wide and deep, taxi trips; rates without start-up. Keras trains all of it by Adagrad; "
        "at batch 4,096 its steps_per_execution is 10.",
    )
    for size in BATCH_SIZES:
        rates = {f"{ours}, files": values(ours, f"files/{size}")}
        rates[f"{theirs}, make_batched_features_dataset"] = values(theirs, f"files/{size}")
        for source in ("record level", "our input"):
            rates[f"{keras}, {source}"] = values(keras, f"{source}/1/{size}")
            several = f"{keras}, {source}, steps_per_execution=100"
            rates[several] = values(keras, f"{source}/100/{size}")
        part.measured.append(
            Measured(f"batch {size}", "steps/s", rates, "8 x Estimator, 3 x and 1 x Keras 100")
        )
        limit = "0.5 x the floor" if size < 1000 else "0.77 x the floor"
        rates = {f"{ours}, in memory": values(ours, f"memory/{size}")}
        rates["the floor: XLA, by hand, in memory"] = values(keras, f"floor/{size}")
        part.measured.append(Measured(f"batch {size}, in memory", "steps/s", rates, limit))
    for key, unit in (("evaluation", "examples/s"), ("export", "s")):
        both = {side: values(side, key) for side in (ours, theirs)}
        part.measured.append(Measured(key, unit, both))
    return part


def reading(options: argparse.Namespace, oracle: str) -> Part:
    """The input alone."""
    return input_pipeline.part(options.rounds)


def growth(options: argparse.Namespace, oracle: str) -> Part:
    """Memory as the data grows."""
    peaks = memory.peaks(steps=400 if options.quick else 1500)
    sides = {f"{size} x the data": [peak] for size, peak in sorted(peaks.items(), reverse=True)}
    part = Part("Memory", "Peak of training on files of 160,000 and of 16 million examples.")
    part.measured = [Measured("peak memory", "MB", sides, "within 10 %")]
    return part


PARTS: dict[str, Plan] = {
    "start": start,
    "trainer": trainer,
    "models": models,
    "steps": steps,
    "input": reading,
    "memory": growth,
}
ALONE = ("input", "memory")
"""Parts that need no other environment."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="less than fifteen minutes")
    parser.add_argument("--rounds", type=int, help="how often the sides take turns")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    wanted = options.parts or list(PARTS)
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(PARTS)}")
    if not Path(taxi()).is_dir():
        parser.error(f"the taxi artifacts should be in {taxi()}")
    before, oracle = machine(), ""
    if set(wanted) - set(ALONE):
        oracle = oracle_python()
        compile_bytecode(OURS, oracle)
    how = f"{'quick, ' if options.quick else ''}{options.rounds} rounds"
    for name in wanted:
        begin = time.monotonic()
        part = PARTS[name](options, oracle)
        print(f"{part.markdown()}\n({time.monotonic() - begin:.0f} s)\n", flush=True)
        write_results({name: part}, how, before)


if __name__ == "__main__":
    main()
