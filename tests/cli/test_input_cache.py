"""``trainwright run --input-cache``: later runs read from it, and never what has changed since."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records

SCHEMA = 'feature { name: "x" type: INT presence { min_fraction: 1 } shape { dim { size: 1 } } }'
MODULE = """
import json, os, time
from pathlib import Path
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.public import tfxio

def total(files, fn_args):
    for file in tf.io.gfile.glob(files):
        while os.stat(file).st_ctime > time.time() - 2.5:
            time.sleep(0.1)  # a file as young as that is not cached
    schema = text_format.Parse(Path(fn_args.schema_path).read_text(), schema_pb2.Schema())
    options = tfxio.TensorFlowDatasetOptions(batch_size=64, num_epochs=1, shuffle=False)
    batches = fn_args.data_accessor.tf_dataset_factory(files, options, schema)
    return sum(int(tf.reduce_sum(batch["x"])) for batch in batches)

def run_fn(fn_args):
    sums = [total(files, fn_args) for files in (fn_args.train_files, fn_args.eval_files)]
    Path(fn_args.serving_model_dir).mkdir()
    (Path(fn_args.serving_model_dir) / "sums.json").write_text(json.dumps(sums))
"""


class World:
    """Two splits, and a module that adds up what it reads of them."""

    def __init__(self, root: Path):
        self.root = root
        self.runs = 0
        self.told = ""
        self.write("train", range(500))
        self.write("eval", [1] * 300)
        (root / "schema").mkdir()
        (root / "schema" / "schema.pbtxt").write_text(SCHEMA)
        (root / "module.py").write_text(MODULE)

    def write(self, split: str, values: Sequence[int]) -> None:
        path = self.root / "examples" / f"Split-{split}" / "data.gz"
        write_records(path, encode_examples({"x": list(values)}), "GZIP")

    def run(self) -> list[int]:
        """The sums of both splits, as one more run has read them."""
        self.runs += 1
        command = [sys.executable, "-m", "trainwright", "run", "--no-cache", "--output", "out"]
        command += ["--examples", "examples", "--schema", "schema", "--module-file", "module.py"]
        command += ["--input-cache", "cache", "--train-steps", "1", "--eval-steps", "1"]
        done = subprocess.run(command, cwd=self.root, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        self.told = done.stderr
        model = self.root / "out" / "Trainer" / "model" / str(self.runs)
        sums: list[int] = json.loads((model / "Format-Serving" / "sums.json").read_text())
        return sums

    def entries(self) -> list[Path]:
        return sorted(path.parent for path in (self.root / "cache").glob("*/manifest.json"))


@pytest.mark.slow
def test_later_runs_read_the_cache_but_not_what_has_changed(tmp_path: Path) -> None:
    world = World(tmp_path)
    train, evaluation = sum(range(500)), 300
    assert world.run() == [train, evaluation]
    assert "decoding 1 files into the input cache" in world.told
    entries = world.entries()
    assert len(entries) == 2

    # With the contents of the entries exchanged, who reads them is seen.
    exchange(*(path / "data" for path in entries))
    assert world.run() == [evaluation, train]
    assert "decoding" not in world.told
    assert world.entries() == entries

    world.write("train", [7] * 500)
    world.write("eval", [2] * 300)
    assert world.run() == [7 * 500, 2 * 300]
    assert len(world.entries()) == 2
    assert not set(world.entries()) & set(entries)


def exchange(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
