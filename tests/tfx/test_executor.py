"""Executors that TFX runs: in this process, and in another one."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.errors import (
    ExportError,
    InvalidArgumentError,
    SplitError,
    TrainingError,
    UserCodeError,
    UserModuleError,
)

MODULE = """
import json, os, pathlib, sys

def run_fn(fn_args):
    if fn_args.custom_config.get("fail"):
        raise KeyError("no such feature")
    if not fn_args.custom_config.get("silent"):
        folder = pathlib.Path(fn_args.serving_model_dir)
        folder.mkdir(parents=True)
        told = {"process": os.getpid(), "files": fn_args.train_files, "steps": fn_args.train_steps}
        (folder / "model.json").write_text(json.dumps(told))
"""
Do = Callable[..., Path]


@pytest.fixture
def do(adapter: Any, make_artifact: Any, tmp_path: Path) -> Do:
    """Calls GenericExecutor as TFX does, and returns the model's directory."""
    write_records(tmp_path / "ex" / "Split-train" / "a.gz", encode_examples({"x": [1.0]}))
    write_records(tmp_path / "ex" / "Split-eval" / "a.gz", encode_examples({"x": [1.0]}))
    (tmp_path / "module.py").write_text(MODULE)
    examples = make_artifact("Examples", tmp_path / "ex", split_names='["train", "eval"]')

    def call(config: str = "{}", **properties: Any) -> Path:
        adapter.GenericExecutor().Do(
            {"examples": [examples]},
            {
                "model": [make_artifact("Model", tmp_path / "model")],
                "model_run": [make_artifact("ModelRun", tmp_path / "run")],
            },
            {
                "train_args": '{"num_steps": 3}',
                "eval_args": '{"num_steps": 1}',
                "module_file": str(tmp_path / "module.py"),
                "custom_config": config,
                **properties,
            },
        )
        return tmp_path / "model" / "Format-Serving"

    return call


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in this process", "in another"])
def test_it_trains(
    elsewhere: bool, do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json
    import os

    if elsewhere:
        monkeypatch.setenv("TRAINWRIGHT_PYTHON", sys.executable)
    told = json.loads((do() / "model.json").read_text())
    assert (told["process"] != os.getpid()) == elsewhere
    assert told["files"] == [f"{tmp_path}/ex/Split-train/*"]
    assert told["steps"] == 3


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in this process", "in another"])
@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"config": '{"fail": true}'}, UserCodeError, "no such feature"),
        ({"config": '{"silent": true}'}, ExportError, "serving_model_dir is empty"),
        ({"train_args": '{"splits": ["tain"]}'}, SplitError, "no split 'tain'"),
    ],
    ids=["the module", "no model", "an input"],
)
def test_what_fails_is_told_in_the_same_words(
    elsewhere: bool,
    given: dict[str, str],
    error: type[Exception],
    message: str,
    do: Do,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if elsewhere:
        monkeypatch.setenv("TRAINWRIGHT_PYTHON", sys.executable)
    with pytest.raises(error, match=message):
        do(**given)


def test_a_python_that_is_not_there(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINWRIGHT_PYTHON", "/no/such/python")
    with pytest.raises(InvalidArgumentError, match="TRAINWRIGHT_PYTHON must name.*/no/such/python"):
        do()


def test_a_python_that_cannot_do_it(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = tmp_path / "python"
    lacking.write_text("#!/bin/sh\nexit 3\n")
    lacking.chmod(0o755)
    monkeypatch.setenv("TRAINWRIGHT_PYTHON", str(lacking))
    with pytest.raises(TrainingError, match=r"ended with code 3.*Does .*python have trainwright"):
        do()


def test_the_kinds(adapter: Any) -> None:
    assert issubclass(adapter.Executor, adapter.GenericExecutor)
    assert adapter.Executor.__module__ == "trainwright.tfx.executor"  # TFX imports it by this path
    base = sys.modules["tfx.dsl.components.base.base_executor"].BaseExecutor
    assert issubclass(adapter.Executor, base)
    with pytest.raises(AttributeError, match="no attribute 'Trainer'"):
        _ = adapter.Trainer


@pytest.mark.parametrize("tfx_home", ["tfx.components.base.base_executor"])
def test_an_old_tfx(tfx_home: str, adapter: Any) -> None:
    assert issubclass(adapter.Executor, sys.modules[tfx_home].BaseExecutor)


def test_without_tfx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "trainwright.tfx.executor", raising=False)
    monkeypatch.setitem(sys.modules, "tfx", None)
    with pytest.raises(UserModuleError, match=r"not installed here.*pip install tfx"):
        importlib.import_module("trainwright.tfx.executor")
