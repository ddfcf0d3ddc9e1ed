"""Progress in a notebook: the output of a cell, which is replaced now and then."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.text import Text

from trainwright.progress.live import LiveDisplay

__all__ = ["NotebookDisplay", "in_notebook"]

_WIDTH = 100
_SECONDS = 0.5
_MOST_LINES = 200


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, whose cells show what it displays."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kind = type(shell)
    return kind.__name__ == "ZMQInteractiveShell" or "google.colab" in kind.__module__


class NotebookDisplay(LiveDisplay):
    """The picture and the lines that stay, as one text; a context manager.

    It is replaced twice a second at most, by the thread that trains: a kernel has no other one
    that may write to a cell.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        console = Console(file=io.StringIO(), width=_WIDTH, _environ={})
        super().__init__(console, auto_refresh=False)
        self.clock = clock
        self._lines: list[str] = []
        self._handle: Any = None
        self._next = 0.0

    def __enter__(self) -> NotebookDisplay:
        from IPython.display import display

        self._handle = display(self._bundle(""), raw=True, display_id=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.training = self.evaluation = None
        self._show("")

    def line(self, text: Text) -> None:
        """Writes a line above the picture."""
        self._lines = [*self._lines, *text.plain.splitlines()][-_MOST_LINES:]
        self._show(self.render().plain)

    def on_stage(self, name: str) -> None:
        """The stage's name is the picture."""
        super().on_stage(name)
        self._show(self.render().plain)

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Takes note, and draws the picture if it is time."""
        super().on_steps(step, loss, examples)
        self._draw()

    def on_evaluation_step(self, done: int) -> None:
        """The same."""
        super().on_evaluation_step(done)
        self._draw()

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """Writes the results."""
        super().on_evaluation_end(name, metrics, step, seconds)
        self._next = 0.0

    def _draw(self) -> None:
        now = self.clock()
        if now >= self._next:
            self._next = now + _SECONDS
            self._show(self.render().plain)

    def _show(self, picture: str) -> None:
        self._handle.update(self._bundle(picture), raw=True)

    def _bundle(self, picture: str) -> dict[str, str]:
        return {"text/plain": "\n".join([*self._lines, *([picture] if picture else [])])}
