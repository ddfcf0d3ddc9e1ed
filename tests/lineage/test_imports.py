from __future__ import annotations

import subprocess
import sys


def test_lineage_needs_nothing_of_trainwright_but_errors_and_events() -> None:
    script = (
        "import sys, trainwright.lineage\n"
        "print(*(name for name in sys.modules if name.startswith('trainwright')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    others = {name for name in done.stdout.split() if not name.startswith("trainwright.lineage")}
    assert others == {
        "trainwright",
        "trainwright.errors",
        "trainwright.events",
        "trainwright.version",
    }


def test_drivers_of_servers_are_imported_when_they_are_needed() -> None:
    script = "import sys, trainwright.lineage\nprint({'psycopg', 'pymysql'} & set(sys.modules))\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")
