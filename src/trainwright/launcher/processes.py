"""Which process does a run, and whether it still lives.

A process is named by host, machine and PID namespace, number, and time of start: numbers are given
again, and containers count their own. Only a process that would be visible from here can
be said to be dead.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trainwright.lineage import PropertyValue

__all__ = ["ProcessIdentity"]

_PREFIX = "process/"
_PIDS = range(1, 2**31)


@dataclass(frozen=True)
class ProcessIdentity:
    """One process of one machine.

    Attributes:
        host: the machine's name.
        machine: the machine's id and the PID namespace, as far as they can be told.
        pid: its number.
        start: when it began: the boot's id and the kernel's ticks since then, empty where
            these cannot be told.
    """

    host: str
    machine: str
    pid: int
    start: str

    @classmethod
    def here(cls) -> ProcessIdentity:
        """This process."""
        pid = os.getpid()
        return cls(socket.gethostname(), _machine(), pid, _start_of(pid) or "")

    @classmethod
    def from_properties(cls, properties: Mapping[str, PropertyValue]) -> ProcessIdentity | None:
        """The process that a run was recorded with, None where it was not."""
        host, machine, pid, start = (
            properties.get(_PREFIX + name) for name in ("host", "machine", "pid", "start")
        )
        if not isinstance(pid, int) or pid not in _PIDS:
            return None
        return cls(str(host), str(machine), pid, str(start))

    def properties(self) -> dict[str, PropertyValue]:
        """Its attributes as properties of a run."""
        return {
            f"{_PREFIX}host": self.host,
            f"{_PREFIX}machine": self.machine,
            f"{_PREFIX}pid": self.pid,
            f"{_PREFIX}start": self.start,
        }

    def is_dead(self, here: ProcessIdentity) -> bool:
        """Whether the process is gone for certain, seen from another one."""
        if (self.host, self.machine) != (here.host, here.machine):
            return False
        if not _exists(self.pid):
            return True
        start = _start_of(self.pid)
        return start is None or bool(start and self.start and start != self.start)


def _machine() -> str:
    return f"{_read('/etc/machine-id')} {_pid_namespace()}".strip()


def _pid_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""  # not Linux


def _start_of(pid: int) -> str | None:
    """When a process began; None for the remains of one, empty where it cannot be told."""
    boot, stat = _read("/proc/sys/kernel/random/boot_id"), _read(f"/proc/{pid}/stat")
    if not boot or not stat:
        return ""
    # Fields after the command's name, which may hold blanks and brackets: state is the third of
    # all, the time of start the 22nd (proc_pid_stat(5)).
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot} {fields[19]}"


def _read(path: str) -> str:
    """A small file of the system's, empty where it is not there or not to be seen."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
