"""What a person sees while a run goes on.

Where the standard error stream is a terminal: a bar, with speed, loss and time left, and lines
that stay for evaluations, exports and warnings. Elsewhere: plain lines, few of them.
"""

from trainwright.progress.show import show_progress

__all__ = ["show_progress"]
