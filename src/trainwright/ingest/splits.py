"""Which split each row goes into. The same row always goes into the same one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainwright.errors import DataError, InvalidArgumentError

__all__ = ["HashSplit", "Shares", "TimeSplit", "ValueSplit", "parse_shares"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Shares:
    """Splits, and the share of the rows that each one gets.

    Attributes:
        names: of the splits.
        bounds: where the share of each ends, cumulated, between 0 and 1.
    """

    names: tuple[str, ...]
    bounds: tuple[float, ...]

    def of(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """The number of the split for each place between 0 and 1."""
        return np.minimum(np.searchsorted(self.bounds, places, side="right"), len(self.names) - 1)


def parse_shares(text: str) -> Shares:
    """Shares as written: ``train=0.8,eval=0.2``, or in any other unit.

    Example:
        >>> parse_shares("train=3,eval=1").bounds
        (0.75, 1.0)

    Raises:
        InvalidArgumentError: not of that form, or a share that is not above 0.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.strip().partition("=")
        try:
            value = float(share)
        except ValueError:
            value = 0.0
        if not _NAME.fullmatch(name) or name in shares or not 0 < value < float("inf"):
            raise InvalidArgumentError(
                f"Splits must be written as train=0.8,eval=0.2. Got {text!r} instead.",
                hint="Names are letters, digits, '_', '.' and '-'; shares are above 0.",
            )
        shares[name] = value
    bounds = np.cumsum(list(shares.values())) / sum(shares.values())
    return Shares(tuple(shares), tuple(float(bound) for bound in bounds))


@dataclass(frozen=True)
class HashSplit:
    """By a hash of the row, or of one column, whose equal values then stay together.

    Attributes:
        shares: of the splits.
        key: the column; None: the whole row.
    """

    shares: Shares
    key: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The splits that are known beforehand."""
        return self.shares.names

    def assign(
        self, columns: Mapping[str, pa.Array], records: Sequence[bytes]
    ) -> npt.NDArray[np.int64]:
        """The number of each row's split.

        Args:
            columns: the rows' values as they were read.
            records: the rows as serialized Examples.
        """
        if self.key is None:
            parts = records
        else:
            column = columns[self.key].dictionary_encode()
            distinct = [repr(value).encode() for value in column.dictionary.to_pylist()]
            indices = column.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
            places = _places([*distinct, b"None"])[indices]
            return self.shares.of(places)
        return self.shares.of(_places(parts))


@dataclass
class ValueSplit:
    """By the value of a column, which names the split.

    Attributes:
        column: its name; it is no feature.
    """

    column: str
    _names: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The splits that have been met so far."""
        return tuple(self._names)

    def assign(
        self, columns: Mapping[str, pa.Array], records: Sequence[bytes]
    ) -> npt.NDArray[np.int64]:
        """As :meth:`HashSplit.assign`.

        Raises:
            DataError: a value that cannot be the name of a split.
        """
        del records
        numbers = []
        for value in columns[self.column].to_pylist():
            name = "" if value is None else str(value).strip()
            if name not in self._names:
                if not _NAME.fullmatch(name):
                    raise DataError(
                        f"Column {self.column!r} has the value {value!r}, which cannot be the "
                        "name of a split.",
                        hint="Names are letters, digits, '_', '.' and '-'.",
                    )
                if len(self._names) == _MOST_SPLITS:
                    raise DataError(
                        f"Column {self.column!r} has more than {_MOST_SPLITS} distinct values: "
                        "each would be a split."
                    )
                self._names[name] = len(self._names)
            numbers.append(self._names[name])
        return np.array(numbers, np.int64)


_MOST_SPLITS = 20


@dataclass(frozen=True)
class TimeSplit:
    """By a column that grows with time: the earliest rows go into the first split.

    Attributes:
        shares: of the splits, in the order of time.
        column: times or numbers.
        ends: the value at which each split but the last one ends.
    """

    shares: Shares
    column: str
    ends: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The splits."""
        return self.shares.names

    @classmethod
    def of_values(cls, shares: Shares, column: str, values: npt.NDArray[np.float64]) -> TimeSplit:
        """The split of rows that have these values, or of which these are a sample."""
        ends = np.quantile(values, shares.bounds[:-1], method="inverted_cdf")
        return cls(shares, column, tuple(float(end) for end in ends))

    def assign(
        self, columns: Mapping[str, pa.Array], records: Sequence[bytes]
    ) -> npt.NDArray[np.int64]:
        """As :meth:`HashSplit.assign`.

        Raises:
            DataError: a row without a value.
        """
        del records
        values = columns[self.column]
        if values.null_count:
            raise DataError(
                f"Column {self.column!r}, by which rows are split, has no value in some rows.",
                hint="Leave those rows out, or split by a hash.",
            )
        numbers = np.asarray(values.to_numpy(zero_copy_only=False), np.float64)
        return np.searchsorted(np.array(self.ends), numbers, side="left")


def _places(parts: Sequence[bytes]) -> npt.NDArray[np.float64]:
    """A number from 0 to 1 for each part, the same for the same one."""
    hashes = b"".join(hashlib.blake2b(part, digest_size=8).digest() for part in parts)
    return np.frombuffer(hashes, ">u8").astype(np.float64) / 2**64
