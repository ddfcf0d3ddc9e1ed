from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.tracking.parameters import parameters_of


def test_flat_names_and_plain_values(tmp_path: Path) -> None:
    (tmp_path / "best.json").write_text('{"rate": 0.5, "layers": [8, 4], "inner": {"on": true}}')
    found = parameters_of(
        {
            "train_args": {"num_steps": 10},
            "eval_args": '{"splits": ["eval"]}',
            "module_file": "/home/me/model.py",
            "custom_config": '{"rate": 1, "name": "a", "none": null}',
        },
        tmp_path,
    )
    assert found == {
        "train_steps": 10.0,
        "module": "model.py",
        "rate": 1.0,
        "layers": "[8, 4]",
        "inner.on": True,
        "name": "a",
    }


@pytest.mark.parametrize("config", [None, "null", "[1]", "not JSON", 5])
def test_what_is_no_object_is_left_to_the_run_to_refuse(config: object, tmp_path: Path) -> None:
    assert parameters_of({"custom_config": config}, tmp_path / "nowhere") == {}
