"""Checkpoints and SavedModels of models of the matrix: writing them, and reading another's.

Run with TensorFlow 2.15 it reads what ours have written, and writes what ours are to read:

    python tests/oracle/matrix_files.py design.json cases ours theirs read.bin

where ``cases`` are numbers of cases, and the folder ``theirs`` gets one folder for each of them.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from arrays import write_arrays
from canned_cases import read_checkpoint
from generate_matrix import flavours
from matrix_inputs import batch
from matrix_models import make

v1 = tf.compat.v1
SEED, PREDICT_SEED = 1, 21
Arrays = dict[str, Any]


def write(api: Any, case: Any, folder: Path, flavours: Any) -> Arrays:
    """Trains a model, exports it, and trains on in a copy of its directory.

    Returns:
        ``trained/`` variables of the copy, and ``predicted/`` of the exported model.
    """
    folder.mkdir(parents=True)
    estimator = make(api, case, folder, flavours, model_dir=str(folder / "model"))
    estimator.train(_input_fn(case), steps=2)
    receiver_fn = api.export.build_parsing_serving_input_receiver_fn(_parsing_spec(case))
    exported = estimator.export_saved_model(str(folder / "export"), receiver_fn)
    Path(exported.decode()).rename(folder / "saved_model")
    return _results(api, case, folder, flavours, folder / "on")


def read(api: Any, case: Any, folder: Path, flavours: Any) -> Arrays:
    """The same of a model that another has written to that folder."""
    return _results(api, case, folder, flavours, folder / "on_elsewhere")


def _results(api: Any, case: Any, folder: Path, flavours: Any, copy: Path) -> Arrays:
    shutil.copytree(folder / "model", copy)
    estimator = make(api, case, folder, flavours, model_dir=str(copy))
    estimator.train(_input_fn(case), steps=1)
    arrays = {f"trained/{n}": value for n, value in read_checkpoint(str(copy)).items()}
    with tf.Graph().as_default(), v1.Session() as session:
        loaded = v1.saved_model.load(session, ["serve"], str(folder / "saved_model"))
        signature = loaded.signature_def["predict"]
        outputs = {name: info.name for name, info in signature.outputs.items()}
        feed = {signature.inputs["examples"].name: _examples(case)}
        for name, values in session.run(outputs, feed).items():
            fixed = values.astype(bytes) if values.dtype == object else values
            arrays[f"predicted/{name}"] = fixed
    return arrays


def _input_fn(case: Any) -> Callable[[], Any]:
    def made() -> Any:
        features, labels = (_tensors(part) for part in batch(case, SEED))
        return tf.data.Dataset.from_tensors((features, labels)).repeat()

    return made


def _tensors(values: Any) -> Any:
    if isinstance(values, v1.SparseTensorValue):
        return tf.SparseTensor(*values)
    if isinstance(values, dict):
        return {name: _tensors(value) for name, value in values.items()}
    return tf.constant(values)


def _parsing_spec(case: Any) -> dict[str, Any]:
    def feature(values: Any) -> Any:
        sparse = isinstance(values, v1.SparseTensorValue)
        kind = (values.values if sparse else values).dtype
        dtype = tf.string if kind.kind in "US" else tf.as_dtype(kind)
        return tf.io.VarLenFeature(dtype) if sparse else _fixed(values, dtype)

    return {name: feature(values) for name, values in batch(case, PREDICT_SEED)[0].items()}


def _fixed(values: Any, dtype: Any) -> Any:
    return tf.io.FixedLenFeature(values.shape[1:], dtype)


def _examples(case: Any) -> list[bytes]:
    """The batch to predict for, as serialized Examples."""
    features, _ = batch(case, PREDICT_SEED)
    count = len(features["x"])
    rows = [{name: _row(values, row) for name, values in features.items()} for row in range(count)]
    return [
        tf.train.Example(features=tf.train.Features(feature=row)).SerializeToString()
        for row in rows
    ]


def _row(values: Any, row: int) -> Any:
    if isinstance(values, v1.SparseTensorValue):
        chosen = values.values[values.indices[:, 0] == row]
    else:
        chosen = np.ravel(values[row])
    if chosen.dtype.kind in "US":
        texts = tf.train.BytesList(value=[str(value).encode() for value in chosen])
        return tf.train.Feature(bytes_list=texts)
    if chosen.dtype.kind == "i":
        return tf.train.Feature(int64_list=tf.train.Int64List(value=chosen))
    return tf.train.Feature(float_list=tf.train.FloatList(value=chosen))


def main() -> None:
    """Reads and writes with ``tf.estimator``."""
    design, numbers, ours, theirs, output = sys.argv[1:]
    cases = json.loads(Path(design).read_text())
    arrays: Arrays = {}
    for index in map(int, numbers.split(",")):
        case = cases[index]
        api = tf.estimator if case["api"] == "v2" else v1.estimator
        found = read(api, case, Path(ours) / str(index), flavours)
        written = write(api, case, Path(theirs) / str(index), flavours)
        arrays |= {f"{index}:read/{name}": value for name, value in found.items()}
        arrays |= {f"{index}:written/{name}": value for name, value in written.items()}
    write_arrays(Path(output), arrays)


if __name__ == "__main__":
    main()
