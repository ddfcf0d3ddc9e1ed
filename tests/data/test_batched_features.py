from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.data.batched_features import batched_features
from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records

tf = pytest.importorskip("tensorflow")

SPEC = {
    "n": tf.io.FixedLenFeature([1], tf.int64),
    "y": tf.io.FixedLenFeature([], tf.float32),
    "words": tf.io.VarLenFeature(tf.string),
}
theirs = tf.data.experimental.make_batched_features_dataset


def gzip_reader(names: Any) -> Any:
    return tf.data.TFRecordDataset(names, compression_type="GZIP")


def every_other(names: Any) -> Any:
    return tf.data.TFRecordDataset(names, "GZIP").shard(2, 0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("split")
    rows = list(
        encode_examples(
            {
                "n": np.arange(30),
                "y": np.arange(30) / 2,
                "words": [[str(n)] * (n % 3) for n in range(30)],
            }
        )
    )
    for shard in range(3):
        write_records(folder / f"data-{shard}.gz", rows[shard * 10 : shard * 10 + 10], "GZIP")
    return str(folder / "data-*")


def batches(dataset: Any) -> list[Any]:
    return [
        tf.nest.map_structure(
            lambda v: (
                tf.sparse.to_dense(v).numpy().tolist()
                if isinstance(v, tf.SparseTensor)
                else v.numpy().tolist()
            ),
            batch,
        )
        for batch in dataset.take(9)
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_epochs": 1},
        {"num_epochs": 2},
        {"num_epochs": None},
        {"num_epochs": 2, "drop_final_batch": True},
        {"num_epochs": 1, "label_key": "y"},
        {"num_epochs": 1, "reader": every_other},
        {"num_epochs": None, "reader": every_other, "reader_num_threads": 1},
        {"num_epochs": 1, "reader_num_threads": 1, "parser_num_threads": 2},
        {"num_epochs": 1, "prefetch_buffer_size": -1},
    ],
)
def test_unshuffled_batches_are_tensorflows(files: str, arguments: dict[str, Any]) -> None:
    arguments = {"reader": gzip_reader, "shuffle": False, **arguments}

    ours = batched_features(files, 7, SPEC, **arguments)
    expected = theirs(files, 7, SPEC, **arguments)

    assert ours is not None
    assert ours.element_spec == expected.element_spec
    assert batches(ours) == batches(expected)


@pytest.mark.parametrize(
    "arguments",
    [
        {"reader": gzip_reader},
        {"reader": every_other},
        {"reader": gzip_reader, "shuffle": False, "sloppy_ordering": True},
    ],
)
def test_batches_in_any_order_hold_the_same_records(files: str, arguments: dict[str, Any]) -> None:
    def counted(dataset: Any) -> Counter[int]:
        return Counter(int(n) for batch in dataset for n in batch["n"].numpy().ravel())

    ours = batched_features(files, 7, SPEC, num_epochs=3, **arguments)
    expected = theirs(files, 7, SPEC, num_epochs=3, **arguments)

    assert ours is not None
    assert counted(ours) == counted(expected)
    assert ours.element_spec == expected.element_spec


def test_readers_arguments(files: str) -> None:
    def reader(names: Any, compression: str, shards: int) -> Any:
        return tf.data.TFRecordDataset(names, compression).shard(shards, 0)

    ours = batched_features(
        files, 50, SPEC, reader, reader_args=["GZIP", 5], num_epochs=1, shuffle=False
    )

    assert ours is not None
    (batch,) = ours
    assert batch["n"].numpy().ravel().tolist() == [0, 5, 10, 15, 20, 25]


@pytest.mark.parametrize(
    "arguments",
    [
        {"shuffle_seed": 1},
        {"shuffle": False, "reader_num_threads": 2},
        {"num_epochs": -1},
        {"num_epochs": 0},
        {"batch_size": 0},
        {"batch_size": tf.constant(7)},
        {"features": {}},
        {"label_key": "z"},
        {"file_pattern": tf.constant("data")},
        {"file_pattern": "nothing-*"},
        {"reader": 3},
        {"reader": dict},
        {"prefetch_buffer_size": 0},
    ],
)
def test_the_rest_is_left_to_tensorflow(files: str, arguments: dict[str, Any]) -> None:
    given = {"file_pattern": files, "batch_size": 7, "features": SPEC, "reader": gzip_reader}

    assert batched_features(**{**given, **arguments}) is None


def test_one_file_has_one_order_however_many_threads_read(files: str) -> None:
    file = files.replace("*", "0.gz")

    assert batched_features(file, 7, SPEC, shuffle=False, reader_num_threads=4) is not None


def test_zlib_is_for_the_callers_reader(tmp_path: Path) -> None:
    import zlib

    plain = tmp_path / "plain"
    write_records(plain, encode_examples({"n": [[1], [2]]}), "")
    (tmp_path / "data").write_bytes(zlib.compress(plain.read_bytes()))

    ours = batched_features(
        str(tmp_path / "data"),
        2,
        {"n": SPEC["n"]},
        lambda names: tf.data.TFRecordDataset(names, "ZLIB"),
        num_epochs=1,
        shuffle=False,
    )

    assert ours is not None
    assert batches(ours) == [{"n": [[1], [2]]}]
