from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainwright.contract.data_accessor import (
    DatasetOptions,
    RecordBatchesOptions,
    make_data_accessor,
)
from trainwright.data.schema import read_schema
from trainwright.data.tfrecord import write_records
from trainwright.errors import DataError, InvalidArgumentError, SchemaError

GOLDEN = Path(__file__).parents[1] / "data" / "data_view_golden"


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 40, "shuffle_seed": 3, "reader_num_threads": -1},
        SimpleNamespace(batch_size=40, shuffle_seed=3, prefetch_buffer_size=-1, _other=1),
        DatasetOptions(40, shuffle_seed=3),
    ],
)
def test_options_of_any_kind(options: Any) -> None:
    assert DatasetOptions.of(options) == DatasetOptions(batch_size=40, shuffle_seed=3)


def test_options_that_are_wrong() -> None:
    with pytest.raises(InvalidArgumentError, match="no 'batchsize'. Did you mean \"batch_size\""):
        DatasetOptions.of({"batchsize": 40})
    with pytest.raises(InvalidArgumentError, match="need a batch_size"):
        DatasetOptions.of({})


def penguins(shared_data: Path, **options: Any) -> Any:
    factory = make_data_accessor("FORMAT_TF_EXAMPLE", "tfrecords_gzip").tf_dataset_factory
    schema = read_schema(shared_data / "penguin" / "schema")
    files = [str(shared_data / "penguin" / "data" / "Split-eval" / "*")]
    return factory(files, DatasetOptions(**options), schema)


def test_a_dataset_of_one_epoch(shared_data: Path) -> None:
    batches = list(penguins(shared_data, batch_size=7, num_epochs=1, label_key="species"))
    features, label = batches[0]
    assert features["body_mass_g"].shape == label.shape == (7, 1)
    assert "species" not in features
    assert 0 < len(batches[-1][1]) <= 7


def test_options_are_honoured(shared_data: Path) -> None:
    one = penguins(shared_data, batch_size=7, shuffle_seed=5, drop_final_batch=True, num_epochs=1)
    two = penguins(shared_data, batch_size=7, shuffle_seed=5, drop_final_batch=True, num_epochs=1)
    masses = [[b["body_mass_g"].numpy().tolist() for b in dataset] for dataset in (one, two)]
    assert masses[0] == masses[1]
    assert {len(batch) for batch in masses[0]} == {7}
    ordered = penguins(shared_data, batch_size=7, shuffle=False, num_epochs=1)
    assert next(iter(ordered))["body_mass_g"].numpy().tolist() != masses[0][0]


@pytest.mark.parametrize(
    ("payload_format", "file_format"),
    [
        ("FORMAT_PROTO", "parquet"),
        ("FORMAT_TF_EXAMPLE", "parquet"),
        ("FORMAT_TF_SEQUENCE_EXAMPLE", "parquet"),
    ],
)
def test_formats_that_are_not_read(payload_format: str, file_format: str) -> None:
    factory = make_data_accessor(payload_format, file_format).tf_dataset_factory
    with pytest.raises(DataError, match=f"{payload_format} in {file_format} files"):
        factory(["a/*"], DatasetOptions(batch_size=2), object())


def test_records_of_a_proto_need_a_data_view() -> None:
    accessor = make_data_accessor("FORMAT_PROTO", "tfrecords_gzip")
    assert accessor.data_view_decode_fn is None
    with pytest.raises(DataError, match="needs a data view .* data_view_uri"):
        accessor.tf_dataset_factory(["a/*"], {"batch_size": 2})


def test_a_data_view() -> None:
    view = GOLDEN / "kinds"
    accessor = make_data_accessor("FORMAT_PROTO", "tfrecords_gzip", str(view))
    assert accessor.data_view_decode_fn is not None
    assert accessor.data_view_decode_fn([b"1,2"])["label"].numpy().tolist() == [3]
    files = [str(GOLDEN / "examples" / "Split-train" / "*")]
    options = {"batch_size": 4, "num_epochs": 1, "shuffle": False, "label_key": "label"}
    for schema in (None, object()):  # the view says what there is, not the schema
        batches = list(accessor.tf_dataset_factory(files, options, schema))
        assert [len(label) for _, label in batches] == [4, 4, 3]
    other = make_data_accessor("FORMAT_TF_EXAMPLE", "tfrecords_gzip", str(view))
    assert other.data_view_decode_fn is None


def test_a_dataset_needs_a_schema() -> None:
    factory = make_data_accessor("FORMAT_TF_EXAMPLE", "tfrecords_gzip").tf_dataset_factory
    with pytest.raises(SchemaError, match="needs a schema"):
        factory(["a/*"], {"batch_size": 2})


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 50, "num_epochs": 1, "shuffle_seed": 2, "drop_final_batch": True},
        SimpleNamespace(batch_size=50, num_epochs=1, shuffle_seed=2, drop_final_batch=True, _x=1),
        RecordBatchesOptions(50, num_epochs=1, shuffle_seed=2, drop_final_batch=True),
        DatasetOptions(50, num_epochs=1, shuffle_seed=2, drop_final_batch=True, label_key="x"),
    ],
)
def test_record_batches(shared_data: Path, options: Any) -> None:
    factory = make_data_accessor("FORMAT_TF_EXAMPLE", "tfrecords_gzip").record_batch_factory
    assert factory is not None
    schema = read_schema(shared_data / "penguin" / "schema")
    files = [str(shared_data / "penguin" / "data" / "Split-eval" / "*")]
    batches = list(factory(files, options, schema))
    assert {batch.num_rows for batch in batches} == {50}
    assert batches[0].schema.names == [feature.name for feature in schema.feature]
    assert batches == list(factory(files, RecordBatchesOptions.of(options), schema))
    assert batches != list(factory(files, {"batch_size": 50, "num_epochs": 1}, schema))


def test_record_batches_options_that_are_wrong() -> None:
    with pytest.raises(InvalidArgumentError, match="RecordBatchesOptions have no 'label_key'"):
        RecordBatchesOptions.of({"batch_size": 2, "label_key": "x"})
    with pytest.raises(InvalidArgumentError, match="need a batch_size"):
        RecordBatchesOptions.of({})


@pytest.mark.parametrize("payload_format", ["FORMAT_TF_SEQUENCE_EXAMPLE", "FORMAT_PROTO"])
def test_formats_without_record_batches(payload_format: str) -> None:
    factory = make_data_accessor(payload_format, "tfrecords_gzip").record_batch_factory
    assert factory is not None
    with pytest.raises(DataError, match=f"{payload_format} in tfrecords_gzip files"):
        factory(["a/*"], {"batch_size": 2})


class Payload:
    """Three files of 10, 20 and 30 records that hold the numbers from 0 on, in one format."""

    def __init__(self, name: str, root: Path):
        import tensorflow as tf
        from tensorflow_metadata.proto.v0 import schema_pb2

        self.schema = schema_pb2.Schema()
        feature = self.schema.feature.add(name="n", type="INT", presence={"min_fraction": 1})
        feature.shape.dim.add(size=1)
        self.accessor = make_data_accessor(name, "tfrecords_gzip", str(GOLDEN / "kinds"))
        self.label = "label" if name == "FORMAT_PROTO" else "n"
        self.files = [str(root / "*")]
        for count, start in ((10, 0), (20, 10), (30, 30)):
            numbers = range(start, start + count)
            if name == "FORMAT_PARQUET":
                pq.write_table(pa.table({"n": numbers}), root / f"{start:02d}.parquet")
                continue
            int64 = [tf.train.Int64List(value=[n]) for n in numbers]
            features = [tf.train.Features(feature={"n": {"int64_list": v}}) for v in int64]
            records = {
                "FORMAT_TF_EXAMPLE": [tf.train.Example(features=f) for f in features],
                "FORMAT_TF_SEQUENCE_EXAMPLE": [
                    tf.train.SequenceExample(context=f) for f in features
                ],
            }.get(name)
            encoded = [r.SerializeToString() for r in records] if records else None
            write_records(
                root / f"{start:02d}.gz", encoded or [str(n).encode() for n in numbers], "GZIP"
            )

    def batches(self, **options: Any) -> list[list[int]]:
        given = {"batch_size": 8, "num_epochs": 1, "label_key": self.label} | options
        dataset = self.accessor.tf_dataset_factory(self.files, given, self.schema)
        return [label.numpy().reshape(-1).tolist() for _, label in dataset]

    def record_batches(self, **options: Any) -> list[list[int]]:
        assert self.accessor.record_batch_factory is not None
        given = {"batch_size": 8, "num_epochs": 1} | options
        batches = self.accessor.record_batch_factory(self.files, given, self.schema)
        return [batch.column("n").flatten().to_pylist() for batch in batches]


def flat(batches: list[list[int]]) -> list[int]:
    return [number for batch in batches for number in batch]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["FORMAT_TF_EXAMPLE", "FORMAT_TF_SEQUENCE_EXAMPLE", "FORMAT_PARQUET", "FORMAT_PROTO"],
)
def test_every_option_in_every_format(tmp_path: Path, name: str) -> None:
    payload = Payload(name, tmp_path)
    readers = [payload.batches]
    if name in ("FORMAT_TF_EXAMPLE", "FORMAT_PARQUET"):
        readers.append(payload.record_batches)
    for read in readers:
        plain = read(shuffle=False)
        assert [len(batch) for batch in plain] == [8] * 7 + [4]
        assert flat(plain) == list(range(60))
        assert read(shuffle=False, drop_final_batch=True) == plain[:-1]
        assert flat(read(shuffle=False, num_epochs=2)) == [*range(60), *range(60)]

        mixed = read(shuffle_seed=3)
        assert mixed == read(shuffle_seed=3) != read(shuffle_seed=4)
        assert sorted(flat(mixed)) == list(range(60))
        twice = flat(read(shuffle_seed=3, num_epochs=2))
        assert sorted(twice) == sorted([*range(60), *range(60)])
        assert twice[:60] != twice[60:]
        # Among one record there is nothing to mix, but files may come in another order.
        barely = flat(read(shuffle_seed=3, shuffle_buffer_size=1, batch_size=1))
        assert sorted(barely) == list(range(60))

    threads = {"reader_num_threads": 2, "parser_num_threads": 2, "prefetch_buffer_size": 1}
    once = payload.batches(shuffle_seed=3, **threads)
    assert once == payload.batches(shuffle_seed=3, **threads)
    sloppy = payload.batches(shuffle_seed=3, sloppy_ordering=True)
    assert sorted(flat(sloppy)) == list(range(60))
    unlabelled = {"batch_size": 8, "shuffle": False}  # for ever
    dataset = payload.accessor.tf_dataset_factory(payload.files, unlabelled, payload.schema)
    assert len(list(dataset.take(20))) == 20
    assert payload.label in dataset.element_spec


def test_sequence_examples(tmp_path: Path) -> None:
    import tensorflow as tf
    from tensorflow_metadata.proto.v0 import schema_pb2

    example = tf.train.SequenceExample()
    example.feature_lists.feature_list["s"].feature.add().int64_list.value.extend([1, 2])
    write_records(tmp_path / "data.gz", [example.SerializeToString()] * 5)
    schema = schema_pb2.Schema()
    struct = schema.feature.add(name="##SEQUENCE##", type="STRUCT").struct_domain
    struct.feature.add(name="s", type="INT")
    factory = make_data_accessor("FORMAT_TF_SEQUENCE_EXAMPLE", "tfrecords_gzip").tf_dataset_factory
    batches = list(factory([tmp_path / "*"], {"batch_size": 3, "num_epochs": 1}, schema))
    assert [batch["s"].to_list() for batch in batches] == [[[[1, 2]]] * 3, [[[1, 2]]] * 2]


@pytest.mark.parametrize("file_format", ["parquet", "tfrecords_gzip"])
def test_parquet(tmp_path: Path, file_format: str) -> None:
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = schema_pb2.Schema()
    n = schema.feature.add(name="n", type="INT", presence={"min_fraction": 1})
    n.shape.dim.add(size=1)
    schema.feature.add(name="words", type="BYTES")
    table = pa.table({"n": range(10), "words": [["a", "b"]] * 9 + [None]})
    pq.write_table(table, tmp_path / "data.parquet")
    accessor = make_data_accessor("FORMAT_PARQUET", file_format)
    options = {"batch_size": 5, "num_epochs": 1, "shuffle": False}

    *_, last = accessor.tf_dataset_factory(
        [str(tmp_path / "*")], options | {"label_key": "n"}, schema
    )
    assert last[1].numpy().tolist() == [[5], [6], [7], [8], [9]]
    assert last[0]["words"].values.numpy().tolist() == [b"a", b"b"] * 4

    assert accessor.record_batch_factory is not None
    *_, last = accessor.record_batch_factory([str(tmp_path / "*")], options, schema)
    assert last.to_pydict()["words"] == [[b"a", b"b"]] * 4 + [None]

    pq.write_table(table.drop_columns("n"), tmp_path / "more.parquet")
    with pytest.raises(DataError, match="more.parquet lacks the column 'n'.*Its columns: words"):
        accessor.tf_dataset_factory([str(tmp_path / "*")], options, schema)
