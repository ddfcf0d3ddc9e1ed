"""Trainers that train Estimators, on what their data accessor reads of Parquet files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainwright.artifacts import Examples, Schema
from trainwright.component import Trainer

MODULE = Path(__file__).parent / "user_modules" / "line.py"


def feature(name: str, type_: str) -> str:
    shape = "presence { min_fraction: 1 } shape { dim { size: 1 } }"
    return f'feature {{ name: "{name}" type: {type_} {shape} }}\n'


@pytest.mark.slow
def test_two_trainers_of_which_one_warm_starts(tmp_path: Path) -> None:
    for seed, split in enumerate(("train", "eval")):
        folder = tmp_path / "examples" / f"Split-{split}"
        folder.mkdir(parents=True)
        x, y = np.random.default_rng(seed).random((2, 640), np.float32)
        table = pa.table({"x": x, "y": y, "above": x + y > 1})
        pq.write_table(table, folder / "data.parquet")
    (tmp_path / "schema").mkdir()
    text = feature("x", "FLOAT") + feature("y", "FLOAT") + feature("above", "INT")
    (tmp_path / "schema" / "schema.pbtxt").write_text(text)
    arguments = {
        "examples": Examples(
            tmp_path / "examples", custom_properties={"payload_format": "FORMAT_PARQUET"}
        ),
        "schema": Schema(tmp_path / "schema"),
        "module_file": MODULE,
        "train_args": {"num_steps": 60},
        "eval_args": {"num_steps": 5},
    }
    first = Trainer(**arguments)
    second = Trainer(**arguments, base_model=first.outputs["model_run"], instance_name="second")

    results = [trainer.run(tmp_path / "out") for trainer in (first, second)]

    assert [result.state.name for result in results] == ["COMPLETE", "COMPLETE"]
    assert results[0].metrics["auc"] > 0.9
    for result in results:
        (model,) = result.outputs["model"]
        assert (Path(model.uri) / "Format-Serving" / "saved_model.pb").exists()
        assert (Path(model.uri) / "Format-TFMA" / "saved_model.pb").exists()
