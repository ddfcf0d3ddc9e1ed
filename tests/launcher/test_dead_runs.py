from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from trainwright.launcher import launch
from trainwright.launcher.dead_runs import fail_dead_runs
from trainwright.launcher.processes import ProcessIdentity
from trainwright.lineage import ExecutionState, LineageStore, RunContexts, TypeSpec, get_run

KILLED = """
import os, signal, sys
from pathlib import Path
from trainwright.launcher import LaunchRequest, launch

class Killed:
    def __init__(self, context=None): ...
    def Do(self, inputs, outputs, properties):
        Path(outputs["model"][0].uri, "half").write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)

launch(LaunchRequest(Killed, {}, {}, sys.argv[1]))
"""


def test_a_killed_run_is_marked_when_the_next_one_starts(launching, good_body) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(launching.root)], check=False)
    assert done.returncode == -signal.SIGKILL
    store = LineageStore.open(launching.metadata)
    assert get_run(store, 1).execution.state is ExecutionState.RUNNING
    assert launching.files() == ["Trainer/.working/1/model/half"]

    launch(launching.request(good_body))
    dead = get_run(store, 1).execution
    assert dead.state is ExecutionState.FAILED
    assert dead.error is not None
    assert dead.error.type == "ProcessDied"
    assert "ended without recording how" in dead.error.message
    assert not any("half" in name for name in launching.files())
    assert get_run(store, 2).execution.state is ExecutionState.COMPLETE


def test_living_and_foreign_runs_are_left_alone(launching) -> None:
    store = LineageStore.open(launching.metadata)
    here = ProcessIdentity.here()
    trainer, contexts = TypeSpec("T", "mlmd.Train"), RunContexts("p", "r", "Trainer")
    elsewhere = {**here.properties(), "process/host": "elsewhere", "process/pid": 2**22 + 1}
    for properties in (here.properties(), elsewhere, {}):
        store.begin_execution(trainer, contexts, {}, properties)
    assert fail_dead_runs(store, here) == []


def test_published_outputs_of_a_dead_run_stay(launching, tmp_path: Path) -> None:
    store = LineageStore.open(launching.metadata)
    here = ProcessIdentity.here()
    gone = {**here.properties(), "process/pid": 2**22 + 1, "output_root": str(tmp_path)}
    contexts = RunContexts("p", "r", "Trainer")
    run = store.begin_execution(TypeSpec("T", "mlmd.Train"), contexts, {}, gone)
    for name in (f"Trainer/model/{run}", f"Trainer/.working/{run}", "Trainer/.working/99"):
        (tmp_path / name).mkdir(parents=True)
    assert fail_dead_runs(store, here) == [run]
    left = {str(path.relative_to(tmp_path)) for path in (tmp_path / "Trainer").rglob("*")}
    assert left == {
        "Trainer/model",
        f"Trainer/model/{run}",
        "Trainer/.working",
        "Trainer/.working/99",
    }
    assert fail_dead_runs(store, here) == []


KILLED_AT_THE_END = """
import os, signal, sys
from pathlib import Path
from trainwright.launcher import LaunchRequest, launch, run

class Executor:
    def __init__(self, context=None): ...
    def Do(self, inputs, outputs, properties):
        Path(outputs["model"][0].uri, "saved_model.pb").write_text("whole")

run._tidy = lambda remove: os.kill(os.getpid(), signal.SIGKILL)
launch(LaunchRequest(Executor, {}, {}, sys.argv[1]))
"""


def test_what_a_run_left_that_was_killed_when_it_was_complete(launching, good_body) -> None:
    command = [sys.executable, "-c", KILLED_AT_THE_END, str(launching.root)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    store = LineageStore.open(launching.metadata)
    assert get_run(store, 1).execution.state is ExecutionState.COMPLETE
    working = launching.root / "Trainer" / ".working"
    assert (working / "1").is_dir()
    # Others' directories, of which the database knows nothing.
    for name in ("99", "1.bak", "notes"):
        (working / name).mkdir()

    launch(launching.request(good_body))
    assert {path.name for path in working.iterdir()} == {"99", "1.bak", "notes"}
    assert (launching.root / "Trainer" / "model" / "1" / "saved_model.pb").is_file()
    assert get_run(store, 2).execution.state is ExecutionState.COMPLETE
