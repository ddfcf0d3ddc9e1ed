"""Many processes that launch runs into one database, on each kind of database.

``TRAINWRIGHT_LAUNCHES`` is the number of runs that each of the processes launches: 20 prove more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from trainwright.lineage import ExecutionState, LineageStore, get_run, list_runs

PROCESSES = 8
LAUNCHES = int(os.environ.get("TRAINWRIGHT_LAUNCHES", "3"))

MODULE = """
from pathlib import Path

def run_fn(fn_args):
    folder = Path(fn_args.serving_model_dir)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_text(str(fn_args.custom_config["number"]))
"""
LAUNCH = """
import json
import sys
from trainwright.artifacts import Examples
from trainwright.executor import GenericExecutor
from trainwright.launcher import LaunchRequest, launch

folder, where, process, launches = sys.argv[1:]
for number in range(int(launches)):
    properties = {
        "train_args": "{}",
        "eval_args": "{}",
        "module_file": f"{folder}/module.py",
        "custom_config": json.dumps({"number": f"{process}-{number}"}),
    }
    examples = Examples(f"{folder}/examples", split_names=["train", "eval"])
    launch(
        LaunchRequest(
            GenericExecutor, {"examples": [examples]}, properties, f"{folder}/out",
            metadata=where, run_id=f"run {process}-{number}",
        )
    )
assert "tensorflow" not in sys.modules
"""


@pytest.mark.slow
def test_every_run_is_recorded_once(where: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(MODULE)
    for split in ("train", "eval"):
        (tmp_path / "examples" / f"Split-{split}").mkdir(parents=True)
        (tmp_path / "examples" / f"Split-{split}" / "data").touch()
    arguments = [str(tmp_path), where]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *arguments, str(process), str(LAUNCHES)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for process in range(PROCESSES)
    ]
    assert [process.communicate()[0] for process in processes] == [""] * PROCESSES

    store = LineageStore.open(where, read_only=True)
    runs = list_runs(store)
    wanted = {f"run {process}-{n}" for process in range(PROCESSES) for n in range(LAUNCHES)}
    assert Counter(run.contexts.run_id for run in runs) == Counter(wanted)
    assert {run.state for run in runs} == {ExecutionState.COMPLETE}
    for run in runs:
        (model,) = get_run(store, run.id).outputs["model"]
        number = (Path(model.uri) / "Format-Serving" / "saved_model.pb").read_text()
        assert f"run {number}" == run.contexts.run_id
    with store.transaction() as connection:
        for query in (
            "SELECT name FROM Type GROUP BY name, type_kind HAVING count(*) > 1",
            "SELECT uri FROM Artifact GROUP BY uri HAVING count(*) > 1",
        ):
            assert connection.exec_driver_sql(query).all() == []
