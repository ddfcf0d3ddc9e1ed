"""Does what a request asks for: in this process, or as ``python -m trainwright.tfx.worker FILE``.

As a program it reads the request from a JSON file, writes the error, if there is one, to the file
``FILE.error``, and its exit code is the error's.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

from trainwright.errors import TrainwrightError
from trainwright.tfx.hand_over import Request, our_artifacts

__all__ = ["main", "run_request"]


def run_request(request: Request) -> None:
    """Runs the executor that a request names.

    Raises:
        TrainwrightError: as the executor does.
    """
    from trainwright import executor

    kind = {"Executor": executor.Executor, "GenericExecutor": executor.GenericExecutor}
    chosen = kind[request["kind"]]
    context = chosen.Context(**request["context"])
    chosen(context).Do(
        our_artifacts(request["inputs"]),
        our_artifacts(request["outputs"]),
        request["exec_properties"],
    )


def main(file: str) -> int:
    """The program: returns its exit code.

    Args:
        file: the request.
    """
    from trainwright.progress import show_progress

    try:
        with show_progress(plain=True):
            run_request(json.loads(Path(file).read_text()))
    except TrainwrightError as error:
        traceback.print_exc()
        told = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
        Path(f"{file}.error").write_text(json.dumps(told))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
