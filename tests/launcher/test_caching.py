from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from trainwright.artifacts import Examples
from trainwright.events import RunObserver, observing
from trainwright.launcher import LaunchResult, launch
from trainwright.lineage import ExecutionState, LineageStore, RunRecord, get_run

COMPLETE, CACHED = ExecutionState.COMPLETE, ExecutionState.CACHED


class Notes(RunObserver):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, message: str) -> None:
        self.notes.append(message)


def recorded(launching, id: int) -> RunRecord:
    return get_run(LineageStore.open(launching.metadata, read_only=True), id)


def noted(request) -> tuple[LaunchResult, list[str]]:
    notes = Notes()
    with observing(notes):
        return launch(request), notes.notes


def test_the_same_run_is_cached(launching, scripted) -> None:
    first, notes = noted(launching.cacheable())
    assert notes == []
    again, notes = noted(launching.cacheable())
    assert notes == []
    assert (first.state, again.state, scripted.runs) == (COMPLETE, CACHED, 1)
    for key, (artifact,) in again.outputs.items():
        assert (artifact.uri, artifact.id) == (first.outputs[key][0].uri, first.outputs[key][0].id)
        assert artifact.type_name == first.outputs[key][0].type_name
    assert again.properties["cache/source"] == first.execution_id
    assert again.properties["cache/why"] == "same inputs, properties, code and versions as run 1"
    assert again.properties["final_step"] == 3


def test_what_is_recorded_of_a_cached_run(launching, scripted) -> None:
    launch(launching.cacheable())
    cached = recorded(launching, launch(launching.cacheable(run_id="tuesday")).execution_id)
    first = recorded(launching, 1)
    assert cached.execution.state is CACHED
    assert cached.execution.contexts.run_id == "tuesday"
    assert [one.id for one in cached.inputs["examples"]] == [
        one.id for one in first.inputs["examples"]
    ]
    assert cached.outputs == first.outputs
    assert sorted(launching.files()) == [
        "Trainer/model/1/Format-Serving/saved_model.pb",
        "Trainer/model_run/1/model.ckpt-3.index",
    ]


def test_caching_can_be_turned_off(launching, scripted) -> None:
    launch(launching.cacheable())
    result, notes = noted(launching.cacheable(cache=False))
    assert (result.state, scripted.runs, notes) == (COMPLETE, 2, [])
    assert launch(launching.cacheable()).properties["cache/source"] == 2


def changed(launching, name: str, text: str) -> None:
    (launching.root.parent / name).write_text(text)


def test_what_has_changed_is_told(launching, scripted) -> None:
    request = launching.cacheable()
    launch(request)

    changed(launching, "code/helper.py", "RATE = 0.2\n")
    _, notes = noted(request)
    assert notes == ["Not cached: since run 1: code: helper.py has changed."]

    properties = {**request.exec_properties, "train_args": '{"num_steps": 5}'}
    _, notes = noted(launching.cacheable(exec_properties=properties))
    assert notes == ["Not cached: since run 2: train_args.num_steps: 3 -> 5."]

    changed(launching, "data/Split-train/records", "one two four")
    _, notes = noted(request)
    assert len(notes) == 1
    assert notes[0].startswith("Not cached: since run 2: input examples: 1 file, 13 bytes, sha256")
    assert scripted.runs == 4


def test_versions_count(launching, scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    launch(launching.cacheable())
    monkeypatch.setattr("trainwright.launcher.identify.__version__", "9.9.9")
    _, notes = noted(launching.cacheable())
    assert notes == ["Not cached: since run 1: trainwright 0.1.0 -> 9.9.9."]


@pytest.mark.parametrize(
    "change",
    [
        lambda request, folder: {"pipeline": "another"},
        lambda request, folder: {"node": "Other"},
        lambda request, folder: {
            "inputs": {"examples": [Examples(folder / "data", split_names=["eval"])]}
        },
        lambda request, folder: {"exec_properties": {**request.exec_properties, "more": 1}},
    ],
)
def test_these_are_other_runs(launching, scripted, change) -> None:
    request = launching.cacheable()
    launch(request)
    result = launch(launching.cacheable(**change(request, launching.root.parent)))
    assert result.state is COMPLETE


def test_where_things_lie_and_how_json_is_written_does_not_matter(launching, scripted) -> None:
    request = launching.cacheable()
    launch(request)
    folder = launching.root.parent
    shutil.copytree(folder / "code", folder / "code2")
    shutil.copytree(folder / "data", folder / "data2")
    moved = launching.cacheable(
        inputs={"examples": [Examples(folder / "data2", split_names=["train"])]},
        exec_properties={
            "train_args": {"num_steps": 3},
            "module_file": str(folder / "code2" / "module.py"),
        },
    )
    assert launch(moved).state is CACHED


def test_an_output_that_is_gone_or_different(launching, scripted) -> None:
    first = launch(launching.cacheable())
    shutil.rmtree(first.outputs["model"][0].uri)
    second, notes = noted(launching.cacheable())
    assert second.state is COMPLETE
    assert notes == [
        "Not cached: run 1 was the same, but its output model is gone from "
        f"{first.outputs['model'][0].uri}."
    ]
    (Path(second.outputs["model"][0].uri) / "Format-Serving" / "saved_model.pb").write_text("")
    _, notes = noted(launching.cacheable())
    assert "run 2 was the same, but its output model has changed in" in notes[0]
    assert launch(launching.cacheable()).properties["cache/source"] == 3


def test_outputs_that_vanish_at_the_last_moment(
    launching, scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch(launching.cacheable())
    monkeypatch.setattr("trainwright.launcher.caching.record_cached", lambda *_: None)
    result, notes = noted(launching.cacheable())
    assert result.state is COMPLETE
    assert notes == ["Not cached: run 1 was the same, but somebody removes its outputs just now."]


def test_notes_are_harmless(launching, scripted) -> None:
    launch(launching.cacheable(exec_properties={"x": "1"}))
    _, notes = noted(launching.cacheable(exec_properties={"x": "\x1b[31m\n"}))
    assert notes == ["Not cached: since run 1: x: 1 -> \\x1b[31m\\n."]


def test_a_failed_run_is_not_reused(launching, scripted, good_body) -> None:
    def fails(*args) -> None:
        raise ValueError("no")

    scripted.body = staticmethod(fails)
    with pytest.raises(ValueError, match="no"):
        launch(launching.cacheable())
    scripted.body = staticmethod(good_body)
    assert launch(launching.cacheable()).state is COMPLETE


def test_inputs_that_change_while_it_runs(launching, scripted, good_body) -> None:
    def body(inputs, outputs, properties) -> None:
        good_body(inputs, outputs, properties)
        changed(launching, "code/helper.py", "RATE = 3\n")

    scripted.body = staticmethod(body)
    request = launching.cacheable()
    result = launch(request)
    helper = launching.root.parent / "code" / "helper.py"
    assert result.properties["cache/unusable"] == f"{helper} changed while it ran"
    scripted.body = staticmethod(good_body)
    changed(launching, "code/helper.py", "RATE = 0.1\n")
    again, notes = noted(request)
    assert again.state is COMPLETE
    assert notes == [f"Not cached: run 1 was the same, but {helper} changed while it ran."]


def test_what_cannot_be_fingerprinted_runs(launching, scripted, good_body) -> None:
    result, notes = noted(launching.request(good_body))
    assert result.state is COMPLETE
    assert len(notes) == 1
    assert notes[0].startswith("Not cached: it cannot be cached: ")
    remote = launching.cacheable(inputs={"examples": [Examples("gs://bucket/data")]})
    assert noted(remote)[1] == [
        "Not cached: it cannot be cached: gs://bucket/data is not a local directory."
    ]


def test_outputs_below_the_inputs_are_no_inputs(launching, scripted, tmp_path: Path) -> None:
    request = launching.cacheable(output_root=tmp_path / "data" / "out")
    assert [launch(request).state for _ in range(2)] == [COMPLETE, CACHED]


def test_two_at_once_are_both_right(launching, scripted, good_body) -> None:
    both = threading.Barrier(2)

    def body(inputs, outputs, properties) -> None:
        both.wait(timeout=60)
        good_body(inputs, outputs, properties)

    scripted.body = staticmethod(body)
    results: list[LaunchResult] = []

    def run(name: str) -> None:
        results.append(launch(launching.cacheable(run_id=name)))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    launching.cacheable()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.state for result in results] == [COMPLETE, COMPLETE]
    assert len({result.outputs["model"][0].uri for result in results}) == 2
    assert launch(launching.cacheable()).properties["cache/source"] == 2


def test_the_same_at_this_moment_is_told(launching, scripted, good_body) -> None:
    inner: list[str] = []

    def body(inputs, outputs, properties) -> None:
        scripted.body = staticmethod(good_body)
        inner.extend(noted(launching.cacheable())[1])
        good_body(inputs, outputs, properties)

    scripted.body = staticmethod(body)
    launch(launching.cacheable())
    assert inner == ["Not cached: run 1 is doing the same at this moment."]


def test_the_identity_is_recorded(launching, scripted) -> None:
    result = launch(launching.cacheable())
    identity = json.loads(str(result.properties["cache/identity"]))
    assert sorted(identity["code"])[-2:] == ["helper.py", "module.py"]
    assert identity["property"]["train_args.num_steps"] == "3"
    assert identity["version"]["trainwright"] == "0.1.0"
    assert identity["input"]["examples type"] == "Examples"


def test_cached_runs_do_not_import_tensorflow(launching, scripted, tmp_path: Path) -> None:
    launching.cacheable()
    code = (
        "import sys\n"
        "from trainwright import Trainer\n"
        "from trainwright.artifacts import Examples\n"
        "splits = {'splits': ['train']}\n"
        "trainer = Trainer(\n"
        "    Examples('data'), module_file='code/module.py', eval_args=splits\n"
        ")\n"
        "result = trainer.run('out')\n"
        "print(result.state.name, 'tensorflow' in sys.modules)\n"
    )
    (tmp_path / "code" / "module.py").write_text(
        "from pathlib import Path\n"
        "def run_fn(fn_args):\n"
        "    Path(fn_args.serving_model_dir).mkdir()\n"
        "    Path(fn_args.serving_model_dir, 'weights').write_text('w')\n"
    )
    shown = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert shown == ["COMPLETE False", "CACHED False"]
