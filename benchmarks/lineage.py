"""How long `trainwright runs` and `show` wait for a database of 100,000 runs.

Run it with ``python -m benchmarks.lineage [DATABASE...]``: paths or URLs of databases that are not
there yet or empty; the default is a file. It fills each one, which takes a minute or a few, and
prints milliseconds, medians of five.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from trainwright.lineage import (
    ArtifactRecord,
    ExecutionState,
    LineageStore,
    RunContexts,
    TypeSpec,
    count_runs,
    find_run,
    get_run,
    list_runs,
)
from trainwright.lineage.tables import (
    artifact,
    association,
    attribution,
    context,
    event,
    event_path,
    execution,
    execution_property,
    parent_context,
)

RUNS = 100_000
BATCH = 2_000
TRAINER = TypeSpec("tfx.components.trainer.component.Trainer", "mlmd.Train")
MODEL, EXAMPLES = TypeSpec("Model", "mlmd.Model"), TypeSpec("Examples", "mlmd.Dataset")
METRICS = ("accuracy", "auc", "auc_precision_recall", "average_loss", "loss", "precision")
TEXTS = ("train_args", "eval_args", "module_file", "custom_config", "output_root", "version/tf")
NUMBERS = ("final_step", "process/pid", "train_seconds", "examples_per_second")


def record_first(store: LineageStore) -> None:
    """One run in the ordinary way: it makes the types, and contexts to copy."""
    examples = ArtifactRecord(EXAMPLES, "/data/examples")
    run = store.begin_execution(
        TRAINER, RunContexts("taxi", "run-1", "Trainer"), {"examples": [examples]}, {}
    )
    store.complete_execution(run, {"model": [ArtifactRecord(MODEL, "/out/1")]}, {})


def rows_of(runs: range, like: dict[str, int]) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """The rows of many runs, a table at a time; artifact, context and execution n are run n's."""
    now = 1_700_000_000_000
    times = [
        {"create_time_since_epoch": now + n, "last_update_time_since_epoch": now + n} for n in runs
    ]
    states = (ExecutionState.COMPLETE,) * 9 + (ExecutionState.FAILED,)
    execution_type, artifact_type, run_type = like["execution"], like["artifact"], like["context"]
    yield (
        execution,
        [
            {"id": n, "type_id": execution_type, "name": f"run {n}", "last_known_state": s, **t}
            for n, t in zip(runs, times, strict=True)
            for s in [int(states[n % 10])]
        ],
    )
    yield (
        artifact,
        [
            {"id": n, "type_id": artifact_type, "uri": f"/out/model/{n}", "state": 2, **t}
            for n, t in zip(runs, times, strict=True)
        ],
    )
    yield (
        context,
        [
            {"id": n, "type_id": run_type, "name": f"run-{n}", **t}
            for n, t in zip(runs, times, strict=True)
        ],
    )
    yield execution_property, [row for n in runs for row in property_rows(n)]
    yield event, [event_row(2 * n + i, n, a, k) for n in runs for i, a, k in ((0, 1, 3), (1, n, 4))]
    yield event_path, [row for n in runs for row in path_rows(n)]
    groups = [(n, c) for n in runs for c in (like["pipeline"], like["node"], n)]
    yield association, [{"context_id": c, "execution_id": n} for n, c in groups]
    yield attribution, [{"context_id": c, "artifact_id": n} for n, c in groups]
    pipeline = like["pipeline"]
    yield parent_context, [{"context_id": n, "parent_context_id": pipeline} for n in runs]


def property_rows(run: int) -> list[dict[str, Any]]:
    empty = {"execution_id": run, "is_custom_property": 1}
    kinds = dict.fromkeys(("int_value", "double_value", "string_value"))
    rows = [{**kinds, "name": f"metric/{name}", "double_value": run / 1e6} for name in METRICS]
    rows += [{**kinds, "name": name, "int_value": run} for name in NUMBERS]
    rows += [{**kinds, "name": name, "string_value": f"{name} of {run}" * 3} for name in TEXTS]
    return [{**empty, **row} for row in rows]


def event_row(id: int, run: int, artifact_id: int, kind: int) -> dict[str, Any]:
    found = {"id": id, "execution_id": run, "artifact_id": artifact_id, "type": kind}
    return {**found, "milliseconds_since_epoch": run}


def path_rows(run: int) -> list[dict[str, Any]]:
    return [
        {"event_id": 2 * run + i, "is_index_step": step, "step_index": index, "step_key": key}
        for i, name in ((0, "examples"), (1, "model"))
        for step, index, key in ((0, None, name), (1, 0, None))
    ]


def fill(where: str) -> None:
    store = LineageStore.open(where)
    record_first(store)
    with store.transaction() as connection:
        kinds = "SELECT (SELECT id FROM Type WHERE name = '{}')"
        names = {"execution": TRAINER.name, "artifact": "Model", "context": "pipeline_run"}
        like = {
            key: int(connection.exec_driver_sql(kinds.format(name)).scalar_one())
            for key, name in names.items()
        }
        for key, name in (("pipeline", "taxi"), ("node", "taxi.Trainer")):
            query = f"SELECT id FROM Context WHERE name = '{name}'"
            like[key] = int(connection.exec_driver_sql(query).scalar_one())
    for start in range(10, RUNS + 10, BATCH):
        with store.transaction() as connection:
            for table, rows in rows_of(range(start, start + BATCH), like):
                connection.execute(insert(table), rows)


def measure(where: str) -> dict[str, float]:
    def views() -> dict[str, Callable[[LineageStore], object]]:
        return {
            "open": lambda store: None,
            "runs": lambda store: (list_runs(store, limit=20), count_runs(store)),
            "runs --state failed": lambda store: list_runs(
                store, state=ExecutionState.FAILED, limit=20
            ),
            "runs --state running": lambda store: list_runs(
                store, state=ExecutionState.RUNNING, limit=20
            ),
            "runs --pipeline": lambda store: (
                list_runs(store, pipeline="taxi", limit=20),
                count_runs(store, pipeline="taxi"),
            ),
            "show latest": lambda store: get_run(store, find_run(store, "latest")),
            "show NUMBER": lambda store: get_run(store, find_run(store, "50000")),
            "show RUN-ID": lambda store: get_run(store, find_run(store, "run-50000")),
        }

    return {name: median_ms(where, view) for name, view in views().items()}


def median_ms(where: str, view: Callable[[LineageStore], object]) -> float:
    """Opening included: each command does that once."""
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        view(LineageStore.open(where, read_only=True))
        seconds.append(time.perf_counter() - begin)
    return 1000 * statistics.median(seconds)


def main(databases: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for where in databases or [str(Path(folder) / "metadata.sqlite")]:
            fill(where)
            print(where.partition("://")[0] if "://" in where else "sqlite")
            for name, milliseconds in measure(where).items():
                print(f"  {name:<22}{milliseconds:8.1f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
