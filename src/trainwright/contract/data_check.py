"""A look at the first records before a run begins: what cannot be parsed is told at once.

This module does not import TensorFlow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trainwright.data.bad_records import counting_bad_records
from trainwright.data.input_settings import input_settings, using_input
from trainwright.data.schema import read_schema
from trainwright.data.validation import PAYLOADS, Anomaly, Payload, SplitReport, check_split
from trainwright.data.validation.expectations import Expectation
from trainwright.data.validation.rows import SplitRows, record_files
from trainwright.errors import CorruptRecordError, DataError, InvalidArgumentError
from trainwright.events import announce

__all__ = ["check_data", "tolerating_bad_records"]

_RECORDS = 1_000
_FILES = 16
_SHOWN = 3
_TRANSFORMED = Path("transformed_metadata") / "schema.pbtxt"


def check_data(
    patterns: Sequence[str],
    payload_format: str,
    schema: str | None,
    transform_graph: str | None = None,
) -> None:
    """Compares the first records of each split with the schema.

    A thousand records of each split are looked at, out of up to 16 of its files. What is bound to
    fail when it is parsed by the schema is an error; anything else that differs is announced as a
    warning. Nothing is checked where there is no schema, where only a data view can decode the
    records, and where the settings say so.

    Args:
        patterns: of the files of each split.
        payload_format: of the Examples.
        schema: of the Examples.
        transform_graph: the output of TF Transform, if any: where the Examples are transformed
            ones, its schema of these is the one to compare with.

    Raises:
        DataError: a record cannot be parsed.
        SchemaError: the schema cannot be read.
    """
    settings = input_settings()
    payload = PAYLOADS.get(payload_format)
    if not settings.data_check or payload is None:
        return
    schemas = [path for path in (schema, _transformed(transform_graph)) if path]
    splits = {pattern: record_files(pattern) for pattern in dict.fromkeys(patterns)}
    names = _feature_names(splits, payload)
    choices = _best([payload.expect(read_schema(path)) for path in schemas], names)
    if not choices or not names:
        return
    if not names & choices[0].keys():
        announce.on_warning(
            "The examples have none of the features that the schema names: it seems to be that of "
            "other data."
        )
        return
    # Transformed examples may have the names of the raw ones: the schema that fits is theirs.
    reports = min((_reports(splits, expected, payload) for expected in choices), key=_misfit)
    if not settings.max_bad_records:
        for report in reports:
            _refuse(report)
    _warn([anomaly for report in reports for anomaly in report.wrong])


@contextlib.contextmanager
def tolerating_bad_records(limit: Any = None) -> Iterator[None]:
    """While the block runs, so many bad records are skipped; they are announced at its end.

    Args:
        limit: the execution property ``max_bad_records``; None: as the settings say.

    Raises:
        InvalidArgumentError: the limit is no number of records.
    """
    settings = input_settings()
    if limit is not None:
        settings = replace(settings, max_bad_records=_count(limit))
    with using_input(settings), counting_bad_records() as bad:
        try:
            yield
        finally:
            if bad.count:
                announce.on_skipped_records(bad.count, bad.shown)
                records = "record was" if bad.count == 1 else "records were"
                announce.on_warning(f"{bad.count:,} bad {records} skipped, such as: {bad.shown[0]}")


def _count(limit: Any) -> int:
    if isinstance(limit, str) and limit.isdecimal():
        return int(limit)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise InvalidArgumentError(
            f"max_bad_records must be an int of 0 or more. Got {limit!r} instead."
        )
    return limit


def _transformed(transform_graph: str | None) -> str | None:
    path = Path(transform_graph) / _TRANSFORMED if transform_graph else None
    return str(path) if path and path.is_file() else None


def _feature_names(splits: Mapping[str, Sequence[str]], payload: Payload) -> set[str]:
    """The names of the features of each split's first record."""
    names: set[str] = set()
    for files in splits.values():
        for _, _, record in SplitRows(files[:1], 1, lambda file: payload.read(file, {})):
            try:
                names |= set(payload.features(record))
            except DataError:
                continue  # the check itself tells of it
    return names


def _best(
    choices: Sequence[dict[str, Expectation]], names: set[str]
) -> list[dict[str, Expectation]]:
    """Those that expect something and have most of the names."""
    known = [choice for choice in choices if choice]
    most = max((len(names & choice.keys()) for choice in known), default=0)
    return [choice for choice in known if len(names & choice.keys()) == most]


def _reports(
    splits: Mapping[str, Sequence[str]], expected: dict[str, Expectation], payload: Payload
) -> list[SplitReport]:
    return [
        check_split(_split_name(pattern), _some(files), expected, _RECORDS, payload=payload)
        for pattern, files in splits.items()
    ]


def _misfit(reports: Sequence[SplitReport]) -> tuple[int, int]:
    """How many features cannot be parsed, and how many differ at all."""
    anomalies = [anomaly for report in reports for anomaly in report.anomalies]
    return sum(anomaly.breaks for anomaly in anomalies), len(anomalies)


def _some(files: Sequence[str]) -> list[str]:
    """Up to 16 of the files, evenly spaced."""
    step = max(len(files) / _FILES, 1)
    return [files[int(number * step)] for number in range(min(len(files), _FILES))]


def _split_name(pattern: str) -> str:
    return Path(pattern).parent.name.removeprefix("Split-")


def _refuse(report: SplitReport) -> None:
    for damage in report.damage:
        if isinstance(damage, CorruptRecordError):
            raise damage
    breaking = [anomaly for anomaly in report.anomalies if anomaly.breaks]
    if breaking:
        first = breaking[0]
        more = f", and {len(breaking) - 1} more features differ" if len(breaking) > 1 else ""
        where = f" (first: {first.first}){more}" if first.first else more
        raise DataError(
            f"The examples cannot be parsed by their schema: in split {first.split}, "
            f"{first.message}{where}.",
            hint="Correct the schema or the data; `trainwright validate` shows all that differs. "
            "--no-data-check trains without this check.",
        )


def _warn(anomalies: Sequence[Anomaly]) -> None:
    for anomaly in anomalies[:_SHOWN]:
        announce.on_warning(f"In split {anomaly.split}, {anomaly.message}.")
    more = len(anomalies) - _SHOWN
    if more > 0:
        announce.on_warning(
            f"{more} more differ{'s' * (more == 1)} from the schema: `trainwright validate` shows "
            "all."
        )
