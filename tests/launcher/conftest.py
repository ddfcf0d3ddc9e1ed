from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from trainwright.artifacts import Examples
from trainwright.events import announce
from trainwright.launcher import LaunchRequest

Body = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], None]


def write_model(outputs: dict[str, Any]) -> None:
    """What an executor does at least."""
    model, run = (Path(outputs[key][0].uri) for key in ("model", "model_run"))
    (model / "Format-Serving").mkdir()
    (model / "Format-Serving" / "saved_model.pb").write_text("model")
    (run / "model.ckpt-3.index").write_text("weights")


def train(steps: int = 3) -> None:
    announce.on_train_begin(0, steps, "somewhere")
    for step in range(1, steps + 1):
        announce.on_steps(step, 1 / step, 32)
    announce.on_train_end(steps)


class ScriptedExecutor:
    """An executor that can be cached: it is no local class."""

    body: ClassVar[Body]
    runs: ClassVar[int] = 0

    def __init__(self, context: Any = None):
        self.context = context

    def Do(self, inputs: Any, outputs: Any, properties: Any) -> None:
        type(self).runs += 1
        type(self).body(inputs, outputs, properties)


class Launching:
    """Makes requests for executors that do what a function says."""

    def __init__(self, root: Path):
        self.root = root
        self.metadata = root / "metadata.sqlite"

    def request(self, body: Body, **kwargs: Any) -> LaunchRequest:
        class Executor:
            def __init__(self, context: Any = None):
                self.context = context

            def Do(self, inputs: Any, outputs: Any, properties: Any) -> None:
                body(inputs, outputs, properties)

        options: dict[str, Any] = {
            "executor_class": Executor,
            "inputs": {"examples": [Examples("/data/examples", split_names=["train"])]},
            "exec_properties": {"train_args": '{"num_steps": 3}'},
            "output_root": self.root,
        }
        return LaunchRequest(**options | kwargs)

    def cacheable(self, **kwargs: Any) -> LaunchRequest:
        """A request with real examples and a module; the executor is ScriptedExecutor."""
        data, module = self.root.parent / "data", self.root.parent / "code" / "module.py"
        if not data.exists():
            (data / "Split-train").mkdir(parents=True)
            (data / "Split-train" / "records").write_text("one two three")
            module.parent.mkdir()
            module.write_text("import helper\ndef run_fn(fn_args): ...\n")
            module.with_name("helper.py").write_text("RATE = 0.1\n")
        options: dict[str, Any] = {
            "executor_class": ScriptedExecutor,
            "inputs": {"examples": [Examples(data, split_names=["train"])]},
            "exec_properties": {"module_file": str(module), "train_args": '{"num_steps": 3}'},
            "output_root": self.root,
        }
        return LaunchRequest(**options | kwargs)

    def files(self) -> list[str]:
        """What executors have written below the output directory."""
        ours = {self.metadata.name, "progress.jsonl", "report.html"}
        found = (path for path in self.root.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.root)) for path in found if path.name not in ours)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to the current directory goes with the test."""
    monkeypatch.chdir(tmp_path_factory.mktemp("current"))


@pytest.fixture
def launching(tmp_path: Path) -> Launching:
    return Launching(tmp_path / "out")


@pytest.fixture
def scripted(good_body: Body, monkeypatch: pytest.MonkeyPatch) -> type[ScriptedExecutor]:
    """The executor of cacheable requests, which has run 0 times."""
    monkeypatch.setattr(ScriptedExecutor, "body", staticmethod(good_body), raising=False)
    monkeypatch.setattr(ScriptedExecutor, "runs", 0)
    return ScriptedExecutor


@pytest.fixture
def good_body() -> Body:
    """An executor that trains and writes a model."""

    def body(inputs: Any, outputs: Any, properties: Any) -> None:
        train()
        write_model(outputs)

    return body
