"""Rows of CSV files, as strings: types are told from all of them, not from the first block."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.csv as pa_csv

from trainwright.errors import DataError
from trainwright.ingest.csv_header import CsvHeader, read_header
from trainwright.ingest.source import BadRows
from trainwright.ingest.stored_text import StoredText, first_undecodable, unpacked

__all__ = ["CsvSource"]

_BLOCK_BYTES = 16 << 20
_SAMPLE_BYTES = 4 << 20
"""In which the header must end."""


class CsvSource:
    """CSV files with a header line each, and the same columns.

    Args:
        files: their names, or URLs that fsspec opens; gzip and the like are unpacked.
        bad_rows: takes rows of more or fewer fields than the header has.
        delimiter: what stands between fields; None: what the first line shows.
        encoding: of the text, unless a byte order mark tells that it is UTF-16 or UTF-32.

    Attributes:
        decimal_comma: whether numbers may have a comma where others have a point: where a
            semicolon stands between fields. Known with the first block.
    """

    typed = False
    decimal_comma = False

    def __init__(
        self,
        files: Sequence[str],
        bad_rows: BadRows,
        delimiter: str | None = None,
        encoding: str = "utf-8",
    ):
        self.name = files[0] if len(files) == 1 else f"{len(files)} files"
        self._files = list(files)
        self._bad_rows = bad_rows
        self._delimiter = delimiter
        self._encoding = encoding
        self._done = 0
        self._fatal: DataError | None = None

    def size(self) -> int | None:
        """Bytes of the files as they are stored."""
        return sum(_file_size(file) for file in self._files)

    def done(self) -> int:
        """Bytes of them read so far."""
        return self._done

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows, all columns strings."""
        self._done = 0
        self._bad_rows.restart()
        columns: list[str] | None = None
        for file in self._files:
            for block in self._blocks_of(file):
                columns = columns or block.schema.names
                if sorted(block.schema.names) != sorted(columns):
                    raise _other_columns(file, block.schema.names, self._files[0], columns)
                yield block.select(columns)

    def _blocks_of(self, file: str) -> Iterator[pa.RecordBatch]:
        with self._opened(file) as stored:
            text = StoredText(file, stored, self._done)
            header = self._header(file, text.peek(_SAMPLE_BYTES))
            quotes_end: pa.RecordBatch | None = None
            if codecs.lookup(header.encoding).name == "utf-8":
                text.check(header.encoding)  # arrow decodes all others
            try:
                reader = pa_csv.open_csv(text, **self._options(file, header))
                for block in reader:
                    self._done = text.done()
                    quotes_end = block if block.num_rows else quotes_end
                    yield block
            except UnicodeDecodeError as error:
                raise self._not_encoded(file, header) from error
            except pa.ArrowInvalid as error:
                raise self._explained(file, error) from error
            self._done = text.done()
            if text.quotes % 2 and quotes_end is not None and _ends_open(quotes_end):
                raise DataError(
                    f"{file} has a quote that is never closed: what follows it, to the end of the "
                    "file, would be one value.",
                    hint=f"The row begins: {_preview(quotes_end)}",
                )

    def _opened(self, file: str) -> Any:
        try:
            return fsspec.open(file, "rb").open()
        except (OSError, ValueError, ImportError) as error:
            raise DataError(f"{file} cannot be read: {error}.") from error

    def _header(self, file: str, head: bytes) -> CsvHeader:
        header = read_header(file, head, self._encoding, self._delimiter)
        self._delimiter = header.delimiter
        self.decimal_comma = header.delimiter == ";"
        return header

    def _options(self, file: str, header: CsvHeader) -> dict[str, Any]:
        """How arrow is to read the file."""

        def bad(row: pa_csv.InvalidRow) -> str:
            number = row.number and row.number - header.blank_lines
            where = f"{file}, line {self._line_of(file, number, header)}"
            columns = row.expected_columns
            try:
                self._bad_rows.add(
                    f"{where}: {_fields(row.actual_columns)} where the header names {columns} "
                    f"column{'s' * (columns != 1)}, in {_shortened(row.text)!r}."
                )
            except DataError as error:  # arrow lets none through
                self._fatal = error
                return "error"
            return "skip"

        return {
            "read_options": pa_csv.ReadOptions(
                use_threads=False,  # rows have numbers only when they are read in order
                block_size=_BLOCK_BYTES,
                encoding=header.encoding,
                column_names=header.names,
                skip_rows=header.blank_lines,
                skip_rows_after_names=1,  # unlike the other, this heeds quotes
            ),
            "parse_options": pa_csv.ParseOptions(
                delimiter=header.delimiter,
                newlines_in_values=True,
                invalid_row_handler=bad,
            ),
            "convert_options": pa_csv.ConvertOptions(
                column_types=dict.fromkeys(header.names, pa.string()), strings_can_be_null=False
            ),
        }

    def _line_of(self, file: str, row: int, header: CsvHeader) -> int:
        """The line at which a row begins, which differs from its number below quoted newlines."""
        with self._opened(file) as stored:
            contents = unpacked(stored, file)
            text = io.TextIOWrapper(contents, header.encoding, errors="replace", newline="")
            for _ in range(header.blank_lines):
                text.readline()
            rows = csv.reader(text, delimiter=header.delimiter)
            begins, number = 1, 0
            with contextlib.suppress(csv.Error):  # a value larger than Python's reader takes
                for fields in rows:
                    number += bool(fields)  # blank lines are no rows
                    if number == row:
                        return header.blank_lines + begins
                    begins = rows.line_num + 1
        return header.blank_lines + row

    def _explained(self, file: str, error: pa.ArrowInvalid) -> DataError:
        """An error of arrow's, with the place where it occurred."""
        if self._fatal is not None:
            return self._fatal
        return DataError(
            f"{file} cannot be read as CSV: {error}.",
            hint="A row may be longer than 16 MB, such as by a quote that is not closed.",
        )

    def _not_encoded(self, file: str, header: CsvHeader) -> DataError:
        with self._opened(file) as stored:
            found = first_undecodable(unpacked(stored, file), header.encoding)
        if found is None:
            return DataError(f"{file} is not {header.encoding}.")
        number, before, byte = found
        column = before.count(header.delimiter) + 1
        return DataError(
            f"{file}, line {number}, column {column}: byte 0x{byte:02x} is not {header.encoding}.",
            hint="Say what the encoding is with --encoding, such as latin-1.",
        )


def _file_size(file: str) -> int:
    fs, path = fsspec.core.url_to_fs(file)
    return int(fs.size(path) or 0)


def _fields(count: int) -> str:
    return f"{count} field{'s' * (count != 1)}"


def _ends_open(block: pa.RecordBatch) -> bool:
    """Whether the last row has a value of several lines."""
    return any(
        "\n" in (value or "") for value in block.slice(block.num_rows - 1).to_pylist()[0].values()
    )


def _preview(block: pa.RecordBatch) -> str:
    values = block.slice(block.num_rows - 1).to_pylist()[0].values()
    return _shortened(",".join(str(value) for value in values))


def _shortened(text: str, size: int = 60) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= size else f"{line[:size]}..."


def _other_columns(
    file: str, found: Sequence[str], first: str, expected: Sequence[str]
) -> DataError:
    missing = [name for name in expected if name not in found]
    more = [name for name in found if name not in expected]
    differences = [
        *([f"it lacks {missing}"] if missing else []),
        *([f"it also has {more}"] if more else []),
    ]
    return DataError(
        f"{file} has other columns than {first}: {', and '.join(differences)}.",
        hint="Files that are read together must have the same columns.",
    )
