from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trainwright.artifacts import Examples, Model, ModelRun, Schema
from trainwright.contract.component_inputs import given_artifacts, taken_artifacts
from trainwright.errors import InvalidArgumentError


def test_artifacts_and_lists() -> None:
    schema = Schema("s")
    for given in (schema, [schema], (schema,), iter([schema])):
        assert taken_artifacts("schema", given_artifacts("schema", given)) == [schema]
    assert given_artifacts("schema", []) == []


def test_a_channel_is_asked_late() -> None:
    found: list[Any] = []
    channel = SimpleNamespace(get=lambda: found)
    given = given_artifacts("base_model", channel)
    found += [Model("a"), ModelRun("b")]
    assert taken_artifacts("base_model", given) == found
    found.append(Schema("s"))
    with pytest.raises(InvalidArgumentError, match="'base_model' must be an artifact of type"):
        taken_artifacts("base_model", given)


def test_artifacts_of_another_library() -> None:
    foreign = SimpleNamespace(uri="m", type_name="ModelRun", id=0)
    (model,) = given_artifacts("base_model", foreign)
    assert isinstance(model, ModelRun)
    assert (model.uri, model.id) == ("m", None)
    with pytest.raises(InvalidArgumentError, match="'schema' must be"):
        given_artifacts("schema", foreign)


@pytest.mark.parametrize("value", [3, "data", {"uri": "a"}, [Schema("s")], ["data"], b"data"])
def test_what_is_none_of_these(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="'examples' must be an artifact of type Ex"):
        given_artifacts("examples", value)


def test_a_subclass_is_of_the_type() -> None:
    class Mine(Examples):
        pass

    mine = Mine("a")
    assert given_artifacts("examples", mine) == [mine]
