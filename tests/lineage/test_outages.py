"""Runs whose lineage server goes away while they train."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from trainwright.events import RunObserver, announce, observing
from trainwright.launcher import LaunchRequest, launch
from trainwright.lineage import ExecutionState, LineageStore, get_run, list_runs


class Administrator(RunObserver):
    """Starts the server again once the run has noticed that it is away."""

    def __init__(self, server: Any):
        self._server = server
        self._thread: threading.Thread | None = None
        self.heard: list[str] = []

    def on_warning(self, message: str) -> None:
        self.heard.append(message)
        if "does not answer" in message and self._thread is None:
            self._thread = threading.Thread(target=self._server.start)
            self._thread.start()

    def is_done(self) -> bool:
        if self._thread is None:
            return False
        self._thread.join()
        return True


class Executor:
    """Trains while the server is being stopped."""

    server: Any
    fails = False

    def __init__(self, context: Any = None): ...

    def Do(self, inputs: Any, outputs: Any, properties: Any) -> None:
        announce.on_train_begin(0, 2, outputs["model_run"][0].uri)
        announce.on_steps(1, 0.5, 32)
        type(self).server.stop()
        announce.on_steps(2, 0.25, 32)
        if self.fails:
            raise ValueError("the module failed")
        Path(outputs["model"][0].uri, "saved_model.pb").write_text("whole")


@pytest.mark.parametrize("fails", [False, True], ids=["succeeds", "fails"])
def test_a_run_waits_for_the_server_and_is_recorded(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    url = server.new_lineage_database()
    monkeypatch.setattr(Executor, "server", server, raising=False)
    monkeypatch.setattr(Executor, "fails", fails)
    administrator = Administrator(server)
    request = LaunchRequest(Executor, {}, {}, tmp_path, metadata=url)
    try:
        with observing(administrator):
            if fails:
                with pytest.raises(ValueError, match="the module failed"):
                    launch(request)
            else:
                launch(request)
    finally:
        if not administrator.is_done():
            server.start()

    waits = [message for message in administrator.heard if "does not answer" in message]
    assert len(waits) == 1
    store = LineageStore.open(url)
    (record,) = list_runs(store)
    assert record.state is (ExecutionState.FAILED if fails else ExecutionState.COMPLETE)
    models = sorted(path.name for path in tmp_path.glob("Trainer/model/*"))
    assert models == ([] if fails else [str(record.id)])
    if fails:
        assert record.error is not None
        assert record.error.message == "the module failed"
    else:
        (model,) = get_run(store, record.id).outputs["model"]
        assert Path(model.uri, "saved_model.pb").read_text() == "whole"
    assert not list(tmp_path.glob("Trainer/.working/*"))
