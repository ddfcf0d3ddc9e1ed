"""``python -m trainwright``: the same as ``trainwright``."""

from __future__ import annotations

import sys

from trainwright.cli.main import main as run_command_line

__all__ = ["main"]


def main() -> None:
    """Runs the command line, and ends the process with its exit code."""
    sys.exit(run_command_line())


if __name__ == "__main__":
    main()
