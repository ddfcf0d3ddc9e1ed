from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from trainwright.contract.fn_args import FnArgs, StepArgs, parse_custom_config, parse_step_args
from trainwright.errors import InvalidArgumentError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"num_steps": 7}', StepArgs(7, ("train",))),
        ('{"numSteps": 7}', StepArgs(7, ("train",))),
        ('{"num_steps": "7", "splits": []}', StepArgs(7, ("train",))),
        ('{"num_steps": 7.0, "splits": ["a", "b"]}', StepArgs(7, ("a", "b"))),
        (b'{"splits": ["a"]}', StepArgs(None, ("a",))),
        ("{}", StepArgs(None, ("train",))),
        ('{"num_steps": 0}', StepArgs(None, ("train",))),
        ('{"num_steps": null, "splits": null}', StepArgs(None, ("train",))),
        ({"num_steps": 7, "splits": ("a",)}, StepArgs(7, ("a",))),
        ({"num_steps": np.int64(7)}, StepArgs(7, ("train",))),
        ({}, StepArgs(None, ("train",))),
        ({"num_steps": 2**31 - 1}, StepArgs(2**31 - 1, ("train",))),
        (SimpleNamespace(num_steps=7, splits=["a"]), StepArgs(7, ("a",))),
        (SimpleNamespace(num_steps=0, splits=[]), StepArgs(None, ("train",))),
    ],
)
def test_step_args(value: Any, expected: StepArgs) -> None:
    assert parse_step_args("train_args", value, "train") == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "train_args is missing. It must be a mapping or its JSON"),
        ("", "''.*not JSON"),
        ("{num_steps: 1}", "not JSON"),
        ("[1]", r"Got '\[1\]'"),
        (7, "Got 7 instead"),
        ([("num_steps", 1)], "instead"),
        ({"num_steps": -1}, r"num_steps in train_args .* \[0, 2147483647\]. Got -1 instead"),
        ({"num_steps": 2**31}, "Got 2147483648 instead"),
        ({"num_steps": True}, "Got True instead"),
        ({"num_steps": 1.5}, "Got 1.5 instead"),
        ({"num_steps": "-7"}, "Got '-7' instead"),
        ({"num_steps": "many"}, "Got 'many' instead"),
        ({"num_steps": [1]}, r"Got \[1\] instead"),
        ({"num_step": 1}, "no field 'num_step'.*Did you mean \"num_steps\""),
        ({"splits": "train"}, "splits in train_args must be a list of split names. Got 'train'"),
        ({"splits": [1]}, r"Got \[1\]"),
        ({"splits": [""]}, r"Got \[''\]"),
        ({"splits": 3}, "Got 3"),
    ],
)
def test_step_args_that_are_wrong(value: Any, text: str) -> None:
    with pytest.raises(InvalidArgumentError, match=text) as caught:
        parse_step_args("train_args", value, "train")
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {}),
        ("null", {}),
        ("", {}),
        ("{}", {}),
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_custom_config(value: Any, expected: dict[str, Any]) -> None:
    assert parse_custom_config(value) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1], "must be a mapping or the JSON of one. Got .* of type list"),
        ("[1]", "type list"),
        ('"a"', "type str"),
        (3, "type int"),
        ("{a}", "not JSON"),
    ],
)
def test_custom_config_that_is_wrong(value: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_custom_config(value)


def test_fn_args_are_attributes_and_items() -> None:
    args = FnArgs(
        train_files=["a/*"],
        schema_path="s/schema.pbtxt",
        transform_graph_path="t",
        base_model="b",
        custom_config={"units": 3, "train_steps": "taken"},
    )
    assert args.train_files == args["train_files"] == ["a/*"]
    assert args.schema_file == args["schema_file"] == args.schema_path
    assert args.transform_output == args["transform_output"] == "t"
    assert args.warm_start_from == "b"
    assert args.units == args["units"] == args.custom_config["units"] == 3
    assert args.train_steps is None
    assert args.get("units") == 3
    assert args.get("nothing", 5) == 5
    assert "units" in args
    assert dict(**args)["units"] == 3
    args.train_steps = 4
    assert args["train_steps"] == 4


def test_an_unknown_name_names_the_nearest() -> None:
    args = FnArgs()
    with pytest.raises(AttributeError, match='Did you mean "train_files"'):
        _ = args.train_file
    with pytest.raises(KeyError, match="train_file"):
        _ = args["train_file"]
    assert not hasattr(args, "nothing")


def test_fn_args_can_be_copied_and_pickled() -> None:
    args = FnArgs(train_files=["a"], custom_config={"units": 3})
    assert copy.deepcopy(args) == args
    assert pickle.loads(pickle.dumps(args)).units == 3
