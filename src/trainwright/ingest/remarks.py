"""What looks wrong about columns though it can be read: numbers and dates that remain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["TextRemark", "remarks_on_names"]

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_SAMPLE = 1_000
_FORMS = {
    r"[+-]?[$€£¥] ?[+-]?[0-9][0-9.,]*|[+-]?[0-9][0-9.,]* ?[$€£¥%]": (
        "amounts with a sign, which keeps them text; write 1234.5"
    ),
    r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?|[+-]?[0-9]{1,3}(\.[0-9]+)?": (
        "numbers with commas between thousands, which keep them text; write 1234.5"
    ),
    r"[+-]?[0-9.]+,[0-9]+|[+-]?[0-9]+": (
        "numbers with a decimal comma, which are read as such between semicolons; write 1234.5"
    ),
    r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}\b.*|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}\b.*": (
        "dates in a form that is not read; write 2024-12-31"
    ),
    r"[A-Za-z]{3,9}\.? [0-9]{1,2},? [0-9]{4}\b.*|[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{4}\b.*": (
        "dates in a form that is not read; write 2024-12-31"
    ),
    r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?[AaPp][Mm])?": (
        "times of day, which are text; write hours or seconds as numbers"
    ),
}
"""What all values may look like, and what to say of it."""


class TextRemark:
    """Looks at the values of a column that turns out to be text.

    Example:
        >>> remark = TextRemark()
        >>> remark.add(pa.array(["1", "2.5", "abc", "4"]))
        >>> remark.text
        "1 of 4 values is not a number, such as 'abc'"
    """

    def __init__(self) -> None:
        self._values = self._numbers = 0
        self._odd: str | None = None
        self._sample: list[str] = []

    def add(self, present: pa.Array) -> None:
        """Takes values that are there, strings `[rows]`, into account."""
        numbers = pc.match_substring_regex(present, _NUMBER)
        self._values += len(present)
        self._numbers += pc.sum(numbers).as_py() or 0
        if self._odd is None:
            odd = present.filter(pc.invert(numbers)).slice(0, 1).to_pylist()
            self._odd = odd[0] if odd else None
        self._sample += present.slice(0, _SAMPLE - len(self._sample)).to_pylist()

    @property
    def text(self) -> str:
        """What looks wrong, if the column is text; empty where nothing does."""
        odd = self._values - self._numbers
        if self._odd is not None and 0 < odd < self._numbers:
            shown = self._odd if len(self._odd) <= 30 else f"{self._odd[:30]}..."
            verb = "is not a number" if odd == 1 else "are not numbers"
            return f"{odd:,} of {self._values:,} values {verb}, such as {shown!r}"
        if self._numbers == self._values:
            return ""
        for form, remark in _FORMS.items():
            if all(re.fullmatch(form, value) for value in self._sample):
                return remark
        return ""


def remarks_on_names(names: Iterable[str]) -> Mapping[str, str]:
    """What looks wrong about the names of columns.

    Args:
        names: as the source has them.

    Example:
        >>> list(remarks_on_names(["13.5", "Rome"]))
        ['the first line']
    """
    known = list(names)
    if any(re.fullmatch(r"[+-]?[0-9]+\.[0-9]+", name) for name in known):
        return {"the first line": "looks like values; it must name the columns"}
    if len(known) == 1 and re.search(r"[\s:,;|]", known[0]):
        return {"one column": "what stands between others may be said with --delimiter"}
    return {}
