from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from trainwright.artifacts import Examples, Model
from trainwright.errors import InvalidArgumentError, LineageError, SplitError
from trainwright.events import RunObserver, announce, observing
from trainwright.launcher import LaunchRequest, launch
from trainwright.lineage import ExecutionState, LineageStore, get_run, list_runs

PUBLISHED = [
    "Trainer/model/1/Format-Serving/saved_model.pb",
    "Trainer/model_run/1/model.ckpt-3.index",
]


class Warnings(RunObserver):
    def __init__(self) -> None:
        self.messages: list[str] = []

    def on_warning(self, message: str) -> None:
        self.messages.append(message)


def recorded(launching, execution_id: int = 1):
    return get_run(LineageStore.open(launching.metadata, read_only=True), execution_id)


def test_a_run_that_succeeds(launching, good_body) -> None:
    result = launch(launching.request(good_body))
    assert result.execution_id == 1
    assert result.state is ExecutionState.COMPLETE
    (model,), (run,) = result.outputs["model"], result.outputs["model_run"]
    assert model.uri == str(launching.root / "Trainer" / "model" / "1")
    assert run.uri == str(launching.root / "Trainer" / "model_run" / "1")
    assert launching.files() == PUBLISHED
    assert result.properties["final_step"] == 3
    assert result.properties["train_args"] == '{"num_steps": 3}'
    assert result.properties["process/pid"] == os.getpid()
    assert result.properties["version/trainwright"] == "0.1.0"


def test_what_is_recorded_of_it(launching, good_body) -> None:
    result = launch(launching.request(good_body, pipeline="taxi", run_id="monday"))
    run = recorded(launching)
    assert run.execution.type_name == "tfx.components.trainer.component.Trainer"
    assert run.execution.contexts.pipeline == "taxi"
    assert run.execution.contexts.run_id == "monday"
    assert run.execution.contexts.node == "Trainer"
    assert [item.uri for item in run.inputs["examples"]] == ["/data/examples"]
    for key, artifacts in result.outputs.items():
        assert [(item.id, item.uri) for item in run.outputs[key]] == [
            (artifact.id, artifact.uri) for artifact in artifacts
        ]


def test_nothing_is_published_while_the_executor_is_at_work(launching) -> None:
    def body(inputs, outputs, properties) -> None:
        for key in ("model", "model_run"):
            folder = Path(outputs[key][0].uri)
            assert folder.is_dir()
            assert ".working" in folder.parts
            assert not (launching.root / "Trainer" / key).exists()
        run = recorded(launching)
        assert run.execution.state is ExecutionState.RUNNING
        assert list(run.inputs) == ["examples"]

    launch(launching.request(body))


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ValueError("bad"), ExecutionState.FAILED),
        (SystemExit(3), ExecutionState.FAILED),
        (KeyboardInterrupt(), ExecutionState.CANCELED),
    ],
)
def test_a_run_that_does_not_succeed(launching, error: BaseException, state) -> None:
    def body(inputs, outputs, properties) -> None:
        announce.on_train_begin(0, 100, "somewhere")
        announce.on_steps(40, 0.5, 32)
        Path(outputs["model_run"][0].uri, "half").write_text("written")
        raise error

    with pytest.raises(type(error)) as caught:
        launch(launching.request(body))
    assert caught.value is error
    run = recorded(launching).execution
    assert run.state is state
    assert run.properties["final_step"] == 40
    assert run.error is not None
    assert run.error.type == type(error).__name__
    assert launching.files() == []


def test_a_failure_is_recorded_with_its_message_hint_and_traceback(launching) -> None:
    def body(inputs, outputs, properties) -> None:
        raise SplitError("No split 'x'.", hint="Its splits: train.") from KeyError("x")

    with pytest.raises(SplitError):
        launch(launching.request(body))
    error = recorded(launching).execution.error
    assert error is not None
    assert (error.type, error.message, error.hint) == (
        "SplitError",
        "No split 'x'.",
        "Its splits: train.",
    )
    assert "KeyError: 'x'" in error.traceback
    assert "in body" in error.traceback


def test_the_context_of_the_executor(launching) -> None:
    seen = {}

    class Executor:
        class Context:
            def __init__(self, **kwargs: object):
                self.kwargs = kwargs

        def __init__(self, context: Context):
            seen.update(context.kwargs)

        def Do(self, inputs, outputs, properties) -> None: ...

    launch(launching.request(lambda *_: None, executor_class=Executor, run_id="monday"))
    assert seen["pipeline_run_id"] == "monday"
    assert seen["unique_id"] == "1"
    assert str(seen["tmp_dir"]).startswith(str(launching.root / "Trainer" / ".working" / "1"))


def test_an_output_becomes_the_input_of_another_run(launching, good_body) -> None:
    first = launch(launching.request(good_body))
    (model,) = first.outputs["model"]
    for base in (model, Model(model.uri), Model(f"{model.uri}/../1")):
        result = launch(launching.request(good_body, inputs={"base_model": [base]}))
        (found,) = recorded(launching, result.execution_id).inputs["base_model"]
        assert found.id == model.id


def test_properties_that_the_executor_gives_its_outputs(launching) -> None:
    def body(inputs, outputs, properties) -> None:
        outputs["model"][0].set_string_custom_property("blessed", "yes")

    launch(launching.request(body))
    (model,) = recorded(launching).outputs["model"]
    assert model.custom_properties == {"blessed": "yes", "is_external": 0}


def test_the_executor_gets_what_was_asked(launching) -> None:
    examples, config = Examples("relative/data"), {"rate": 0.1}

    def body(inputs, outputs, properties) -> None:
        assert inputs == {"examples": [examples]}
        assert properties["custom_config"] is config

    launch(
        launching.request(
            body, inputs={"examples": (examples,)}, exec_properties={"custom_config": config}
        )
    )
    run = recorded(launching)
    assert run.execution.properties["custom_config"] == '{"rate": 0.1}'
    assert run.inputs["examples"][0].uri == str(Path("relative/data").absolute())
    assert examples.uri == "relative/data"


def test_another_database_and_relative_directories(
    launching, good_body, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = launch(launching.request(good_body, output_root="x/../runs", metadata="db/lineage.db"))
    assert result.outputs["model"][0].uri == str(tmp_path / "runs" / "Trainer" / "model" / "1")
    assert (tmp_path / "db" / "lineage.db").exists()
    assert not (tmp_path / "runs" / "metadata.sqlite").exists()


def test_outputs_of_another_database_are_not_touched(launching, good_body) -> None:
    launch(launching.request(good_body))
    launching.metadata.unlink()
    with pytest.raises(InvalidArgumentError, match=r"model_run/1 is there already"):
        launch(launching.request(good_body))
    assert launching.files() == PUBLISHED
    assert recorded(launching).execution.state is ExecutionState.FAILED


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"output_root": "gs://bucket/out"}, "must be a local directory"),
        ({"pipeline": ""}, "needs a name"),
        ({"node": "../x"}, "names a directory"),
        ({"node": ""}, "names a directory"),
    ],
)
def test_requests_that_cannot_be_done(launching, good_body, change, problem: str) -> None:
    with pytest.raises(InvalidArgumentError, match=problem):
        launch(launching.request(good_body, **change))
    assert not launching.root.exists()


def test_an_output_root_that_is_a_file(launching, good_body, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    request = launching.request(
        good_body, output_root=tmp_path / "file", metadata=tmp_path / "metadata.sqlite"
    )
    with pytest.raises(InvalidArgumentError, match="cannot be written to: .*Not a directory"):
        launch(request)


def test_a_database_that_fails_at_the_end_keeps_the_model(launching, good_body) -> None:
    def body(inputs, outputs, properties) -> None:
        good_body(inputs, outputs, properties)
        with closing(sqlite3.connect(launching.metadata)) as connection:
            connection.execute("DROP TABLE EventPath")

    with pytest.raises(LineageError, match=r"The model is complete, in .*/Trainer/model/1, but"):
        launch(launching.request(body))
    assert launching.files() == PUBLISHED


def test_a_failure_that_cannot_be_recorded_is_still_the_failure(launching) -> None:
    def body(inputs, outputs, properties) -> None:
        with closing(sqlite3.connect(launching.metadata)) as connection:
            connection.execute("DROP TABLE ExecutionProperty")
        raise ValueError("the reason")

    warnings = Warnings()
    with pytest.raises(ValueError, match="the reason"), observing(warnings):
        launch(launching.request(body))
    assert [m for m in warnings.messages if "run 1 could not be recorded" in m]
    assert launching.files() == []


def test_an_interrupt_just_after_completion_keeps_the_outputs(
    launching, good_body, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = LineageStore.complete_execution

    def complete_and_interrupt(self, *args):
        complete(self, *args)
        raise KeyboardInterrupt

    monkeypatch.setattr(LineageStore, "complete_execution", complete_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        launch(launching.request(good_body))
    assert recorded(launching).execution.state is ExecutionState.COMPLETE
    assert launching.files() == PUBLISHED


def test_runs_are_observed_by_the_caller_too(launching, good_body) -> None:
    class Steps(RunObserver):
        def __init__(self) -> None:
            self.seen: list[int] = []

        def on_steps(self, step: int, loss: float, examples: int | None) -> None:
            self.seen.append(step)

    steps = Steps()
    with observing(steps):
        launch(launching.request(good_body))
    assert steps.seen == [1, 2, 3]


def test_runs_within_runs_are_recorded_apart(launching, good_body) -> None:
    def outer(inputs, outputs, properties) -> None:
        launch(launching.request(good_body, node="Inner"))

    launch(launching.request(outer))
    inner, outer_run = list_runs(LineageStore.open(launching.metadata))
    assert (inner.contexts.node, outer_run.contexts.node) == ("Inner", "Trainer")
    assert (launching.root / "Inner" / "model" / "2").is_dir()


def test_request_defaults() -> None:
    request = LaunchRequest(object, {}, {}, "out")  # type: ignore[arg-type]
    assert (request.metadata, request.pipeline, request.run_id, request.node) == (
        None,
        "trainwright",
        None,
        "Trainer",
    )
