"""What makes two runs the same, and what makes them differ.

A run's identity is a mapping of parts: its inputs' contents, its properties, the files of the
user's code, the versions of what does the work. Two runs with equal identities have the same key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Identity", "differences", "flat_properties", "identity_from_json"]

_FORMAT = 1
_LONGEST_VALUE = 250
_LONGEST_JSON = 60_000
"""Characters; a text column of MySQL holds 65,535 bytes."""
_DIGEST_SHOWN = 16

Parts = Mapping[str, Mapping[str, str]]

_CHANGED = {
    "input": "input {name}: {old} -> {new}",
    "property": "{name}: {old} -> {new}",
    "code": "code: {name} has changed",
    "version": "{name} {old} -> {new}",
    "environment": "{name}: {old} -> {new}",
}
_ADDED = {"code": "code: {name} is new", "input": "input {name} is new"}
_REMOVED = {"code": "code: {name} is gone", "input": "input {name} is gone"}


@dataclass(frozen=True)
class Identity:
    """What a run is the result of.

    Attributes:
        context: pipeline and node: runs of different ones are never the same.
        parts: ``input``, ``property``, ``code``, ``version``, ``environment``: values by name.
    """

    context: tuple[str, str]
    parts: Parts

    @property
    def key(self) -> str:
        """A digest of all of it.

        Example:
            >>> a = Identity(("p", "Trainer"), {"property": {"steps": "1"}})
            >>> a.key == Identity(("p", "Trainer"), {"property": {"steps": "2"}}).key
            False
        """
        canonical = json.dumps([_FORMAT, self.context, self.parts], sort_keys=True)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def to_json(self) -> str:
        """Its parts, to be recorded; long values shortened, the many files of much code summed."""
        short = {
            section: {name: _short(value) for name, value in values.items()}
            for section, values in self.parts.items()
        }
        text = json.dumps(short)
        if len(text) <= _LONGEST_JSON:
            return text
        summed = {
            section: {f"all {len(values)}": _digest(json.dumps(values, sort_keys=True))}
            for section, values in short.items()
        }
        return json.dumps(summed)


def identity_from_json(text: object) -> Parts | None:
    """The inverse of :meth:`Identity.to_json`; None for anything else."""
    try:
        parts = json.loads(str(text))
    except ValueError:
        return None
    if not isinstance(parts, dict) or not all(isinstance(part, dict) for part in parts.values()):
        return None
    return {
        str(section): {str(name): str(value) for name, value in values.items()}
        for section, values in parts.items()
    }


def differences(old: Parts, new: Parts) -> list[str]:
    """What has changed, a line each, in the order of the sections.

    Example:
        >>> differences({"property": {"n": "1"}}, {"property": {"n": "2"}, "code": {"m.py": "0"}})
        ['n: 1 -> 2', 'code: m.py is new']
    """
    return [
        line
        for section in dict.fromkeys([*_CHANGED, *old, *new])
        for line in _section_differences(section, old.get(section, {}), new.get(section, {}))
    ]


def _section_differences(
    section: str, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[str]:
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        pattern = _CHANGED.get(section, "{name}: {old} -> {new}")
        if before is None:
            pattern = _ADDED.get(section, pattern)
        elif after is None:
            pattern = _REMOVED.get(section, pattern)
        yield pattern.format(name=name, old=_shown(before), new=_shown(after))


def _shown(value: str | None) -> str:
    return "none" if value is None else re.sub(r"\b([0-9a-f]{8})[0-9a-f]{56}\b", r"\1", value)


def flat_properties(properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties as strings by name; objects given as JSON become one entry for each member.

    Example:
        >>> flat_properties({"train_args": '{"num_steps": 3, "splits": ["train"]}', "n": 1})
        {'train_args.num_steps': '3', 'train_args.splits': '["train"]', 'n': '1'}
    """
    found: dict[str, str] = {}
    for name, value in properties.items():
        found.update(_flat(name, _parsed(value)))
    return found


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(f"{name}.{key}", item)
    elif isinstance(value, str):
        yield name, value
    elif isinstance(value, bytes):
        yield name, value.hex()
    else:
        yield name, json.dumps(value, sort_keys=True, default=str)


def _short(value: str) -> str:
    if len(value) <= _LONGEST_VALUE:
        return value
    return f"{value[:_LONGEST_VALUE]}... (sha256 {_digest(value)})"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_SHOWN]
