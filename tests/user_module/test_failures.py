from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trainwright.data.tfrecord import write_records
from trainwright.errors import (
    CorruptRecordError,
    NonFiniteLossError,
    SplitError,
    TrainingError,
    UserCodeError,
)
from trainwright.user_module.failures import explaining


def run_as_user(folder: Path, body: str) -> Any:
    """Runs source as if it stood in a file of that folder; its errors have line 2."""
    scope: dict[str, Any] = {}
    exec(compile(f"def f():\n    {body}\n", str(folder / "model.py"), "exec"), scope)
    return scope["f"]()


def test_users_exceptions_name_their_place(tmp_path: Path) -> None:
    with (
        pytest.raises(UserCodeError) as caught,
        explaining("Calling trainer_fn", tmp_path),
    ):
        run_as_user(tmp_path, "1/0")
    assert caught.value.message == (
        f"Calling trainer_fn failed at {tmp_path}/model.py:2: ZeroDivisionError: division by zero"
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("code", ["0", "3", "", "'gone'"])
def test_leaving_by_sys_exit_is_an_error(tmp_path: Path, code: str) -> None:
    with (
        pytest.raises(
            UserCodeError, match=r"ended with sys\.exit\(.*\) at .*model\.py:2"
        ) as caught,
        explaining("Calling run_fn", tmp_path),
    ):
        run_as_user(tmp_path, f"raise SystemExit({code})")
    assert isinstance(caught.value.__cause__, SystemExit)


def test_this_packages_own_errors_pass(tmp_path: Path) -> None:
    error = SplitError("no split")
    with pytest.raises(SplitError) as caught, explaining("Training", tmp_path):
        raise error
    assert caught.value is error


def test_interruptions_pass(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), explaining("Training", tmp_path):
        raise KeyboardInterrupt


def test_what_the_estimator_says_of_the_users_functions(tmp_path: Path) -> None:
    with (
        pytest.raises(UserCodeError, match="Training failed: model_fn must return a spec"),
        explaining("Training", tmp_path),
    ):
        raise ValueError("model_fn must return a spec")


def test_anything_else_is_a_training_error(tmp_path: Path) -> None:
    with (
        pytest.raises(TrainingError, match="Training failed: RuntimeError: no threads"),
        explaining("Training", tmp_path),
    ):
        raise RuntimeError("no threads")


def test_errors_of_tensorflow(tmp_path: Path) -> None:
    import tensorflow as tf

    invalid = tf.errors.InvalidArgumentError(None, None, "Key: x. Can't parse.\nmore")
    with pytest.raises(TrainingError, match="Key: x") as caught, explaining("Training", tmp_path):
        raise invalid
    assert "more" not in str(caught.value)
    with pytest.raises(NonFiniteLossError), explaining("Training", tmp_path):
        raise tf.compat.v1.train.NanLossDuringTrainingError


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_data_loss_names_the_damaged_file(tmp_path: Path, compression: Any) -> None:
    import tensorflow as tf

    sound, damaged = tmp_path / "data-0", tmp_path / "data-1"
    write_records(sound, [b"abc"] * 10, compression)
    write_records(damaged, [bytes([n]) * 50 for n in range(10)], compression)
    damaged.write_bytes(damaged.read_bytes()[:-20])
    with (
        pytest.raises(CorruptRecordError, match=f"{damaged} is damaged") as caught,
        explaining("Training", tmp_path, [f"{tmp_path}/data-*"]),
    ):
        list(tf.data.TFRecordDataset([str(sound), str(damaged)], compression))
    assert isinstance(caught.value.__cause__, tf.errors.DataLossError)
    damaged.unlink()
    with (
        pytest.raises(TrainingError, match="DataLossError: of a checkpoint"),
        explaining("Training", tmp_path, [f"{tmp_path}/data-*"]),
    ):
        raise tf.errors.DataLossError(None, None, "of a checkpoint")
