from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trainwright.lineage import ArtifactRecord, LineageStore, RunContexts, TypeSpec

TRAINER = TypeSpec("tfx.components.trainer.component.Trainer", "mlmd.Train")
MODEL_RUN = TypeSpec("ModelRun")
HOSTILE = "</script><img src=x onerror=window.hacked=1>\"'&{{7*7}}"


class World(NamedTuple):
    """A database with one run of each kind: 1 complete, 2 failed, 3 complete, 4 going on."""

    store: LineageStore
    root: Path

    def record(self, steps: range) -> None:
        """Run 4 trains on."""
        place = self.root / "Trainer" / ".working" / "4" / "model_run"
        write_progress(place / "progress.jsonl", steps)


def write_progress(path: Path, steps: range) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        for step in steps:
            file.write(json.dumps({"time": 1.0, "step": step, "loss": 1 / step}) + "\n")
        metrics = {"time": 1.0, "step": steps[-1], "evaluation": "", "metrics": {"auc": 0.7}}
        file.write(json.dumps(metrics) + "\n")


@pytest.fixture
def world(tmp_path: Path) -> World:
    store = LineageStore.open(tmp_path / "metadata.sqlite")
    world = World(store, tmp_path)

    def begin(number: int, pipeline: str = "taxi", **properties: Any) -> int:
        contexts = RunContexts(pipeline, f"run-{number}", "Trainer")
        return store.begin_execution(TRAINER, contexts, {}, properties)

    def complete(run: int, **metrics: float) -> None:
        place = tmp_path / "Trainer" / "model_run" / str(run)
        write_progress(place / "progress.jsonl", range(1, 40))
        found = {f"metric/{name}": value for name, value in metrics.items()}
        store.complete_execution(
            run, {"model_run": [ArtifactRecord(MODEL_RUN, str(place))]}, {"final_step": 39, **found}
        )

    complete(begin(1, custom_config='{"rate": 0.1}'), auc=0.75, accuracy=0.8)
    store.fail_execution(
        begin(2, HOSTILE, note=HOSTILE),
        {"error_type": "SplitError", "error_message": HOSTILE, "error_traceback": HOSTILE},
    )
    complete(begin(3, custom_config='{"rate": 0.2}'), auc=0.85, accuracy=0.7)
    begin(4, output_root=str(tmp_path))
    world.record(range(1, 10))
    return world


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str


class Site(NamedTuple):
    address: str

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        wanted = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, headers=wanted, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read().decode())


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    """The pages of that database, served from a thread."""
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    from trainwright.ui.serving import listen, serve

    bound = listen("127.0.0.1", 0)
    servers: list[Any] = []
    thread = threading.Thread(
        target=serve, args=(world.store, bound), kwargs={"started": servers.append}, daemon=True
    )
    thread.start()
    for _ in range(1000):
        if servers and servers[0].started:
            break
        time.sleep(0.01)
    yield Site(f"http://127.0.0.1:{bound.getsockname()[1]}")
    servers[0].should_exit = True
    thread.join(10)
