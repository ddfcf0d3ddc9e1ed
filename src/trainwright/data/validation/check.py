"""One split against its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from trainwright.data.validation.anomalies import Anomaly, anomalies_of, unexpected
from trainwright.data.validation.distribution import Distribution
from trainwright.data.validation.expectations import Expectation
from trainwright.data.validation.payloads import EXAMPLE, Payload
from trainwright.data.validation.rows import SplitRows
from trainwright.data.validation.tally import FeatureTally, Place
from trainwright.errors import CorruptRecordError, DataError

__all__ = ["SplitReport", "check_split"]

_MOST_UNEXPECTED = 1_000
_TELL_EVERY = 1_000


@dataclass(frozen=True)
class SplitReport:
    """What a split is like.

    Attributes:
        split: its name.
        files: how many files were looked into.
        rows: how many records were looked at.
        whole: whether these are all of its records.
        anomalies: what is not as the schema says, in the schema's order.
        distributions: the values of each feature, where these were asked for.
        damage: what was wrong with files, as errors.
    """

    split: str
    files: int
    rows: int
    whole: bool
    anomalies: list[Anomaly] = field(default_factory=list)
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    damage: list[DataError] = field(default_factory=list)

    @property
    def wrong(self) -> list[Anomaly]:
        """The anomalies without the notes."""
        return [anomaly for anomaly in self.anomalies if not anomaly.note]


def check_split(
    split: str,
    files: Sequence[str],
    expected: Mapping[str, Expectation],
    most: int | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    distributions: bool = False,
    payload: Payload = EXAMPLE,
) -> SplitReport:
    """Looks at the records of a split, in bounded memory.

    Args:
        split: its name.
        files: its files.
        expected: what is asked of each feature.
        most: how many records to look at, the first ones of each file; None: all.
        progress: is told now and then how many were.
        distributions: whether to keep the values, to compare splits.
        payload: what the records are.
    """
    rows = SplitRows(files, most, lambda file: payload.read(file, expected))
    counts = _Counts(expected, distributions, payload)
    for file, number, record in rows:
        counts.add(record, Place(file, number))
        if progress is not None and counts.rows % _TELL_EVERY == 0:
            progress(counts.rows)
    anomalies = [_damaged(split, error, counts.rows) for error in rows.damage]
    anomalies += counts.anomalies(split, rows.whole)
    return SplitReport(
        split,
        len(files),
        counts.rows,
        rows.whole,
        anomalies,
        counts.distributions(),
        rows.damage,
    )


class _Counts:
    """Tallies of all features, and of what is in the rows beside them."""

    def __init__(self, expected: Mapping[str, Expectation], distributions: bool, payload: Payload):
        self.rows = 0
        self._payload = payload
        self._tallies = [(name, FeatureTally(one, distributions)) for name, one in expected.items()]
        self._expected = expected
        self._others: dict[str, tuple[int, Place]] = {}
        self._unreadable: tuple[int, Place, str] | None = None

    def add(self, record: bytes, place: Place) -> None:
        self.rows += 1
        try:
            features = self._payload.features(record)
        except DataError as error:
            count, first, why = self._unreadable or (0, place, error.message)
            self._unreadable = count + 1, first, why
            return
        known = 0
        for name, tally in self._tallies:
            feature = features[name] if name in features else None  # noqa: SIM401 - get() adds it
            known += feature is not None
            tally.add(feature, place)
        if known < len(features):
            self._count_others(features, place)

    def _count_others(self, features: Mapping[str, object], place: Place) -> None:
        for name in features:
            if name not in self._expected:
                count, first = self._others.get(name, (0, place))
                if count or len(self._others) < _MOST_UNEXPECTED:
                    self._others[name] = count + 1, first

    def distributions(self) -> dict[str, Distribution]:
        pairs = ((name, tally.distribution) for name, tally in self._tallies)
        return {name: kept for name, kept in pairs if kept is not None}

    def anomalies(self, split: str, whole: bool) -> list[Anomaly]:
        found: list[Anomaly] = []
        if not self.rows:
            return [Anomaly(split, "", "empty", "There are no records", 0, 0)]
        if self._unreadable is not None:
            count, first, why = self._unreadable
            message = f"{count:,} of {self.rows:,} records are no {self._payload.name}: {why}"
            found.append(
                Anomaly(split, "", "unreadable", message, count, self.rows, first, breaks=True)
            )
        for _, tally in self._tallies:
            found += anomalies_of(tally, split, self.rows, whole)
        for name, (count, first) in sorted(self._others.items()):
            found.append(unexpected(split, name, count, self.rows, first))
        return found


def _damaged(split: str, error: DataError, rows: int) -> Anomaly:
    place = None
    if isinstance(error, CorruptRecordError):
        place = Place(error.path, error.record)
    return Anomaly(split, "", "damaged", error.message.rstrip("."), 1, rows, place, breaks=True)
