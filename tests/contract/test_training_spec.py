from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trainwright.contract.training_spec import check_training_spec
from trainwright.errors import UserCodeError


def whole(**changes: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("train", "evaluate", "export_saved_model", "model_dir"))
    return {
        "estimator": SimpleNamespace(**nothing),
        "train_spec": SimpleNamespace(input_fn=None, max_steps=None),
        "eval_spec": SimpleNamespace(input_fn=None, exporters=()),
        "eval_input_receiver_fn": lambda: None,
    } | changes


def test_what_is_complete_passes() -> None:
    parts = whole(more=1)
    spec = check_training_spec(parts, "m.py:trainer_fn")
    assert spec.estimator is parts["estimator"]
    assert spec.eval_input_receiver_fn is parts["eval_input_receiver_fn"]


@pytest.mark.parametrize("returned", [None, 3, (1, 2, 3, 4), SimpleNamespace(**whole())])
def test_what_is_no_mapping(returned: Any) -> None:
    with pytest.raises(UserCodeError, match=r"m\.py:trainer_fn must return a dict .* returned"):
        check_training_spec(returned, "m.py:trainer_fn")


@pytest.mark.parametrize("name", list(whole()))
def test_a_part_that_is_missing(name: str) -> None:
    parts = whole()
    del parts[name]
    with pytest.raises(UserCodeError, match=f"Missing: {name}\\. It returned: ") as caught:
        check_training_spec(parts, "trainer_fn")
    assert caught.value.exit_code == 6
    with pytest.raises(UserCodeError, match=f"Missing: {name}"):
        check_training_spec(whole(**{name: None}), "trainer_fn")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("estimator", "an Estimator"),
        ("train_spec", "a TrainSpec"),
        ("eval_spec", "an EvalSpec"),
        ("eval_input_receiver_fn", "a function"),
    ],
)
def test_a_part_of_the_wrong_type(name: str, kind: str) -> None:
    with pytest.raises(UserCodeError, match=rf"'{name}' .* must be {kind}\. Got 3 \(builtins"):
        check_training_spec(whole(**{name: 3}), "trainer_fn")


def test_specs_in_each_others_place() -> None:
    parts = whole()
    swapped = parts | {"train_spec": parts["eval_spec"], "eval_spec": parts["train_spec"]}
    with pytest.raises(UserCodeError, match="'train_spec' .* must be a TrainSpec"):
        check_training_spec(swapped, "trainer_fn")


def test_one_that_returns_nothing_may_be_a_run_fn() -> None:
    with pytest.raises(UserCodeError, match="It returned None") as caught:
        check_training_spec(None, "m.trainer_fn")
    assert "is a run_fn" in (caught.value.hint or "")
