"""What is wrong with the rows of a feature, in words and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trainwright.data.validation.expectations import Expectation, TextDomain
from trainwright.data.validation.tally import FeatureTally, Place, Problem

__all__ = ["Anomaly", "anomalies_of", "unexpected"]

_NAMES = {"INT": "integers", "FLOAT": "floating-point numbers", "BYTES": "texts"}


@dataclass(frozen=True)
class Anomaly:
    """Something about a split that is not as the schema says.

    Attributes:
        split: its name.
        feature: name of the feature; empty where whole records are meant.
        kind: ``missing``, ``presence``, ``type``, ``shape``, ``step_count``, ``value_count``,
            ``domain``, ``nan``, ``infinite``, ``unexpected``, ``damaged``, ``unreadable``,
            ``empty`` or ``drift``.
        message: in words, without a full stop.
        rows: how many rows it concerns.
        checked: how many rows were looked at.
        first: the first such row, None where it is no matter of single rows.
        breaks: whether parsing by this schema is bound to fail of it.
        note: whether it is worth knowing but nothing wrong.
    """

    split: str
    feature: str
    kind: str
    message: str
    rows: int
    checked: int
    first: Place | None = None
    breaks: bool = False
    note: bool = False


def anomalies_of(tally: FeatureTally, split: str, checked: int, whole: bool) -> Iterator[Anomaly]:
    """What is wrong with a feature.

    Args:
        tally: of its rows.
        split: the split's name.
        checked: how many rows were looked at.
        whole: whether these are all that there are.
    """
    expected = tally.expectation
    of = f"of {checked:,} {'' if whole else 'sampled '}row{'s' * (checked != 1)}"
    for kind, problem in tally.problems.items():
        message = _MESSAGES[kind](tally, problem, of, checked, whole)
        if message:
            yield Anomaly(
                split,
                expected.name,
                "presence" if kind == "missing" and not _required(expected) else kind,
                f"`{expected.name}` {message}",
                problem.rows,
                checked,
                problem.first,
                breaks=_breaks(kind, expected),
            )


def unexpected(split: str, name: str, rows: int, checked: int, first: Place) -> Anomaly:
    """A feature that the schema does not name."""
    message = f"`{name}` is in {rows:,} of {checked:,} rows, but not in the schema"
    return Anomaly(split, name, "unexpected", message, rows, checked, first, note=True)


def _breaks(kind: str, expected: Expectation) -> bool:
    if kind == "shape":
        return expected.steps is None
    return kind == "type" or (kind == "missing" and expected.needed)


def _required(expected: Expectation) -> bool:
    return expected.needed or expected.fraction >= 1


def _missing(tally: FeatureTally, problem: Problem, of: str, checked: int, whole: bool) -> str:
    expected = tally.expectation
    if _required(expected):
        return f"is missing in {problem.rows:,} {of}; the schema requires it in all"
    if tally.present < expected.fraction * checked:
        share = tally.present / checked
        return f"is in {share:.1%} {of}; the schema asks for at least {expected.fraction:.1%}"
    # Of a sample it is only known that there may be more.
    if tally.present < expected.count and (whole or not tally.present):
        return f"is in {tally.present:,} {of}; the schema asks for at least {expected.count:,}"
    return ""


def _type(tally: FeatureTally, problem: Problem, of: str, *_: object) -> str:
    found = " and ".join(_NAMES[kind] for kind in problem.shown)
    expected = str(tally.expectation.kind)
    return (
        f"holds {found} in {problem.rows:,} {of}; the schema says {_NAMES[expected]} ({expected})"
    )


def _shape(tally: FeatureTally, problem: Problem, of: str, *_: object) -> str:
    expected = tally.expectation
    dims = ", ".join(str(size) for size in expected.shape or ())
    return (
        f"has {_values(tally, problem)} in {problem.rows:,} {of}; the schema says "
        f"{expected.size:,} (shape [{dims}])"
    )


def _value_count(tally: FeatureTally, problem: Problem, of: str, *_: object) -> str:
    allowed = _limits(tally.expectation.fewest, tally.expectation.most)
    return f"has {_values(tally, problem)} in {problem.rows:,} {of}; the schema allows {allowed}"


def _step_count(tally: FeatureTally, problem: Problem, of: str, *_: object) -> str:
    allowed = _limits(*(tally.expectation.steps or (0, None)))
    return f"has {_range(problem, 'step')} in {problem.rows:,} {of}; the schema allows {allowed}"


def _limits(fewest: int, most: int | None) -> str:
    return f"{fewest:,} or more" if most is None else f"{fewest:,} to {most:,}"


def _values(tally: FeatureTally, problem: Problem) -> str:
    found = _range(problem, "value")
    return found if tally.expectation.steps is None else f"{found} in a step"


def _range(problem: Problem, what: str) -> str:
    low, high = int(problem.low or 0), int(problem.high or 0)
    return f"{low:,} {what}{'s' * (low != 1)}" if low == high else f"{low:,} to {high:,} {what}s"


def _domain(tally: FeatureTally, problem: Problem, of: str, *_: object) -> str:
    domain = tally.expectation.domain
    if isinstance(domain, TextDomain):
        if problem.values <= (1 - domain.mass) * tally.values:
            return ""
        shown = ", ".join(repr(value.decode(errors="replace")) for value in problem.shown)
        return (
            f"has values in {problem.rows:,} {of} that its {len(domain.values):,} in the schema "
            f"lack, such as {shown}"
        )
    low, high = f"{problem.low:,g}", f"{problem.high:,g}"
    found = low if low == high else f"from {low} to {high}"
    return f"has values of {found} in {problem.rows:,} {of}; the schema says {domain}"


def _nan(tally: FeatureTally, problem: Problem, of: str, *_: object) -> str:
    return f"has values that are no number in {problem.rows:,} {of}; the schema allows none"


def _infinite(tally: FeatureTally, problem: Problem, of: str, *_: object) -> str:
    return f"has infinite values in {problem.rows:,} {of}; the schema allows none"


_MESSAGES: dict[str, Callable[[FeatureTally, Problem, str, int, bool], str]] = {
    "missing": _missing,
    "type": _type,
    "shape": _shape,
    "step_count": _step_count,
    "value_count": _value_count,
    "domain": _domain,
    "nan": _nan,
    "infinite": _infinite,
}
