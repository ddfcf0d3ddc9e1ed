from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trainwright.contract.base_model import find_base_model, newest_export
from trainwright.errors import ArtifactError, InvalidArgumentError, TrainwrightWarning


def make_model(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


ESTIMATOR = (
    "Format-Serving/checkpoint",
    "Format-Serving/model.ckpt-9.index",
    "Format-Serving/export/final/1500/saved_model.pb",
    "Format-Serving/export/final/900/saved_model.pb",
    "Format-Serving/export/final/temp-2000/saved_model.pb",
    "Format-Serving/export/best/1400/saved_model.pb",
    "Format-Serving/export/best/1600/variables/variables.index",
)


@pytest.mark.parametrize(
    ("files", "base_model", "warm_start"),
    [
        (ESTIMATOR, "Format-Serving/export/final/1500", "Format-Serving"),
        (("Format-Serving/saved_model.pb",), "Format-Serving", "Format-Serving"),
        (("serving_model_dir/saved_model.pb",), "serving_model_dir", "serving_model_dir"),
        (("saved_model.pb",), "", ""),
        (("saved_model.pbtxt",), "", ""),
        (("checkpoint",), "", ""),
        (("model.ckpt-3.index",), "", ""),
        (("export/final/12/saved_model.pb",), "export/final/12", "export/final/12"),
        (("12/saved_model.pb",), "", None),
    ],
)
def test_what_is_found_in_a_directory(
    tmp_path: Path, files: tuple[str, ...], base_model: str, warm_start: str | None
) -> None:
    make_model(tmp_path, *files)
    assert find_base_model(str(tmp_path)) == str(tmp_path / base_model)
    if warm_start is not None:
        assert find_base_model(None, True, str(tmp_path)) == str(tmp_path / warm_start)


def test_the_checkpoint_of_a_run_is_wanted(tmp_path: Path) -> None:
    make_model(tmp_path, *ESTIMATOR)
    assert find_base_model(str(tmp_path), is_run=True) == str(tmp_path / "Format-Serving")
    make_model(tmp_path / "x", "Format-Serving/export/final/12/saved_model.pb")
    export = tmp_path / "x" / "Format-Serving" / "export" / "final" / "12"
    assert find_base_model(str(tmp_path / "x"), is_run=True) == str(export)


def test_a_checkpoints_prefix(tmp_path: Path) -> None:
    prefix = str(make_model(tmp_path, "model.ckpt-3.index") / "model.ckpt-3")
    assert find_base_model(None, True, prefix) == prefix


def test_nothing_given() -> None:
    assert find_base_model(None) is None
    assert find_base_model(None, False, None) is None
    assert find_base_model(None, 0, "") is None


@pytest.mark.parametrize("on", [True, 1, "true", "True", "1", None, ""])
def test_spellings_of_warm_starting(tmp_path: Path, on: Any) -> None:
    make_model(tmp_path, "checkpoint")
    assert find_base_model(None, on, str(tmp_path)) == str(tmp_path)


@pytest.mark.parametrize("off", [False, 0, "false", "0"])
def test_a_model_that_is_not_wanted(tmp_path: Path, off: Any) -> None:
    with pytest.warns(TrainwrightWarning, match="not used, since warm_starting is off"):
        assert find_base_model(None, off, str(tmp_path)) is None


def test_contradictions(tmp_path: Path) -> None:
    one = make_model(tmp_path / "1", "checkpoint")
    two = make_model(tmp_path / "2", "checkpoint")
    with pytest.raises(InvalidArgumentError, match="does not say which model"):
        find_base_model(None, True)
    with pytest.raises(InvalidArgumentError, match="true or false. Got 'maybe'"):
        find_base_model(None, "maybe", str(one))
    with pytest.raises(InvalidArgumentError, match="name different models"):
        find_base_model(str(one), True, str(two))


def test_both_given_and_the_same(tmp_path: Path) -> None:
    make_model(tmp_path, *ESTIMATOR)
    serving = str(tmp_path / "Format-Serving")
    assert find_base_model(str(tmp_path), True, serving) == serving
    assert find_base_model(str(tmp_path), True, str(tmp_path)) == serving


def test_absent_and_empty_models(tmp_path: Path) -> None:
    (tmp_path / "Format-Serving").mkdir()
    with pytest.raises(ArtifactError, match=f"base_model at {tmp_path} holds no model"):
        find_base_model(str(tmp_path))
    with pytest.raises(ArtifactError, match=f"nothing to warm start from at {tmp_path}"):
        find_base_model(None, True, str(tmp_path))
    with pytest.raises(ArtifactError, match="no directory '.*none', named by warm_start_from"):
        find_base_model(None, True, str(tmp_path / "none"))


def test_a_model_of_the_past(shared_data: Path) -> None:
    root = shared_data / "taxi" / "base_model"
    export = root / "Format-Serving" / "export" / "chicago-taxi" / "1646034756"
    assert find_base_model(str(root)) == str(export)
    assert find_base_model(None, True, str(root)) == str(root / "Format-Serving")
    assert newest_export(root) is None
