"""What a person sees while a run goes on.

Where the standard error stream is a terminal: a bar, with speed, loss and time left, and lines
that stay for evaluations, exports and warnings. In a notebook: the same, in the cell's output.
Elsewhere: plain lines, few of them. For programs: JSON lines.
"""

from trainwright.progress.show import show_json_lines, show_progress

__all__ = ["show_json_lines", "show_progress"]
