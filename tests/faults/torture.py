"""Kills runs at random moments, has the same command go on, and compares with one left alone.

``python -m tests.faults.torture --kills 200`` prints the figures of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from forked import Child, Forking, forking

from trainwright.data.tfrecord import write_records
from trainwright.lineage import LineageStore, list_runs

STEPS, CHECKPOINTS = 1_200, 300
LAST = f"model.ckpt-{STEPS}"

# What appears on disk when a stage of a run begins; a kill comes at most so many seconds later.
MOMENTS: dict[str, tuple[str, float]] = {
    "lineage, beginning": ("metadata.sqlite*", 0.2),
    "working directory": ("Trainer/.working/*/model_run", 1.0),
    "training": ("Trainer/.working/*/model_run/Format-Serving/graph.pbtxt", 1.0),
    "checkpoint": ("Trainer/.working/*/model_run/Format-Serving/model.ckpt-*_temp", 0.02),
    "checkpoint, input state": (
        "Trainer/.working/*/model_run/Format-Serving/model.ckpt-*.input",
        0.05,
    ),
    "checkpoint, later": ("Trainer/.working/*/model_run/Format-Serving/model.ckpt-900.index", 0.1),
    "evaluation": ("Trainer/.working/*/model_run/Format-Serving/eval", 0.3),
    "evaluation, noted": ("Trainer/.working/*/model_run/Format-Serving/evaluations.json", 0.2),
    "export": ("Trainer/.working/*/model_run/Format-Serving/export/*/temp-*", 0.1),
    "last checkpoint": ("Trainer/.working/*/model_run/Format-Serving/model.ckpt-1200.index", 0.3),
    "final export": ("Trainer/.working/*/model_run/Format-Serving/export/final/*", 0.2),
    "eval model": ("Trainer/.working/*/model_run/Format-TFMA/*", 0.3),
    "publishing": ("Trainer/.working/*/model/Format-Serving", 0.05),
    "published, not recorded": ("Trainer/model_run/*", 0.02),
    "published, recording": ("Trainer/model/*", 0.02),
}


@dataclass(frozen=True)
class Outcome:
    """What must be the same however often a run was killed."""

    variables: dict[str, Any]
    evaluations: list[Any]
    metrics: dict[str, float]
    exports: dict[str, int]
    files: list[str]


@dataclass
class Figures:
    """What the torture did."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    resumed: int = 0
    over: int = 0
    differences: list[str] = field(default_factory=list)


class Torture:
    """Runs of one program.

    Args:
        forks: the processes.
        folder: for data, program and outputs.
        fused: whether the program trains many steps at once.
    """

    def __init__(self, forks: Forking, folder: Path, fused: bool):
        self._forks = forks
        self._folder = folder
        self._fused = fused
        folder.mkdir(parents=True, exist_ok=True)
        self._data = folder / "examples"
        for split in ("train", "eval"):
            (self._data / f"Split-{split}").mkdir(parents=True)
            write_records(self._data / f"Split-{split}" / "data.tfrecord", [b""])
        self._program = folder / "program.py"
        shutil.copy(Path(__file__).with_name("program.py"), self._program)

    def start(self, name: str, *options: str, **environment: str) -> Child:
        """The command, always the same for one name."""
        arguments = ["run", "--examples", str(self._data), "--module-file", str(self._program)]
        arguments += ["--train-steps", str(STEPS), "--eval-steps", "0", "--no-data-check"]
        config = {"checkpoint_steps": CHECKPOINTS, "fused": self._fused}
        arguments += ["--custom-config", json.dumps(config), "--output", str(self.output(name))]
        log = self._folder / f"{name}.log"
        return self._forks.start([*arguments, *options], log, **environment)

    def output(self, name: str) -> Path:
        return self._folder / name

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text()

    def outcome(self, name: str) -> Outcome:
        """What a run has come to, after it has ended well."""
        return outcome(self.output(name))

    def kill_at(self, name: str, condition: Callable[[], bool], delay: float, number: int) -> bool:
        """Starts the command, waits for a condition and so many seconds, and kills it.

        Returns:
            Whether it was still running then.
        """
        child = self.start(name)
        if child.until(condition):
            time.sleep(delay)
        alive = child.runs()
        child.kill(number)
        child.wait()
        return alive


def outcome(root: Path) -> Outcome:
    """What an output directory holds, read with TensorFlow."""
    import tensorflow as tf

    (model,) = (root / "Trainer" / "model").iterdir()
    (run,) = (root / "Trainer" / "model_run").iterdir()
    working = root / "Trainer" / ".working"
    left = [path for path in working.rglob("*") if path.is_file()] if working.exists() else []
    assert not left, left
    serving = run / "Format-Serving"
    variables = {}
    state = tf.train.get_checkpoint_state(str(serving))
    saved = [Path(path).name for path in state.all_model_checkpoint_paths]
    # A signal adds a checkpoint where it comes, and one of the oldest may give way for it.
    saved = [name for name in saved if name in ("model.ckpt-600", "model.ckpt-900", LAST)]
    places = {path: serving / path for path in saved}
    places["model"] = model / "Format-Serving" / "variables" / "variables"
    places["eval model"] = model / "Format-TFMA" / "variables" / "variables"
    for place, path in places.items():
        reader = tf.train.load_checkpoint(str(path))
        for key in sorted(reader.get_variable_to_shape_map()):
            variables[f"{place}:{key}"] = reader.get_tensor(key).tobytes()
    log = json.loads((serving / "evaluations.json").read_text())["evaluations"]
    evaluations = [(entry["name"], entry["step"], entry["metrics"]) for entry in log]
    records = list_runs(LineageStore.open(root / "metadata.sqlite", read_only=True))
    complete = [record for record in records if record.state.name == "COMPLETE"]
    assert len(complete) == 1, [(record.id, record.state.name) for record in records]
    assert all(
        record.state.name in ("COMPLETE", "FAILED", "CANCELED", "CACHED") for record in records
    )
    assert model.name == run.name == str(complete[0].id)
    exports = {
        place.name: len(list(place.iterdir())) for place in (serving / "export").iterdir()
    } | {"Format-TFMA": len(list((run / "Format-TFMA").iterdir()))}
    files = sorted(
        str(path.relative_to(serving))
        for path in serving.rglob("model.ckpt*")
        if path.suffix in (".state", ".input") or path.is_dir()
    )
    return Outcome(variables, evaluations, dict(complete[0].metrics), exports, files)


def differences(wanted: Outcome, found: Outcome) -> list[str]:
    """In what two outcomes differ."""
    names = [
        name
        for name in sorted({*wanted.variables, *found.variables})
        if wanted.variables.get(name) != found.variables.get(name)
    ]
    problems = [f"variable {name}" for name in names]
    for part in ("evaluations", "metrics", "exports", "files"):
        if getattr(wanted, part) != getattr(found, part):
            problems.append(f"{part}: {getattr(found, part)} for {getattr(wanted, part)}")
    return problems


def torture(folder: Path, kills: int, seed: int, seconds: float = float("inf")) -> Figures:
    """Kills until there were so many kills, or the time is over.

    Args:
        folder: to work in.
        kills: how many.
        seed: of the random moments.
        seconds: how long at most.
    """
    chance = random.Random(seed)
    figures = Figures()
    end = time.monotonic() + seconds
    with forking() as forks:
        programs = [Torture(forks, folder / f"{fused}", fused) for fused in (False, True)]
        wanted, took = [], []
        for program in programs:
            began = time.monotonic()
            code = program.start("alone").wait()
            assert code == 0, program.log("alone")
            took.append(time.monotonic() - began)
            wanted.append(program.outcome("alone"))
        number = 0
        while figures.kills.total() < kills and time.monotonic() < end:
            number += 1
            which = chance.randrange(2)
            name = f"run{number}"
            _one(programs[which], name, chance, took[which], figures)
            problems = differences(wanted[which], programs[which].outcome(name))
            figures.differences += [f"seed {seed}, {name}: {problem}" for problem in problems]
            print(number, figures.kills.total(), problems or "same", flush=True)  # noqa: T201
            if not problems:
                shutil.rmtree(programs[which].output(name))
    return figures


def _one(program: Torture, name: str, chance: random.Random, took: float, figures: Figures) -> None:
    """One run, killed one to four times, and then left to end."""
    for _ in range(chance.randint(1, 4)):
        moment, condition, delay = _moment(program.output(name), chance, took)
        number = chance.choices([signal.SIGKILL, signal.SIGTERM, signal.SIGINT], [8, 1, 1])[0]
        figures.runs += 1
        if program.kill_at(name, condition, delay, number):
            figures.kills[moment if number == signal.SIGKILL else number.name] += 1
        else:
            figures.over += 1
            break  # it was faster
    figures.runs += 1
    code = program.start(name).wait()
    assert code == 0, program.log(name)[-5_000:]
    figures.resumed += program.log(name).count("Going on from run")


def _moment(
    root: Path, chance: random.Random, took: float
) -> tuple[str, Callable[[], bool], float]:
    if chance.random() < 0.4:
        return "any moment", lambda: True, chance.uniform(0, took)
    moment = chance.choice(list(MOMENTS))
    pattern, longest = MOMENTS[moment]
    before = set(root.glob(pattern))
    return moment, lambda: bool(set(root.glob(pattern)) - before), chance.uniform(0, longest)


def main() -> None:
    """Runs from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    began = time.monotonic()
    figures = torture(folder, options.kills, options.seed, options.seconds)
    for moment, count in sorted(figures.kills.items()):
        print(f"{count:5}  {moment}")  # noqa: T201
    print(  # noqa: T201
        f"{figures.kills.total()} kills, {figures.runs} processes, {figures.resumed} resumptions, "
        f"{time.monotonic() - began:,.0f} s, {len(figures.differences)} differences"
    )
    for difference in figures.differences:
        print(difference)  # noqa: T201
    if figures.differences:
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
