"""Peak memory when the data grows a hundred times.

Run: python -m benchmarks.memory
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.sides import OURS, program, run, taxi

TIMES = 100


def peaks(steps: int = 1500, times: int = TIMES) -> dict[int, float]:
    """Megabytes at most, by how often the data is repeated.

    Both sizes are too large to be held in memory, and read in the same way.
    """
    with tempfile.TemporaryDirectory() as folder:
        return {size: _peak(Path(folder) / str(size), size, steps) for size in (1, times)}


def _peak(folder: Path, size: int, steps: int) -> float:
    split = folder / "transformed_examples" / "Split-train"
    split.mkdir(parents=True)
    sources = sorted((taxi() / "transformed_examples" / "Split-train").iterdir())
    # Members of gzip files follow each other: no need to compress again.
    for number in range(4):
        with (split / f"data-{number:05}.gz").open("wb") as file:
            for _ in range(_LEAST * size):
                for source in sources:
                    with source.open("rb") as part:
                        shutil.copyfileobj(part, file)
    peak = run(OURS, program("train_on_files.py"), folder, steps).peak_mb
    shutil.rmtree(folder)
    return peak


_LEAST = 4
"""Copies in each file of the smaller data set: above what is held in memory."""


def main() -> None:
    found = peaks()
    least, most = found[1], found[TIMES]
    print(f"peak memory: {least:,.0f} MB; with {TIMES} times the data {most:,.0f} MB")
    print(f"ratio {most / least:.3f}; the goal is at most 1.10")
    sys.exit(most > 1.1 * least)


if __name__ == "__main__":
    main()
