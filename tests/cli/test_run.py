"""``trainwright run`` as a process of its own."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.lineage import ExecutionRecord, LineageStore, get_run, list_runs

MODULE = Path(__file__).parents[1] / "user_modules" / "line.py"
SCHEMA = """
feature { name: "x" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "y" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "above" type: INT presence { min_fraction: 1 } shape { dim { size: 1 } } }
"""
RUN_FN = """
import sys
from pathlib import Path
def run_fn(fn_args):
    assert "tensorflow" not in sys.modules
    folder = Path(fn_args.serving_model_dir)
    folder.mkdir()
    (folder / "weights").write_text(f"{fn_args.train_steps} {fn_args.custom_config}")
    print("printed by run_fn")
"""


class World:
    """Examples, a schema and a module file, and the command line that trains on them."""

    def __init__(self, root: Path):
        self.root = root
        for number, split in enumerate(("train", "eval")):
            write_records(self.split(split), rows(640, number), "GZIP")
        (root / "schema").mkdir()
        (root / "schema" / "schema.pbtxt").write_text(SCHEMA)

    def split(self, name: str) -> Path:
        return self.root / "examples" / f"Split-{name}" / "data-00000-of-00001.gz"

    def module(self, source: str, name: str = "module.py") -> Path:
        (self.root / name).write_text(source)
        return self.root / name

    def run(self, *more: object, module: object = MODULE) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "trainwright", "run"]
        command += ["--examples", "examples", "--schema", "schema", "--module-file", str(module)]
        command += ["--train-steps", "60", "--eval-steps", "5", "--output", "out"]
        environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
        return subprocess.run(
            command + [str(argument) for argument in more],
            cwd=self.root,
            env=environment,
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )

    def recorded(self) -> ExecutionRecord:
        store = LineageStore.open(self.root / "out" / "metadata.sqlite", read_only=True)
        (run,) = list_runs(store)
        return get_run(store, run.id).execution

    def published(self) -> list[Path]:
        found = (self.root / "out" / "Trainer").rglob("*")
        visible = [path for path in found if ".working" not in path.parts]
        return [path for path in visible if path.is_file() or path.parent.name == "model"]


def rows(count: int, seed: int) -> list[bytes]:
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, count), np.float32)
    return list(encode_examples({"x": x, "y": y, "above": (x + y > 1).astype(np.int64)}))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_model_is_trained_published_and_recorded(world: World) -> None:
    done = world.run("--pipeline", "lines", "--custom-config", '{"rate": 0.1}')
    assert done.returncode == 0, done.stderr
    out = world.root / "out" / "Trainer"
    assert (out / "model" / "1" / "Format-Serving" / "saved_model.pb").exists()
    assert (out / "model" / "1" / "Format-TFMA" / "saved_model.pb").exists()
    assert (out / "model_run" / "1" / "Format-Serving" / "checkpoint").exists()
    recorded = world.recorded()
    assert recorded.state.name == "COMPLETE"
    assert recorded.contexts.pipeline == "lines"
    assert recorded.metrics["auc"] > 0.5
    for text in ("Run 1", "COMPLETE", "auc", "out/Trainer/model/1", "out/metadata.sqlite"):
        assert text in done.stdout
    lines = done.stderr.splitlines()
    assert lines[0] == "loading line.py"
    assert any(line.startswith("evaluated at step 60: auc ") for line in lines)
    assert any(line.startswith("trained to step 60") for line in lines)
    noise = [line for line in lines if "tensorflow" in line.lower() or line.startswith(("I0", "W"))]
    assert noise == []


def test_a_run_fn_is_run_without_tensorflow(world: World) -> None:
    done = world.run("--custom-config", '{"a": 1}', module=world.module(RUN_FN))
    assert done.returncode == 0, done.stderr
    weights = world.root / "out" / "Trainer" / "model" / "1" / "Format-Serving" / "weights"
    assert weights.read_text() == "60 {'a': 1}"
    assert done.stdout.startswith("printed by run_fn\n")
    assert "printed by run_fn" not in done.stderr


def test_json_lines_are_all_there_is_on_standard_output(world: World) -> None:
    source = RUN_FN + "    import os; os.write(1, b'native code')\n"
    done = world.run("--log-format", "json", module=world.module(source))
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "stage"
    last = events[-1]
    assert (last["event"], last["run"], last["state"]) == ("run_end", 1, "COMPLETE")
    assert last["outputs"]["model"].endswith("out/Trainer/model/1")
    assert "printed by run_fn" in done.stderr
    assert "native code" in done.stderr
    failed = world.run("--log-format", "json", "--schema", "none", module=world.module(source))
    last = json.loads(failed.stdout.splitlines()[-1])
    assert (last["event"], last["exit_code"]) == ("error", failed.returncode)
    assert last["message"] in failed.stderr


def failures() -> dict[str, tuple[int, str, str]]:
    """Case -> exit code, name of the recorded error, what the message says."""
    return {
        "missing module file": (5, "UserModuleError", "none.py does not exist"),
        "module without trainer_fn": (5, "UserModuleError", "Its functions: train, build."),
        "syntax error": (5, "UserModuleError", "line 1 of"),
        "absent split": (3, "SplitError", "Its splits: eval, train."),
        "absent examples": (3, "ArtifactError", "no directory"),
        "empty schema directory": (3, "SchemaError", "It is empty."),
        "absent base model": (3, "ArtifactError", "'base_model'"),
        "custom config": (2, "InvalidArgumentError", "custom_config must be a mapping"),
    }


@pytest.mark.parametrize("case", failures())
def test_wrong_inputs_fail_at_once_and_are_recorded(world: World, case: str) -> None:
    code, kind, message = failures()[case]
    options: dict[str, tuple[Any, ...]] = {
        "absent split": ("--train-splits", "train,more"),
        "absent examples": ("--examples", "none"),
        "absent base model": ("--base-model", "none"),
        "custom config": ("--custom-config", "[1]"),
    }
    module = MODULE
    if case == "missing module file":
        module = world.root / "none.py"
    elif case == "module without trainer_fn":
        module = world.module("def train(): pass\ndef build(): pass\nraise AssertionError\n")
    elif case == "syntax error":
        module = world.module("def trainer_fn(:\n")
    elif case == "empty schema directory":
        (world.root / "schema" / "schema.pbtxt").unlink()
    done = world.run(*options.get(case, ()), module=module)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    recorded = world.recorded()
    assert recorded.state.name == "FAILED"
    assert recorded.error is not None
    assert recorded.error.type == kind
    assert message in f"{recorded.error.message} {recorded.error.hint}"
    assert not any(name.startswith("version/tensorflow") for name in recorded.properties)
    assert world.published() == []


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_a_truncated_file(world: World, compression: Any) -> None:
    for split in ("train", "eval"):
        write_records(world.split(split), rows(640, 1), compression)
    damaged = world.split("train")
    damaged.write_bytes(damaged.read_bytes()[:-500])
    done = world.run()
    assert done.returncode == 4, done.stderr
    assert f"Unreadable data: {damaged} is damaged" in done.stderr
    assert "Traceback" not in done.stderr
    recorded = world.recorded()
    assert recorded.state.name == "FAILED"
    assert recorded.error is not None
    assert recorded.error.type == "CorruptRecordError"
    assert str(damaged) in recorded.error.message
    assert world.published() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--train-steps", "-1"), "'--train-steps': -1 is not in the range"),
        (("--train-steps", "many"), "'many' is not a valid"),
        (("--train-splits", "a,,b"), "'a,,b' has an empty name"),
        (("--fn", "trainer"), "'--fn'"),
        (("--modul-file", "x"), "--module-file"),
        (("--module-file", f"{MODULE}:build"), "--fn must tell whether build"),
    ],
)
def test_usage_errors(world: World, options: tuple[str, ...], message: str) -> None:
    done = world.run(*options)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (world.root / "out").exists()


def test_a_module_with_both_functions_needs_fn(world: World) -> None:
    module = world.module(RUN_FN + "def trainer_fn(fn_args, schema): raise AssertionError\n")
    done = world.run(module=module)
    assert done.returncode == 2
    assert "choose one with --fn" in done.stderr
    assert world.run("--fn", "run_fn", module=module).returncode == 0


def test_a_function_of_another_name(world: World) -> None:
    module = world.module(RUN_FN.replace("run_fn", "build"))
    done = world.run("--fn", "run_fn", module=f"{module}:build")
    assert done.returncode == 0, done.stderr


def test_functions_that_come_by_a_star_import(world: World) -> None:
    world.module(RUN_FN, "other.py")
    module = world.module("from other import *\n")
    done = world.run(module=module)
    assert done.returncode == 2
    assert "tell with --fn" in done.stderr
    assert world.run("--fn", "run_fn", module=module).returncode == 0


def test_a_failing_run_fn_with_its_traceback_on_demand(world: World) -> None:
    module = world.module(RUN_FN + "    raise OSError('disk full')\n")
    done = world.run(module=module)
    assert done.returncode == 6
    assert f"The module failed: Running run_fn failed at {module}:10: OSError" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in world.run("-v", module=module).stderr


def test_help_and_usage_do_not_import_what_is_slow(world: World) -> None:
    code = (
        "import sys\n"
        "from trainwright.cli.main import main\n"
        "main(sys.argv[1:])\n"
        "print([m for m in ('tensorflow', 'sqlalchemy', 'rich', 'numpy') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, "run", "--help"]
    done = subprocess.run(command, text=True, capture_output=True, timeout=60, check=True)
    assert "--module-file FILE" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_another_database(world: World) -> None:
    done = world.run("--metadata", "runs.db", module=world.module(RUN_FN))
    assert done.returncode == 0, done.stderr
    assert not (world.root / "out" / "metadata.sqlite").exists()
    with sqlite3.connect(world.root / "runs.db") as database:
        assert database.execute("select count(*) from Execution").fetchone() == (1,)
    assert "trainwright show 1 --metadata runs.db" in done.stdout


def test_several_examples(world: World) -> None:
    write_records(world.root / "more" / "Split-train" / "data", rows(64, 7), "")
    write_records(world.root / "more" / "Split-eval" / "data", rows(64, 8), "")
    source = RUN_FN.replace("{fn_args.train_steps}", "{len(fn_args.train_files)}")
    done = world.run("--examples", "more", module=world.module(source))
    assert done.returncode == 0, done.stderr
    weights = world.root / "out" / "Trainer" / "model" / "1" / "Format-Serving" / "weights"
    assert weights.read_text().startswith("2 ")


def test_ctrl_c_cancels_the_run(world: World) -> None:
    waiting = (
        "import time\ndef run_fn(fn_args):\n    print('ready', flush=True)\n    time.sleep(99)\n"
    )
    command = [sys.executable, "-m", "trainwright", "run", "--examples", "examples"]
    command += ["--module-file", str(world.module(waiting)), "--output", "out"]
    command += ["--train-steps", "1", "--eval-steps", "1"]
    with subprocess.Popen(
        command,
        cwd=world.root,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Where the tests run in the background of a shell, children would ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert world.recorded().state.name == "CANCELED"
    assert world.published() == []


def test_the_same_again_is_cached_unless_told_otherwise(world: World) -> None:
    module = world.module("import helper\n" + RUN_FN)
    world.module("RATE = 1\n", "helper.py")
    assert world.run(module=module).returncode == 0
    cached = world.run(module=module)
    assert cached.returncode == 0
    assert "printed by run_fn" not in cached.stdout
    assert cached.stdout.startswith("Run 2  CACHED\n")
    assert "same inputs, properties, code and versions as run 1; --no-cache" in cached.stdout
    assert "printed by run_fn" in world.run("--no-cache", module=module).stdout
    world.module("RATE = 2\n", "helper.py")
    changed = world.run(module=module)
    assert "note: Not cached: since run 3: code: helper.py has changed." in changed.stderr


def flip(path: Path, record: int) -> int:
    """Damages one record of a compressed file; returns where it begins, in uncompressed bytes."""
    stream = bytearray(gzip.decompress(path.read_bytes()))
    offset = 0
    for _ in range(record):
        offset += 16 + int.from_bytes(stream[offset : offset + 8], "little")
    stream[offset + 20] ^= 0x10
    path.write_bytes(gzip.compress(bytes(stream)))
    return offset


@pytest.mark.slow
def test_a_flipped_record_is_named_or_skipped_and_counted(world: World, invoke: Any) -> None:
    path = world.split("train")
    offset = flip(path, record=71)
    for more in ((), ("--no-data-check",)):
        ended = world.run(*more)
        assert ended.returncode == 4, ended.stderr
        said = " ".join(ended.stderr.split())
        assert f"{path.name} is damaged" in said
        assert f"at record 71 (byte {offset} of its uncompressed contents)" in said
        assert world.published() == []

    ended = world.run("--max-bad-records", 3)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^ *skipped +1 bad record$", ended.stdout, re.MULTILINE), ended.stdout
    run = list_runs(LineageStore.open(world.root / "out" / "metadata.sqlite", read_only=True))[0]
    assert run.properties["skipped_records"] == 1
    shown = invoke("show", run.id, "--metadata", world.root / "out" / "metadata.sqlite").out
    assert re.search(r"^ *skipped +1 bad record$", shown, re.MULTILINE), shown
    assert f"at record 71 (byte {offset}" in " ".join(shown.split())
