"""A few of the kills of ``make torture``; and what signals, short inputs and --fresh do."""

from __future__ import annotations

import importlib.util
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trainwright.lineage import ExecutionRecord, LineageStore, list_runs

pytestmark = pytest.mark.slow


def _loaded() -> Any:
    spec = importlib.util.spec_from_file_location(
        "faults_torture", Path(__file__).with_name("torture.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


torture = _loaded()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with torture.forking() as forks:
        yield torture.Torture(forks, tmp_path_factory.mktemp("faults"), fused=True)


@pytest.fixture(scope="module")
def alone(program) -> Any:
    """What the program comes to when nobody disturbs it."""
    assert program.start("alone").wait() == 0
    return program.outcome("alone")


def runs(program, name: str) -> list[ExecutionRecord]:
    return list_runs(LineageStore.open(program.output(name) / "metadata.sqlite", read_only=True))


def appears(program, name: str, pattern: str) -> Any:
    return lambda: bool(list(program.output(name).glob(pattern)))


@pytest.mark.parametrize("moment", ["checkpoint, later", "export", "published, not recorded"])
def test_a_killed_run_ends_as_if_left_alone(program, alone, moment: str) -> None:
    name = moment.replace(" ", "_")
    pattern, _ = torture.MOMENTS[moment]
    killed = program.kill_at(name, appears(program, name, pattern), 0, signal.SIGKILL)
    assert program.start(name).wait() == 0
    assert torture.differences(alone, program.outcome(name)) == []
    if killed and len(runs(program, name)) == 2:
        newest = runs(program, name)[0]
        assert newest.properties["resumed_from"] == 1
        # Where there was nothing left to train, nothing was read either.
        assert newest.properties.get("examples_seen", 8_400) == torture.STEPS * 7
        assert "Going on from run 1" in program.log(name)


def test_a_signal_saves_a_checkpoint_and_a_second_one_ends_at_once(program, alone) -> None:
    begun = appears(program, "stopped", "Trainer/.working/*/model_run/*/model.ckpt-300.index")
    child = program.start("stopped")
    assert child.until(begun)
    child.kill(signal.SIGTERM)
    assert child.wait() == 143
    (run,) = runs(program, "stopped")
    assert run.state.name == "CANCELED"
    begun = appears(program, "stopped", "Trainer/.working/2/model_run/*/checkpoint")
    child = program.start("stopped")
    assert child.until(begun)
    child.kill(signal.SIGINT)
    child.kill(signal.SIGTERM)  # so soon that it was meant once
    assert child.wait() == 130
    assert program.start("stopped").wait() == 0
    found = program.outcome("stopped")
    assert found.variables["model:weights"] == alone.variables["model:weights"]
    assert found.evaluations == alone.evaluations


def test_an_input_that_ends_early_is_an_error_until_it_is_accepted(program) -> None:
    for _ in range(2):
        assert program.start("short", FAULTS_EPOCHS="2").wait() == 10
    assert "The training input ended at step 286, of 1,200" in program.log("short")
    assert program.start("short", "--allow-short", FAULTS_EPOCHS="2").wait() == 0
    run, *earlier = runs(program, "short")
    assert run.properties["input_ended_at"] == run.properties["final_step"] == 286
    assert [each.error.type for each in earlier if each.error] == ["IncompleteError"] * 2
    assert len(list((program.output("short") / "Trainer" / "model").iterdir())) == 1


def test_fresh_starts_over(program) -> None:
    begun = appears(program, "fresh", "Trainer/.working/*/model_run/*/model.ckpt-600.index")
    program.kill_at("fresh", begun, 0, signal.SIGKILL)
    child = program.start("fresh", "--fresh")
    assert child.until(
        appears(program, "fresh", "Trainer/.working/2/model_run/*/model.ckpt-0.meta")
    )
    child.kill()
    child.wait()
    assert "Going on" not in program.log("fresh")
