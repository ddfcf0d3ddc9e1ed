from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.sequence_examples import sequence_examples_dataset, sequence_specs
from trainwright.data.tfrecord import write_records
from trainwright.errors import InvalidArgumentError, SchemaError

tf = pytest.importorskip("tensorflow")

FEATURES = """
feature { name: "c" type: INT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "tags" type: BYTES }
feature {
  name: "##SEQUENCE##" type: STRUCT
  struct_domain {
    feature { name: "s" type: INT }
    feature { name: "t" type: BYTES shape { dim { size: 1 } } }
    feature { name: "old" type: FLOAT deprecated: true }
  }
}
"""
PATH = 'feature_path { step: "##SEQUENCE##" step: "%s" }'


def schema_of(text: str = FEATURES, **representations: str) -> schema_pb2.Schema:
    tensors = "".join(
        f'tensor_representation {{ key: "{name}" value {{ {kind} }} }}'
        for name, kind in representations.items()
    )
    group = f'tensor_representation_group {{ key: "" value {{ {tensors} }} }}' if tensors else ""
    return text_format.Parse(text + group, schema_pb2.Schema())


def record(number: int) -> bytes:
    """c = number; s has so many steps, of 0, 1, 2, ... values; t is absent where it is even."""
    example = tf.train.SequenceExample()
    example.context.feature["c"].int64_list.value.append(number)
    example.context.feature["tags"].bytes_list.value.extend([b"a"] * (number % 3))
    for step in range(number % 5):
        example.feature_lists.feature_list["s"].feature.add().int64_list.value.extend(range(step))
    if number % 2:
        example.feature_lists.feature_list["t"].feature.add().bytes_list.value.append(b"odd")
    return bytes(example.SerializeToString())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("split")
    write_records(folder / "data-0", map(record, range(40)), "GZIP")
    write_records(folder / "data-1", map(record, range(40, 60)), "")
    return str(folder / "*")


def read(files: str, batch_size: int = 8, **options: Any) -> list[Any]:
    schema = options.pop("schema", schema_of())
    return list(sequence_examples_dataset(files, schema, batch_size, num_epochs=1, **options))


def test_context_and_sequences(files: str) -> None:
    batches = read(files, shuffle=False)
    assert [len(batch["c"]) for batch in batches] == [8] * 7 + [4]
    first = batches[0]
    assert sorted(first) == ["c", "s", "t", "tags"]
    assert first["c"].numpy().tolist() == [[n] for n in range(8)]
    assert isinstance(first["tags"], tf.SparseTensor)
    assert isinstance(first["s"], tf.RaggedTensor)
    assert first["s"].shape.as_list() == [8, None, None]
    assert first["s"].to_list() == [[list(range(n)) for n in range(row % 5)] for row in range(8)]
    assert first["t"].to_list() == [[[b"odd"]] if row % 2 else [] for row in range(8)]
    rows = [row for batch in batches for row in batch["s"].to_list()]
    assert rows == [[list(range(n)) for n in range(row % 5)] for row in range(60)]


def test_rows_stay_together_when_shuffled(files: str) -> None:
    def rows(**options: Any) -> list[tuple[int, int]]:
        batches = read(files, 7, drop_final_batch=True, **options)
        assert {len(batch["c"]) for batch in batches} == {7}
        return [
            (int(c), len(s))
            for batch in batches
            for c, s in zip(batch["c"][:, 0], batch["s"].to_list(), strict=True)
        ]

    mixed = rows(seed=1)
    assert mixed == rows(seed=1) != rows(seed=2)
    assert all(steps == number % 5 for number, steps in mixed)
    assert [number for number, _ in mixed] != sorted(number for number, _ in mixed)


def test_a_label(files: str) -> None:
    features, label = read(files, label_key="c")[0]
    assert "c" not in features
    assert label.shape == (8, 1)
    with pytest.raises(InvalidArgumentError, match="label 'd' is none of the features"):
        read(files, label_key="d")


def test_representations_name_the_tensors(files: str) -> None:
    schema = schema_of(
        steps="ragged_tensor { " + PATH % "s" + " row_partition_dtype: INT32 }",
        tags='varlen_sparse_tensor { column_name: "tags" }',
    )
    before = schema.SerializeToString(deterministic=True)
    context, sequences = sequence_specs(schema)
    assert sorted(context) == ["c", "tags"]
    assert sorted(sequences) == ["steps", "t"]
    assert schema.SerializeToString(deterministic=True) == before
    (batch, *_) = read(files, schema=schema, shuffle=False)
    assert batch["steps"].row_splits.dtype == tf.int32
    assert batch["steps"].to_list()[3] == [[], [0], [0, 1]]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (schema_of(x="ragged_tensor { " + PATH % "z" + " }"), "'z', which the schema lacks"),
        (
            schema_of(x="ragged_tensor { " + PATH % "s" + " partition { uniform_row_length: 2 } }"),
            "divides the values of sequence feature 's'",
        ),
        (schema_of(FEATURES.replace('"c"', '"s"')), "'s' is a context feature and a sequence"),
        (schema_of(FEATURES.replace('"s" type: INT', '"s" type: STRUCT')), "'s' is of type STRUCT"),
    ],
)
def test_schemas_that_are_wrong(schema: schema_pb2.Schema, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        sequence_specs(schema)


def test_only_one_kind_of_features(files: str) -> None:
    head, _, tail = FEATURES.partition('feature {\n  name: "##')
    context_only = read(files, schema=schema_of(head))[0]
    assert sorted(context_only) == ["c", "tags"]
    sequences_only = read(files, schema=schema_of('feature {\n  name: "##' + tail))[0]
    assert sorted(sequences_only) == ["s", "t"]
