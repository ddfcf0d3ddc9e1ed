"""The header line of a CSV file."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from trainwright.errors import DataError
from trainwright.ingest.column_names import check_names
from trainwright.ingest.stored_text import encoding_of

__all__ = ["CsvHeader", "read_header"]

_DELIMITERS = ",;\t|"
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class CsvHeader:
    """What the beginning of a CSV file tells.

    Attributes:
        names: of the columns, all different.
        delimiter: between fields.
        encoding: of the text.
        blank_lines: before it.
    """

    names: list[str]
    delimiter: str
    encoding: str
    blank_lines: int


def read_header(file: str, head: bytes, encoding: str, delimiter: str | None) -> CsvHeader:
    r"""The header of a file that begins so.

    Args:
        file: what to call it.
        head: its first bytes, with all of the header.
        encoding: of the text, unless there is a byte order mark of another one.
        delimiter: between fields; None: the one that the first line has most of.

    Raises:
        DataError: it is not text, it is empty, or its names cannot tell columns apart.

    Example:
        >>> read_header("x.csv", b"\n,a;b\n1;2\n", "utf-8", ";").names
        [',a', 'b']
    """
    encoding = encoding_of(head, encoding, file)
    text = head.decode(encoding, errors="ignore").lstrip("\ufeff")
    blank = 0
    while (end := _LINE_END.search(text)) and not text[: end.start()].strip():
        text, blank = text[end.end() :], blank + 1
    line = _LINE_END.split(text, maxsplit=1)[0]
    if not line.strip():
        raise DataError(f"{file} is empty: its first line must name the columns.")
    if _is_binary(line):
        raise DataError(
            f"{file} is not text: its first line is full of control characters.",
            hint="It must be a CSV file, perhaps compressed, or end in .parquet and be one.",
        )
    delimiter = delimiter or _delimiter_of(line)
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DataError(f"{file}, line {blank + 1}: the header cannot be read: {error}.") from error
    names = _all_named([name.strip() for name in names])
    check_names(names, file)
    return CsvHeader(names, delimiter, encoding, blank)


def _delimiter_of(line: str) -> str:
    """The one of the usual delimiters that a header line has most of; a comma where none.

    Example:
        >>> _delimiter_of("a;b;c,d")
        ';'
    """
    return max(_DELIMITERS, key=line.count)


def _all_named(names: Sequence[str]) -> list[str]:
    """Names for all columns: what pandas writes has none for the first, which numbers the rows.

    Example:
        >>> _all_named(["", "a", ""])
        ['index', 'a', 'column_3']
    """
    found = list(names)
    for place, name in enumerate(names):
        if not name:
            usual = "index" if place == 0 else f"column_{place + 1}"
            found[place] = usual if usual not in found else f"unnamed_{place + 1}"
    return found


def _is_binary(line: str) -> bool:
    """Whether so much of it are control characters that it never was text.

    A few there are in names made by careless programs; they are escaped wherever they are shown.
    """
    controls = sum(unicodedata.category(one) == "Cc" for one in line if one != "\t")
    return "\0" in line or controls > len(line) / 10
