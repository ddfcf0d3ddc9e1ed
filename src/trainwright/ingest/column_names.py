"""Names of columns, which become names of features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trainwright.errors import DataError

__all__ = ["check_names"]


def check_names(names: Sequence[str], source: str) -> None:
    """Refuses names that cannot tell columns apart.

    Args:
        names: of the columns, in order.
        source: where they are from.

    Raises:
        DataError: a name is empty, or occurs twice.
    """
    trimmed = [name.strip() for name in names]
    for position, name in enumerate(trimmed, start=1):
        if not name:
            raise DataError(
                f"{source} has no name for column {position} of {len(trimmed)}.",
                hint="Each column needs a name in the first line.",
            )
    twice = [name for name, count in Counter(trimmed).items() if count > 1]
    if twice:
        raise DataError(
            f"{source} has {Counter(trimmed)[twice[0]]} columns of the name {twice[0]!r}.",
            hint="Rename all but one.",
        )
