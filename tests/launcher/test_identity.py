from __future__ import annotations

import json

from trainwright.launcher.identity import (
    Identity,
    differences,
    flat_properties,
    identity_from_json,
)


def test_the_key_does_not_depend_on_order() -> None:
    one = Identity(("p", "n"), {"property": {"a": "1", "b": "2"}, "code": {}})
    two = Identity(("p", "n"), {"code": {}, "property": {"b": "2", "a": "1"}})
    assert one.key == two.key
    assert Identity(("p", "m"), one.parts).key != one.key
    assert len(one.key) == 64


def test_json_there_and_back() -> None:
    identity = Identity(("p", "n"), {"property": {"a": "x" * 1000, "b": "2"}})
    parts = identity_from_json(identity.to_json())
    assert parts is not None
    assert parts["property"]["b"] == "2"
    assert len(parts["property"]["a"]) < 400
    longer = Identity(("p", "n"), {"property": {"a": "x" * 1001, "b": "2"}})
    assert identity_from_json(longer.to_json()) != parts


def test_much_code_is_summed() -> None:
    code = {f"module{number}.py": "0" * 64 for number in range(2000)}
    text = Identity(("p", "n"), {"code": code}).to_json()
    assert len(text) < 60_000
    assert list(json.loads(text)["code"]) == ["all 2000"]
    other = Identity(("p", "n"), {"code": {**code, "module0.py": "1" * 64}}).to_json()
    assert differences(json.loads(text), json.loads(other))


def test_what_is_no_identity() -> None:
    for text in (None, "", "[]", '{"code": 1}', "{"):
        assert identity_from_json(text) is None


def test_differences() -> None:
    old = {
        "input": {"examples": "sha256 " + "ab" * 32, "schema": "s"},
        "property": {"rate": "0.1", "gone": "1"},
        "code": {"a.py": "1", "b.py": "1"},
        "version": {"tensorflow": "2.20"},
    }
    new = {
        "input": {"examples": "sha256 " + "cd" * 32, "base_model": "m"},
        "property": {"rate": "0.2"},
        "code": {"a.py": "2", "c.py": "1"},
        "version": {"tensorflow": "2.21"},
        "later": {"x": "1"},
    }
    assert differences(old, new) == [
        "input base_model is new",
        "input examples: sha256 abababab -> sha256 cdcdcdcd",
        "input schema is gone",
        "gone: 1 -> none",
        "rate: 0.1 -> 0.2",
        "code: a.py has changed",
        "code: b.py is gone",
        "code: c.py is new",
        "tensorflow 2.20 -> 2.21",
        "x: none -> 1",
    ]
    assert differences(old, old) == []


def test_flat_properties() -> None:
    assert flat_properties(
        {"a": '{"b": {"c": [1, 2]}, "d": {}}', "e": "{no json", "f": 1.5, "g": b"\x01", "h": "[3]"}
    ) == {"a.b.c": "[1, 2]", "a.d": "{}", "e": "{no json", "f": "1.5", "g": "01", "h": "[3]"}
