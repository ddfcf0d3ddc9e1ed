"""The text of a module file."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Mapping
from typing import Any

from trainwright.starter.plan import ModulePlan, NumberPlan

__all__ = ["STYLES", "render_module"]

STYLES = ("estimator", "keras")
_INDICATED = 12
_CROSSED = 3
_MOST_PARTED = 100
_LINE = 100


def render_module(plan: ModulePlan, style: str) -> str:
    """A module file with a ``trainer_fn`` or a ``run_fn``.

    Args:
        plan: what to do with each column.
        style: ``"estimator"`` or ``"keras"``.

    Returns:
        Python source.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("trainwright.starter"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["py"] = _literal
    environment.filters["comment"] = _in_comment
    template = environment.get_template(f"{style}.py.jinja")
    return template.render(plan=plan, label=plan.label, **_choices(plan))


def _choices(plan: ModulePlan) -> dict[str, Any]:
    """What the templates need besides the plan."""
    sizes = {name: len(values) for name, values in plan.vocabularies.items()} | plan.identities
    indicated = [name for name, size in sizes.items() if size <= _INDICATED]
    hashed = plan.hashed | plan.hashed_integers
    dimensions = {name: _dimension(size) for name, size in sizes.items()}
    dimensions |= {name: _dimension(size // 2) for name, size in hashed.items()}
    floats = {name: number for name, number in plan.numbers.items() if not number.whole}
    integers = {name: number for name, number in plan.numbers.items() if number.whole}
    tables = [name for name, has in (("FLOATS", floats), ("INTEGERS", integers)) if has]
    return {
        "label_scale": f"({_literal(plan.label.mean)}, {_literal(plan.label.deviation)})",
        "floats": floats,
        "integers": integers,
        "number_tables": tables[0] if len(tables) == 1 else "{**FLOATS, **INTEGERS}",
        "boundaries": _boundaries(plan),
        "crosses": _crosses({n: size for n, size in sizes.items() if n not in plan.lists}),
        "indicated": indicated,
        "embedded": {n: size for n, size in dimensions.items() if n not in indicated},
        "dimensions": dimensions,
        "scales": _scales,
        "lists": lambda table: {name: _wrapped(name, values) for name, values in table.items()},
    }


def _boundaries(plan: ModulePlan) -> dict[str, list[float]]:
    """The limits of the parts of numbers; none where they are many: graphs would be made slowly."""
    if len(plan.numbers) > _MOST_PARTED:
        return {}
    return {n: p.boundaries for n, p in plan.numbers.items() if len(p.boundaries) > 1}


def _crosses(sizes: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Pairs of the columns with the fewest values, and buckets for their combinations."""
    few = sorted(sizes, key=lambda name: (sizes[name], name))[:_CROSSED]
    return [(a, b, max(4 * sizes[a] * sizes[b], 100)) for a, b in itertools.combinations(few, 2)]


def _scales(numbers: Mapping[str, NumberPlan]) -> dict[str, str]:
    """Mean and deviation of each column, as source."""
    return {
        name: f"({_literal(number.mean)}, {_literal(number.deviation)})"
        for name, number in numbers.items()
    }


def _dimension(size: int) -> int:
    """Of the embedding of so many values: about six times the fourth root, at most 32.

    Example:
        >>> _dimension(20), _dimension(10_000)
        (13, 32)
    """
    return min(math.ceil(6 * math.sqrt(math.sqrt(size))), 32)


def _wrapped(name: str, values: list[Any]) -> str:
    """Source of a list in a table, in lines as formatters have them."""
    line = _literal(values)
    if len(name) + len(line) + 9 <= _LINE:
        return line
    inner = textwrap.wrap(line[1:-1], _LINE - 8, break_long_words=False, break_on_hyphens=False)
    if any('"' in value or " " in value for value in values if isinstance(value, str)):
        inner = [f"{_literal(value)}," for value in values]  # blanks must stay where they are
    indent = "\n" + " " * 8
    return f"[{indent}{indent.join(inner)}\n    ]"


def _literal(value: Any) -> str:
    """Python source of a value, with double quotes as formatters have it."""
    if isinstance(value, str):
        text = repr(value)
        return text if '"' in value or "\\" in text else f'"{text[1:-1]}"'
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return repr(value)


def _in_comment(text: str) -> str:
    """Text for a comment or docstring: one line, that cannot end it, without control characters."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split()).replace("\\", "/").replace('"', "'")
