from __future__ import annotations

import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.example_proto import encode_examples
from trainwright.data.record_batches import arrow_schema, decode_examples, record_batches
from trainwright.data.schema import read_schema
from trainwright.data.tfrecord import write_records
from trainwright.errors import DataError, InvalidArgumentError, SchemaError

COLUMNS: dict[str, Any] = {
    "i": pa.array([[1, 2], [], None]),
    "f": pa.array([[0.5], None, None]),
    "b": pa.array([[b"x"], None, [b"y", b"z"]]),
    "extra": pa.array([7, None, None]),
}
INT, FLOAT, BYTES = (pa.large_list(kind) for kind in (pa.int64(), pa.float32(), pa.large_binary()))


def schema_of(**types: str) -> schema_pb2.Schema:
    schema = schema_pb2.Schema()
    for name, type_ in types.items():
        schema.feature.add(name=name, type=type_)
    return schema


def test_columns_of_a_schema() -> None:
    # What tfx_bsl 1.15 makes of the same rows; see also the test of real data below.
    columns = arrow_schema(schema_of(i="INT", f="FLOAT", b="BYTES", gone="INT"))
    batch = decode_examples(list(encode_examples(COLUMNS)), columns)
    assert batch.schema.names == ["i", "f", "b", "gone"]
    assert batch.schema.types == [INT, FLOAT, BYTES, INT]
    assert batch.to_pydict() == {
        "i": [[1, 2], [], None],
        "f": [[0.5], None, None],
        "b": [[b"x"], None, [b"y", b"z"]],
        "gone": [None, None, None],
    }


def test_columns_without_a_schema() -> None:
    batch = decode_examples(list(encode_examples(COLUMNS)))
    assert batch.schema.names == ["b", "extra", "f", "i"]
    assert batch.schema.types == [BYTES, INT, FLOAT, INT]
    assert batch.column("extra").to_pylist() == [[7], None, None]


def test_a_feature_without_values_has_no_type() -> None:
    # Features { feature { key: "a" value {} } }, which says neither which kind of values.
    row = b"\x0a\x07\x0a\x05\x0a\x01a\x12\x00"
    assert decode_examples([row]).schema.types == [pa.null()]


def test_values_of_another_type() -> None:
    rows = list(encode_examples(COLUMNS))
    with pytest.raises(DataError, match="Feature 'i' has values in its int64_list, but.*float"):
        decode_examples(rows, arrow_schema(schema_of(i="FLOAT")))
    mixed = [*rows, *encode_examples({"i": [0.5]})]
    with pytest.raises(DataError, match="Feature 'i' has values in its float_list"):
        decode_examples(mixed)


def test_what_is_no_example() -> None:
    with pytest.raises(DataError, match="3 bytes is not a tf.train.Example.*payload_format"):
        decode_examples([b"\xff\xff\xff"])


def test_a_schema_with_structs() -> None:
    with pytest.raises(SchemaError, match="'s' is of type STRUCT"):
        arrow_schema(schema_of(s="STRUCT"))


@pytest.fixture
def files(tmp_path: Path) -> str:
    rows = list(encode_examples({"n": list(range(100))}))
    for shard, compression in enumerate(("GZIP", "")):
        own = rows[shard * 50 : (shard + 1) * 50]
        write_records(tmp_path / f"data-{shard}", own, compression)  # type: ignore[arg-type]
    return str(tmp_path / "*")


def numbers(files: str, batch_size: int = 30, **options: Any) -> list[list[int]]:
    batches = record_batches(files, batch_size, schema_of(n="INT"), num_epochs=1, **options)
    return [[row[0] for row in batch.column("n").to_pylist()] for batch in batches]


def test_the_order(files: str) -> None:
    assert list(chain(*numbers(files, shuffle=False))) == list(range(100))
    mixed = numbers(files, seed=3)
    assert mixed == numbers(files, seed=3) != numbers(files, seed=4)
    assert sorted(chain(*mixed)) == list(range(100))


def test_batches_and_epochs(files: str) -> None:
    assert [len(batch) for batch in numbers(files)] == [30, 30, 30, 10]
    assert [len(batch) for batch in numbers(files, drop_final_batch=True)] == [30, 30, 30]
    two = record_batches(files, 80, num_epochs=2)
    assert [batch.num_rows for batch in two] == [80, 80, 40]
    forever = record_batches(files, 80)
    assert [next(forever).num_rows for _ in range(5)] == [80] * 5


def test_not_while_a_graph_is_built(files: str) -> None:
    tf = pytest.importorskip("tensorflow")
    with tf.Graph().as_default(), pytest.raises(InvalidArgumentError, match="in trainer_fn"):
        numbers(files)


def test_mistakes_are_told_at_once(files: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="batch_size must be an int of 1 or more"):
        record_batches(files, 0)
    with pytest.raises(DataError, match="No file matches"):
        record_batches(tmp_path / "absent*", 2)


@pytest.mark.oracle
def test_as_tfx_bsl_reads_the_taxi_data(
    shared_data: Path, oracle_python: str, tmp_path: Path
) -> None:
    script = Path(__file__).parents[1] / "oracle" / "read_record_batches.py"
    taxi = shared_data / "taxi"
    files = str(taxi / "examples" / "Split-eval" / "*")
    subprocess.run(
        [oracle_python, str(script), files, str(taxi / "schema"), str(tmp_path / "theirs")],
        check=True,
        capture_output=True,
    )
    theirs = pa.ipc.open_file(tmp_path / "theirs").read_all()
    ours = record_batches(files, 500, read_schema(taxi / "schema"), num_epochs=1, shuffle=False)
    assert pa.Table.from_batches(ours).equals(theirs)
