"""The modules that are written train at once, whatever is to be predicted."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainwright.artifacts import Examples, Model, ModelRun, Schema
from trainwright.data.infer_schema import infer_schema
from trainwright.data.schema import read_schema
from trainwright.data.statistics import dataset_statistics, read_statistics
from trainwright.executor import Executor, GenericExecutor
from trainwright.ingest import ingest
from trainwright.starter import plan_module, render_module

ROWS = 600
LABELS = ["sold", "grade", "price"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(5)
    size = random.normal(100, 20, ROWS)
    table = pa.table(
        {
            "size": [None if n % 11 == 0 else value for n, value in enumerate(size)],
            "year": random.integers(1900, 2020, ROWS),
            "floor": random.integers(0, 6, ROWS),
            "agent_id": random.integers(0, 10**6, ROWS),
            "city": random.choice(["Oslo", "Rome\nItaly", 'Bern "B"'], ROWS),
            "street": random.choice([f"street {n}" for n in range(200)], ROWS),
            "tags": [["garden", "lift"][: n % 3] for n in range(ROWS)],
            "words": [[f"word {w}" for w in range(n % 200, n % 200 + n % 4)] for n in range(ROWS)],
            "sold": (size > 100).astype(int),
            "grade": np.where(size > 120, "large", np.where(size > 80, "middle", "small")),
            "price": size * 3 + random.normal(size=ROWS),
        }
    )
    folder = tmp_path_factory.mktemp("data")
    pq.write_table(table, folder / "homes.parquet")
    ingest(str(folder / "homes.parquet"), folder / "ingested")
    return folder / "ingested"


def source_of(data: Path, label: str, style: str) -> str:
    statistics = read_statistics(data / "statistics")["train"]
    return render_module(plan_module(read_schema(data / "schema"), label, statistics), style)


@pytest.mark.parametrize("style", ["estimator", "keras"])
@pytest.mark.parametrize("label", LABELS)
def test_is_python_as_people_write_it(data: Path, label: str, style: str) -> None:
    source = source_of(data, label, style)

    ast.parse(source)
    assert all(len(line) <= 100 and line == line.rstrip() for line in source.splitlines())
    assert "\n\n\n\n" not in source
    assert source.endswith("}\n" if style == "estimator" else ")\n")


@pytest.mark.slow
@pytest.mark.parametrize("style", ["estimator", "keras"])
@pytest.mark.parametrize("label", LABELS)
def test_trains_without_an_edit(data: Path, tmp_path: Path, label: str, style: str) -> None:
    tf = pytest.importorskip("tensorflow")
    module = tmp_path / "module.py"
    module.write_text(source_of(data, label, style))
    executor: Any = Executor() if style == "estimator" else GenericExecutor()

    executor.Do(
        {
            "examples": [Examples(data / "examples", split_names=["train", "eval"])],
            "schema": [Schema(data / "schema")],
        },
        {"model": [Model(tmp_path / "model")], "model_run": [ModelRun(tmp_path / "run")]},
        {
            "module_file": str(module),
            "train_args": json.dumps({"num_steps": 20}),
            "eval_args": json.dumps({"num_steps": 1}),
        },
    )

    served = tf.saved_model.load(str(tmp_path / "model" / "Format-Serving"))
    empty = tf.train.Example().SerializeToString()
    assert served.signatures
    name = "serving_default" if style == "keras" else "predict"
    outputs = served.signatures[name](examples=tf.constant([empty, empty]))
    assert all(len(value) == 2 for value in outputs.values())
    if style == "keras":
        assert list((tmp_path / "run").rglob("eval/*tfevents*"))
    if label == "price":  # 300, give or take 60
        predicted = outputs["prediction" if style == "keras" else "predictions"]
        assert 150 < float(tf.reduce_mean(predicted)) < 450


def test_very_many_numbers_are_not_parted() -> None:
    rows = {f"n{place}": list(range(0, 2_000, 50)) for place in range(101)} | {"y": [0, 1] * 20}
    few = {name: rows[name] for name in ("n0", "n1", "y")}
    for columns, parted in ((rows, False), (few, True)):
        plan = plan_module(infer_schema(columns), "y", dataset_statistics(columns))
        assert ("BOUNDARIES" in render_module(plan, "estimator")) is parted
