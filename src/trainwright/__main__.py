"""``python -m trainwright``: the same as ``trainwright``."""

from __future__ import annotations

from trainwright.cli.main import main as run_command_line
from trainwright.leaving import leave

__all__ = ["main"]


def main() -> None:
    """Runs the command line, and ends the process with its exit code."""
    leave(run_command_line())


if __name__ == "__main__":
    main()
