"""Turns what a terminal showed into an SVG picture for the README.

tmux new-session -d -s demo -x 92 -y 40
tmux send-keys -t demo 'make demo' Enter
tmux capture-pane -e -p -t demo | python tools/terminal_picture.py TITLE > docs/img/demo.svg
"""

import io
import sys

from rich.console import Console
from rich.text import Text


def main() -> None:
    """Reads ANSI text from standard input, writes SVG to standard output."""
    lines = sys.stdin.read().rstrip().splitlines()
    width = max((Text.from_ansi(line).cell_len for line in lines), default=80)
    console = Console(record=True, width=width + 1, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=True)
    sys.stdout.write(console.export_svg(title=sys.argv[1]))


if __name__ == "__main__":
    main()
