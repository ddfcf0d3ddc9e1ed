"""Names of columns, which become names of features."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from trainwright.errors import DataError

__all__ = ["check_names", "feature_names"]


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


def feature_names(names: Sequence[str]) -> dict[str, str]:
    """The name of the feature for each column.

    Feature columns and variables are named after features, and take letters without accents,
    digits, ``_``, ``.`` and ``-``. Anything else becomes an underscore.

    Args:
        names: of the columns, all different.

    Example:
        >>> feature_names(["fare", "Trip Miles", "prix (%)", "?"])
        {'fare': 'fare', 'Trip Miles': 'Trip_Miles', 'prix (%)': 'prix', '?': 'column_4'}
    """
    taken = {name for name in names if _plain(name) == name}
    found = {}
    for position, name in enumerate(names, start=1):
        plain = _plain(name)
        if plain != name:
            plain = base = plain or f"column_{position}"
            number = 2
            while plain in taken:
                plain, number = f"{base}_{number}", number + 1
            taken.add(plain)
        found[name] = plain
    return found


def _plain(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", ascii_only).strip(
        "_" if not name.startswith("_") else ""
    )
