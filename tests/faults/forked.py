"""Runs the command line in processes of their own that need not import TensorFlow each.

A server imports it once and forks; each child is a process as any other: it has its own memory
and files, and may be killed. It must not have used TensorFlow before it forks.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SERVER = """
import json, os, sys
import tensorflow, keras, trainwright.estimator, trainwright.launcher, trainwright.executor
import trainwright.cli.main, trainwright.cli.run, trainwright.eval_model
print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        log = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.update(order["environment"])
        code = 70
        try:
            code = trainwright.cli.main.main(order["arguments"])
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Child:
    """One process.

    Args:
        pid: its id.
        server: what waits for it.
        log: what it writes.
    """

    pid: int
    server: Any
    log: Path
    _code: int | None = field(default=None)

    def kill(self, number: int = signal.SIGKILL) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Its exit code, or the negative number of the signal that ended it."""
        if self._code is None:
            self._code = int(self.server.stdout.readline())
        return self._code

    def runs(self) -> bool:
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state != "Z"

    def until(self, condition: Any, timeout: float = 120.0) -> bool:
        """Waits for a condition; False where the process ends before."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if condition():
                return True
            if not self.runs():
                return False
            time.sleep(0.002)
        raise TimeoutError(f"waited {timeout} s; see {self.log}")


class Forking:
    """A server of forked processes, one at a time."""

    def __init__(self, server: Any):
        self._server = server

    def start(self, arguments: Sequence[str], log: Path, **environment: str) -> Child:
        order = {"arguments": list(arguments), "log": str(log), "environment": environment}
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return Child(int(self._server.stdout.readline()), self._server, log)


@contextlib.contextmanager
def forking() -> Iterator[Forking]:
    """A server, until the block ends."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        while server.stdout.readline() != "ready\n":
            assert server.poll() is None
        yield Forking(server)
        server.stdin.close()
        server.wait()
