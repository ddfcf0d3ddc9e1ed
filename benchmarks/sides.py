"""Both sides of a comparison: their Pythons, and programs run by them."""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["OURS", "Finished", "compile_bytecode", "oracle_python", "program", "run", "taxi"]

_SHARED = Path(__file__).resolve().parents[2] / "shared"
_PROGRAMS = Path(__file__).with_name("programs")
_PACKAGES = ("tfx==1.15.1", "dill", "setuptools<80")


@dataclass(frozen=True)
class Finished:
    """What a process did.

    Attributes:
        begin: when it began, as time.time() has it.
        seconds: how long it took.
        peak_mb: the most memory it held.
        results: the JSON of its last line.
    """

    begin: float
    seconds: float
    peak_mb: float
    results: dict[str, Any]


def taxi() -> Path:
    """The taxi artifacts that lie beside the checkout."""
    return _SHARED / "data" / "taxi"


def program(name: str) -> str:
    return str(_PROGRAMS / name)


def oracle_python() -> str:
    """The Python of an environment with TFX 1.15.1, which is built where there is none.

    ``TRAINWRIGHT_ORACLE_PYTHON`` names one that is there already.
    """
    named = os.environ.get("TRAINWRIGHT_ORACLE_PYTHON")
    if named:
        return named
    folder = Path(os.environ.get("TRAINWRIGHT_ORACLE_DIR", ".oracle")).resolve()
    script = _SHARED / "tools" / "oracle_env.sh"
    if script.exists():
        made = subprocess.run([str(script), str(folder)], check=True, stdout=subprocess.PIPE)
        return made.stdout.decode().strip().splitlines()[-1]
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run(["python3.10", "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", *_PACKAGES], check=True)
    return str(python)


def compile_bytecode(*pythons: str) -> None:
    """Compiles all modules of environments: the sides must not differ in that."""
    compileall.compile_dir(str(_PROGRAMS.parents[1] / "src"), quiet=2)
    for python in pythons:
        query = "import sysconfig; print(sysconfig.get_path('purelib'))"
        where = subprocess.run([python, "-c", query], check=True, stdout=subprocess.PIPE)
        command = [python, "-m", "compileall", "-q", "-q", "-j", "0", where.stdout.decode().strip()]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


def run(python: str, *arguments: object, **environment: str) -> Finished:
    """Runs a program, alone, and waits for it.

    Raises:
        RuntimeError: it failed; with the end of what it wrote.
    """
    variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    variables.update(environment)
    with tempfile.TemporaryFile() as errors:
        begin = time.time()
        process = subprocess.Popen(
            [python, *map(str, arguments)], stdout=subprocess.PIPE, stderr=errors, env=variables
        )
        output: list[bytes] = []
        reader = threading.Thread(target=lambda: output.append(process.stdout.read()))  # type: ignore[union-attr]
        reader.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.time() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
        if process.returncode:
            errors.seek(0)
            tail = errors.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{arguments} of {python} failed:\n{tail}")
    lines = output[0].decode().strip().splitlines()
    results = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return Finished(begin, seconds, usage.ru_maxrss / 1024, results)


OURS = sys.executable
