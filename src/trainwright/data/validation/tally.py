"""Counts how often the rows of a feature differ from what is expected of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainwright.data.example_message import KINDS
from trainwright.data.validation.distribution import Distribution
from trainwright.data.validation.expectations import Expectation, NumberDomain, TextDomain

__all__ = ["FeatureTally", "Place", "Problem"]

_SHOWN_VALUES = 3


@dataclass(frozen=True)
class Place:
    """Where a row is.

    Attributes:
        file: its file.
        record: its number in the file, from 0.
    """

    file: str
    record: int

    def __str__(self) -> str:
        return f"{self.file}, record {self.record}"


@dataclass
class Problem:
    """One way in which rows differ from what is expected.

    Attributes:
        first: the first row that does.
        rows: how many do.
        values: how many values do, where single values are wrong.
        low: the least of the numbers that tell how.
        high: the greatest one.
        shown: some of the values.
    """

    first: Place
    rows: int = 0
    values: int = 0
    low: float | None = None
    high: float | None = None
    shown: list[Any] = field(default_factory=list)

    def note(self, number: float) -> None:
        """Widens the range of numbers."""
        self.low = number if self.low is None else min(self.low, number)
        self.high = number if self.high is None else max(self.high, number)

    def show(self, value: Any) -> None:
        """Keeps a value to show, if it is one of the first few."""
        if len(self.shown) < _SHOWN_VALUES and value not in self.shown:
            self.shown.append(value)


class FeatureTally:
    """How the rows of one feature are.

    Args:
        expectation: what is asked of them.
        keep_values: whether to keep their distribution.

    Attributes:
        present: rows that have the feature.
        values: values in all rows.
        problems: by their kind: ``missing``, ``type``, ``shape``, ``step_count``, ``value_count``,
            ``domain``, ``nan``, ``infinite``.
        distribution: of its values, None where it is not kept.
    """

    def __init__(self, expectation: Expectation, keep_values: bool = False):
        self.expectation = expectation
        self.distribution = Distribution() if keep_values else None
        self.present = 0
        self.values = 0
        self.problems: dict[str, Problem] = {}
        self._check_values = _value_check(expectation.domain)

    def add(self, feature: Any, place: Place) -> None:
        """Takes one row into account.

        Args:
            feature: the row's Feature message, of a sequence its FeatureList; None where it has
                none.
            place: where the row is.
        """
        if self.expectation.steps is not None:
            self._add_steps(feature, place)
            return
        kind = None if feature is None else feature.WhichOneof("kind")
        if kind is None:
            self._problem("missing", place)
            return
        self.present += 1
        values: Sequence[Any] = getattr(feature, kind).value
        if not self._is_wrong_type([kind], place):
            self._count(len(values), place)
            self._add_values(values, place)

    def _add_steps(self, feature: Any, place: Place) -> None:
        if feature is None:
            self._problem("missing", place)
            return
        self.present += 1
        kinds = [step.WhichOneof("kind") for step in feature.feature]
        if self._is_wrong_type([kind for kind in kinds if kind is not None], place):
            return
        fewest, most = self.expectation.steps or (0, None)
        if len(kinds) < fewest or (most is not None and len(kinds) > most):
            self._problem("step_count", place).note(len(kinds))
        steps = [
            [] if kind is None else getattr(step, kind).value
            for kind, step in zip(kinds, feature.feature, strict=True)
        ]
        for number in {len(values) for values in steps}:
            self._count(number, place)
        self._add_values([value for values in steps for value in values], place)

    def _is_wrong_type(self, kinds: Sequence[str], place: Place) -> bool:
        expected = self.expectation.kind
        wrong = sorted({KINDS[kind] for kind in kinds if KINDS[kind] != expected})
        if expected is None or not wrong:
            return False
        problem = self._problem("type", place)
        for kind in wrong:
            problem.show(kind)
        return True

    def _count(self, count: int, place: Place) -> None:
        expected = self.expectation
        if expected.size is not None:
            if count != expected.size:
                self._problem("shape", place).note(count)
        elif count < expected.fewest or (expected.most is not None and count > expected.most):
            self._problem("value_count", place).note(count)

    def _add_values(self, values: Sequence[Any], place: Place) -> None:
        self.values += len(values)
        if self.distribution is not None:
            self.distribution.add(values)
        if values and self._check_values is not None:
            self._check_values(self, values, place)

    def _problem(self, kind: str, place: Place) -> Problem:
        problem = self.problems.get(kind)
        if problem is None:
            problem = self.problems[kind] = Problem(place)
        problem.rows += 1
        return problem

    def _check_numbers(self, values: Sequence[Any], place: Place) -> None:
        domain = self.expectation.domain
        assert isinstance(domain, NumberDomain)
        # Comparisons with what is no number are false: such a value is never within.
        if domain.low <= min(values) and max(values) <= domain.high and _all_finite(values):
            return
        for kind, wrong in _wrong_numbers(domain, values).items():
            if wrong:
                problem = self._problem(kind, place)
                problem.values += len(wrong)
                if kind == "domain":
                    problem.note(min(wrong))
                    problem.note(max(wrong))

    def _check_texts(self, values: Sequence[bytes], place: Place) -> None:
        domain = self.expectation.domain
        assert isinstance(domain, TextDomain)
        wrong = [value for value in values if value not in domain.values]
        if wrong:
            problem = self._problem("domain", place)
            problem.values += len(wrong)
            for value in wrong:
                problem.show(value)


def _value_check(
    domain: NumberDomain | TextDomain | None,
) -> Callable[[FeatureTally, Sequence[Any], Place], None] | None:
    if domain is None:
        return None
    # Both kinds are methods of the tally, which counts what they find.
    is_text = isinstance(domain, TextDomain)
    return FeatureTally._check_texts if is_text else FeatureTally._check_numbers


def _all_finite(values: Sequence[Any]) -> bool:
    total = sum(values)
    return bool(total - total == 0)  # not so of infinities, and of what is no number


def _wrong_numbers(domain: NumberDomain, values: Sequence[Any]) -> dict[str, list[Any]]:
    numbers = [value for value in values if value == value]
    infinite = [value for value in numbers if abs(value) == float("inf")]
    return {
        "domain": [value for value in numbers if not domain.low <= value <= domain.high],
        "nan": [] if domain.nan else [value for value in values if value != value],
        "infinite": [] if domain.infinite else infinite,
    }
