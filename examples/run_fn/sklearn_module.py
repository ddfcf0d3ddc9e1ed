"""A scikit-learn model as a ``run_fn``, for GenericExecutor: no TensorFlow takes part."""

import json
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trainwright import FnArgs

LABEL = "variety"


def _table(files: list[str], fn_args: FnArgs) -> pa.Table:
    """All examples of a split; each cell of the table is a list of values."""
    options = {"batch_size": 1_000, "num_epochs": 1, "shuffle": False}
    return pa.Table.from_batches(fn_args.data_accessor.record_batch_factory(files, options))


def _arrays(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Features ``[rows, features]``, in the order of their names, and labels ``[rows]``."""
    columns = {
        name: table[name].combine_chunks().flatten().to_numpy() for name in table.column_names
    }
    labels = columns.pop(LABEL)
    return np.stack([columns[name] for name in sorted(columns)], axis=1), labels


def run_fn(fn_args: FnArgs) -> None:
    """Trains on the whole split: numbers of steps mean nothing here."""
    features, labels = _arrays(_table(fn_args.train_files, fn_args))
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(features, labels)
    accuracy = model.score(*_arrays(_table(fn_args.eval_files, fn_args)))

    folder = Path(fn_args.serving_model_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    (folder / "evaluation.json").write_text(json.dumps({"accuracy": accuracy}))
