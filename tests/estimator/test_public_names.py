"""The public names, against those of tf.estimator 2.15."""

from __future__ import annotations

import functools
import inspect
import json

import pytest

from trainwright import estimator as tfe


@pytest.fixture(scope="module")
def original(shared_data):
    """Name -> signature, of what we offer too."""
    api = json.loads((shared_data / "estimator-2.15-api.json").read_text())["v2"]
    return {name.removeprefix("estimator."): entry["signature"] for name, entry in api.items()}


def ours(name):
    found = tfe
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


OUR_OWN = {"RunConfig": ("fused", "jit_compile")}
"""Keyword-only arguments that the original has not."""


def parameters_of(signature):
    """Parameter names of a signature written as text, in order."""
    names, depth, current = [], 0, ""
    for char in signature.strip("()") + ",":
        depth += (char in "([{<") - (char in ")]}>")
        if char == "," and depth == 0:
            names.append(current.split("=")[0].strip())
            current = ""
        else:
            current += char
    return [name for name in names if name]


def test_signatures_are_those_of_the_original(original):
    different = {}
    for name, signature in original.items():
        offered = ours(name)
        wanted = parameters_of(signature)
        if offered is None or wanted == ["*args", "**kwargs"]:
            continue
        own = OUR_OWN.get(name, ())
        has = [p for p in inspect.signature(offered).parameters if p not in ("self", *own)]
        if has != wanted:
            different[name] = (has, wanted)
    assert different == {}


def test_every_name_of_the_original_is_there_but_for_tpus(shared_data):
    api = json.loads((shared_data / "estimator-2.15-api.json").read_text())
    for section, namespace in (("v2", tfe), ("v1", tfe.compat.v1)):
        for name in api[section]:
            parts = name.split(".")[1:]
            if parts[0] != "tpu":
                assert functools.reduce(getattr, parts, namespace) is not None


def test_all_declared_names_exist():
    assert len(set(tfe.__all__)) == len(tfe.__all__)
    for name in tfe.__all__:
        assert getattr(tfe, name) is not None
    for namespace in (tfe.export, tfe.experimental):
        for name in namespace.__all__:
            assert getattr(namespace, name) is not None


def test_what_is_not_offered_says_what_to_use():
    with pytest.raises(AttributeError, match="TPUs are not supported. Train with Estimator on CPU"):
        _ = tfe.tpu
    for namespace in (tfe, tfe.compat.v1):
        with pytest.raises(AttributeError, match="Train them with the package tensorflow_dec"):
            _ = namespace.BoostedTreesClassifier
    with pytest.raises(AttributeError, match="has no attribute 'Estimatr'"):
        _ = tfe.Estimatr
