"""Rows of CSV files, as strings: types are told from all of them, not from the first block."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import IO, Any

import fsspec
import pyarrow as pa
import pyarrow.csv as pa_csv

from trainwright.errors import DataError
from trainwright.ingest.column_names import check_names
from trainwright.ingest.source import BadRows

__all__ = ["CsvSource"]

_BLOCK_BYTES = 16 << 20
_DELIMITERS = ",;\t|"
_SAMPLE_BYTES = 1 << 16


class CsvSource:
    """CSV files with a header line each, and the same columns.

    Args:
        files: their names, or URLs that fsspec opens; gzip and the like are unpacked.
        bad_rows: takes rows of more or fewer fields than the header has.
        delimiter: what stands between fields; None: what the first line shows.
        encoding: of the text.
    """

    typed = False

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
            counted = _Counted(_unpacked(stored, file), stored, self._done)
            head = counted.peek(_SAMPLE_BYTES)
            names = self._header(file, head)
            quotes_end: pa.RecordBatch | None = None
            try:
                reader = pa_csv.open_csv(counted, **self._options(file, names))
                for block in reader:
                    self._done = counted.done()
                    quotes_end = block if block.num_rows else quotes_end
                    yield block
            except pa.ArrowInvalid as error:
                raise self._explained(file, error) from error
            self._done = counted.done()
            if counted.quotes % 2 and quotes_end is not None and _ends_open(quotes_end):
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

    def _header(self, file: str, head: bytes) -> list[str]:
        """The names of the columns, from the first line."""
        try:
            text = head.decode(self._encoding, errors="ignore").lstrip("\ufeff")
        except LookupError as error:
            raise DataError(f"There is no encoding {self._encoding!r}.") from error
        lines = text.splitlines()
        if not lines or not lines[0].strip():
            raise DataError(f"{file} is empty: its first line must name the columns.")
        delimiter = self._delimiter or _delimiter_of(lines[0])
        self._delimiter = delimiter
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        check_names(names, file)
        return [name.strip() for name in names]

    def _options(self, file: str, names: list[str]) -> dict[str, Any]:
        """How arrow is to read the file."""

        def bad(row: pa_csv.InvalidRow) -> str:
            where = f"{file}, line {self._line_of(file, row.number)}"
            try:
                self._bad_rows.add(
                    f"{where}: {row.actual_columns} fields where the header names "
                    f"{row.expected_columns} columns, in {_shortened(row.text)!r}."
                )
            except DataError as error:  # arrow lets none through
                self._fatal = error
                return "error"
            return "skip"

        return {
            "read_options": pa_csv.ReadOptions(
                use_threads=False,  # rows have numbers only when they are read in order
                block_size=_BLOCK_BYTES,
                encoding=self._encoding,
                column_names=names,
                skip_rows=1,
            ),
            "parse_options": pa_csv.ParseOptions(
                delimiter=self._delimiter or ",",
                newlines_in_values=True,
                invalid_row_handler=bad,
            ),
            "convert_options": pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        }

    def _line_of(self, file: str, row: int) -> int:
        """The line at which a row begins, which differs from its number below quoted newlines."""
        line = 0
        with self._opened(file) as stored:
            text = io.TextIOWrapper(
                _unpacked(stored, file), self._encoding, errors="replace", newline=""
            )
            rows = csv.reader(text, delimiter=self._delimiter or ",")
            for number, fields in enumerate((r for r in rows if r), start=1):
                if number == row:
                    return line + 1
                line = rows.line_num
                del fields
        return row

    def _explained(self, file: str, error: pa.ArrowInvalid) -> DataError:
        """An error of arrow's, with the place where it occurred."""
        if self._fatal is not None:
            return self._fatal
        if "UTF8" in str(error) or "UTF-8" in str(error):
            return self._not_encoded(file)
        return DataError(f"{file} cannot be read as CSV: {error}.")

    def _not_encoded(self, file: str) -> DataError:
        with self._opened(file) as stored:
            for number, line in enumerate(_unpacked(stored, file), start=1):
                try:
                    line.decode(self._encoding)
                except UnicodeDecodeError as error:
                    column = line[: error.start].count((self._delimiter or ",").encode()) + 1
                    return DataError(
                        f"{file}, line {number}, column {column}: byte "
                        f"0x{line[error.start]:02x} is not {self._encoding}.",
                        hint="Say what the encoding is with --encoding, such as latin-1.",
                    )
        return DataError(f"{file} is not {self._encoding}.")


class _Counted(io.RawIOBase):
    """A file that counts the bytes read from what is stored, and the quotes in its contents."""

    def __init__(self, contents: IO[bytes], stored: IO[bytes], before: int):
        super().__init__()
        self._contents = contents
        self._stored = stored
        self._before = before
        self._head = b""
        self.quotes = 0

    def peek(self, size: int) -> bytes:
        """The first bytes, which will be read again."""
        self._head = self._contents.read(size)
        return self._head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = len(buffer)
        if self._head:
            data, self._head = self._head[:wanted], self._head[wanted:]
        else:
            data = self._contents.read(wanted)
        self.quotes += data.count(b'"')
        buffer[: len(data)] = data
        return len(data)

    def done(self) -> int:
        """Bytes read of this file and those before it."""
        return self._before + self._stored.tell()


def _unpacked(stored: IO[bytes], file: str) -> IO[bytes]:
    """The contents of a file that may be compressed, as its name tells."""
    from fsspec.compression import compr
    from fsspec.utils import infer_compression

    kind = infer_compression(file)
    return compr[kind](stored, mode="rb") if kind else stored


def _file_size(file: str) -> int:
    fs, path = fsspec.core.url_to_fs(file)
    return int(fs.size(path) or 0)


def _delimiter_of(line: str) -> str:
    """The one of the usual delimiters that a header line has most of; a comma where none.

    Example:
        >>> _delimiter_of("a;b;c,d")
        ';'
    """
    return max(_DELIMITERS, key=line.count)


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
