"""The command that does a run again."""

from __future__ import annotations

import json
import shlex
from typing import Any

from trainwright.lineage import RunRecord

__all__ = ["command_of"]

_EXECUTORS = {
    "trainwright.executor.Executor": "trainer_fn",
    "trainwright.executor.GenericExecutor": "run_fn",
}
_INPUTS = {
    "examples": "--examples",
    "schema": "--schema",
    "transform_graph": "--transform-graph",
    "base_model": "--base-model",
    "hyperparameters": "--hyperparameters",
    "statistics": "--statistics",
}
_ARGS = {"train_args": "train", "eval_args": "eval"}
_BROKEN = " \\\n  "


def command_of(run: RunRecord) -> str | None:
    """A command line that trains with the same inputs and properties.

    Args:
        run: the run.

    Returns:
        Lines for a POSIX shell; None where the run used what the command has no option for.
    """
    properties = run.execution.properties
    function = _EXECUTORS.get(str(properties.get("executor")))
    module = properties.get("module_file")
    given = {
        key for key in ("warm_starting", "warm_start_from", "module_path") if key in properties
    }
    if function is None or not isinstance(module, str) or given or set(run.inputs) - set(_INPUTS):
        return None
    words: list[tuple[str, ...]] = [("trainwright", "run")]
    for key, artifacts in run.inputs.items():
        words += [(_INPUTS[key], artifact.uri) for artifact in artifacts]
    words += [("--module-file", module), ("--fn", function)]
    for name, short in _ARGS.items():
        args = _object(properties.get(name))
        words.append((f"--{short}-steps", str(args.get("num_steps") or 0)))
        if args.get("splits"):
            words.append((f"--{short}-splits", ",".join(map(str, args["splits"]))))
    config = properties.get("custom_config")
    if isinstance(config, str) and config not in ("null", ""):
        words.append(("--custom-config", config))
    words.append(("--output", str(properties.get("output_root", "runs"))))
    words.append(("--no-cache",))
    return _BROKEN.join(" ".join(shlex.quote(part) for part in group) for group in words)


def _object(value: Any) -> dict[str, Any]:
    try:
        found = json.loads(str(value))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
