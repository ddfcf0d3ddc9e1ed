"""How a command that trains shows its progress and its result."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainwright.launcher import LaunchResult
    from trainwright.progress.json_lines import JsonLines

__all__ = ["Watch", "watched"]


class Watch:
    """What a command was asked to show.

    Args:
        log_format: ``"auto"``, ``"text"`` or ``"json"``.
        verbose: whether TensorFlow's logs are shown as well.
        lines: where JSON goes, for that format.
    """

    def __init__(self, log_format: str, verbose: bool, lines: JsonLines | None):
        self._plain = log_format == "text"
        self._verbose = verbose
        self._lines = lines

    @contextlib.contextmanager
    def progress(self, plain: bool = False) -> Iterator[None]:
        """While the block runs, shows the progress of runs in it.

        Args:
            plain: no picture, since the user's code draws one of its own.
        """
        from trainwright.progress import show_progress

        if self._lines is not None:
            yield  # it listens already
            return
        with show_progress(verbose=self._verbose, plain=plain or self._plain):
            yield

    def result(self, result: LaunchResult, metadata: str) -> bool:
        """Writes the result as JSON, if that is the format.

        Args:
            result: of the run.
            metadata: the lineage database, without a password.

        Returns:
            Whether it did: else it is to be shown for people.
        """
        if self._lines is None:
            return False
        self._lines.event(
            "run_end",
            run=result.execution_id,
            state=result.state.name,
            steps=result.properties.get("final_step"),
            metrics=dict(result.metrics),
            outputs={key: group[0].uri for key, group in sorted(result.outputs.items())},
            metadata=metadata,
        )
        return True


@contextlib.contextmanager
def watched(log_format: str, verbose: bool) -> Iterator[Watch]:
    """While the block runs, progress and errors are told in this format.

    Args:
        log_format: as :func:`trainwright.cli.settings.log_format_option` has it.
        verbose: whether TensorFlow's logs are shown as well.
    """
    if not verbose:
        from trainwright.quiet import quiet_tensorflow

        quiet_tensorflow()
    if log_format != "json":
        yield Watch(log_format, verbose, None)
        return
    from trainwright.progress import show_json_lines

    with show_json_lines() as lines:
        yield Watch(log_format, verbose, lines)
