from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.training_state import (
    TrainingState,
    end_training,
    forget_state,
    forget_states,
    keeping_ended,
    read_state,
    state_to_go_on_with,
)


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    return str(tmp_path / "model.ckpt-20")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_read_is_what_was_saved(checkpoint: str, tmp_path: Path) -> None:
    state = TrainingState(
        start_step=3, input_steps=20, timers={"4 Saver": 20}, examples=640, seconds=1.5
    )
    state.save(checkpoint)
    assert left(tmp_path) == ["model.ckpt-20.state"]
    found = read_state(checkpoint)
    assert found == state
    assert found is not None
    assert found.resumed
    assert not state.resumed


def test_trainings_and_seeds_differ() -> None:
    one, other = TrainingState(), TrainingState()
    assert one.training != other.training
    assert one.seed != other.seed


def test_there_may_be_none(checkpoint: str) -> None:
    assert read_state(None) is None
    assert read_state(checkpoint) is None
    assert state_to_go_on_with(checkpoint) is None


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"null",
        b"[1, 2]",
        b"\xff\xfe\x00",
        b'{"start_step": 3, "input_st',
        b'{"start_step": "3"}',
        b'{"evaluation_due": 1}',
        b'{"timers": []}',
        b'{"input_steps": true}',
    ],
)
def test_a_damaged_file_is_an_error_that_names_it(checkpoint: str, contents: bytes) -> None:
    Path(f"{checkpoint}.state").write_bytes(contents)
    with pytest.raises(CheckpointError) as caught:
        read_state(checkpoint)
    assert f"{checkpoint}.state is damaged" in caught.value.message
    assert "Remove it" in str(caught.value.hint)


@pytest.mark.parametrize("size", [1, 10, 100])
def test_a_torn_file_is_an_error(checkpoint: str, size: int) -> None:
    TrainingState().save(checkpoint)
    path = Path(f"{checkpoint}.state")
    path.write_bytes(path.read_bytes()[:-size])
    with pytest.raises(CheckpointError, match="is damaged"):
        read_state(checkpoint)


def test_other_versions_may_know_more_or_less(checkpoint: str) -> None:
    known = {"training": "abc", "input_steps": 7, "seconds": 2, "moon_phase": "full"}
    Path(f"{checkpoint}.state").write_text(json.dumps(known))
    found = read_state(checkpoint)
    assert found is not None
    assert (found.training, found.input_steps, found.seconds) == ("abc", 7, 2)
    assert (found.start_step, found.examples, found.timers) == (0, None, {})


def test_a_full_disk_leaves_the_earlier_state(
    checkpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    TrainingState(input_steps=10).save(checkpoint)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            TrainingState(input_steps=20).save(checkpoint)
    found = read_state(checkpoint)
    assert found is not None
    assert found.input_steps == 10
    TrainingState(input_steps=20).save(checkpoint)
    found = read_state(checkpoint)
    assert found is not None
    assert found.input_steps == 20


def files(folder: Path) -> None:
    for step in (10, 20):
        for suffix in ("index", "state", "input"):
            (folder / f"model.ckpt-{step}.{suffix}").write_text("x")
    for name in ("best.ckpt-3.state", "model.ckpt-x.state", "notes.input"):
        (folder / name).write_text("the user's own")


OTHERS = ["best.ckpt-3.state", "model.ckpt-10.index", "model.ckpt-20.index", "model.ckpt-x.state"]


def test_only_what_lies_beside_checkpoints_is_forgotten(checkpoint: str, tmp_path: Path) -> None:
    files(tmp_path)
    forget_states(str(tmp_path), checkpoint)
    kept = ["model.ckpt-20.input", "model.ckpt-20.state", "notes.input"]
    assert left(tmp_path) == sorted([*OTHERS, *kept])
    forget_state(checkpoint)
    assert left(tmp_path) == [*OTHERS, "notes.input"]


@pytest.mark.parametrize(("ended", "keeps"), [(False, True), (True, False), (False, False)])
def test_the_end_is_forgotten(checkpoint: str, tmp_path: Path, ended: bool, keeps: bool) -> None:
    files(tmp_path)
    state = TrainingState(input_ended=ended)
    context: Any = keeping_ended() if keeps else pytest.MonkeyPatch.context()
    with context:
        end_training(state, checkpoint)
    assert left(tmp_path) == [*OTHERS, "notes.input"]


def test_that_the_input_ended_it_stays_known_where_that_is_wanted(
    checkpoint: str, tmp_path: Path
) -> None:
    files(tmp_path)
    with keeping_ended():
        end_training(TrainingState(input_ended=True, input_digest="ab"), checkpoint)
    found = read_state(checkpoint)
    assert found is not None
    assert found.input_ended
    assert found.input_digest == ""
    assert not (tmp_path / "model.ckpt-20.input").exists()
    assert state_to_go_on_with(checkpoint) is None
