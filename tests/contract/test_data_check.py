from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainwright.contract.data_check import check_data, tolerating_bad_records
from trainwright.data.example_proto import encode_examples
from trainwright.data.input_settings import InputSettings, input_settings, using_input
from trainwright.data.tfrecord import write_records
from trainwright.errors import CorruptRecordError, DataError, InvalidArgumentError, SchemaError
from trainwright.events import RunObserver, observing

SCHEMA = """
feature { name: "x" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "n" type: INT int_domain { min: 0 max: 9 } }
"""


class World:
    def __init__(self, root: Path):
        self.root = root
        self.schema = root / "schema" / "schema.pbtxt"
        self.graph: str | None = None
        self.warnings: list[str] = []
        self.write(x=[1.0, 2.0], n=[1, 2])
        self.write_schema(SCHEMA)

    def write(self, split: str = "train", **columns: Any) -> Path:
        path = self.root / f"Split-{split}" / "data.gz"
        write_records(path, encode_examples(columns))
        return path

    def write_schema(self, text: str, folder: str = "schema") -> Path:
        path = self.root / folder / "schema.pbtxt"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
        return path

    def check(self, payload: str = "FORMAT_TF_EXAMPLE") -> list[str]:
        patterns = [f"{folder}/*" for folder in sorted(self.root.glob("Split-*"))]
        heard: list[str] = []

        class Hearing(RunObserver):
            def on_warning(self, message: str) -> None:
                heard.append(message)

        with observing(Hearing()):
            check_data(patterns, payload, str(self.schema), self.graph)
        return heard


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_all_is_well(world: World) -> None:
    assert world.check() == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": pa.array([1.0, None]), "n": [1, 2]}, "`x` is missing in 1 of 2 rows"),
        ({"x": [1, 2], "n": [1, 2]}, r"`x` holds integers in 2 of 2 rows.*data\.gz, record 0\)"),
        ({"x": pa.array([[1.0], [1.0, 2.0]])}, "`x` has 2 values in 1 of 2 rows"),
        ({"x": [1.0], "n": ["a"]}, "`n` holds texts in 1 of 1 row; the schema says integers"),
    ],
)
def test_what_cannot_be_parsed_is_an_error(world: World, columns: Any, message: str) -> None:
    world.write("eval", **columns)
    with pytest.raises(DataError, match=f"in split eval, {message}") as caught:
        world.check()
    assert "--no-data-check" in str(caught.value)
    with using_input(InputSettings(data_check=False)):
        assert world.check() == []
    # Such records are skipped, and counted, when they are come to.
    with using_input(InputSettings(max_bad_records=1)):
        assert len(world.check()) == 1


def test_what_can_be_parsed_is_a_warning(world: World) -> None:
    world.write(x=[1.0, 2.0], n=[-1, 10])
    assert world.check() == [
        "In split train, `n` has values of from -1 to 10 in 2 of 2 rows; the schema says 0 to 9."
    ]


def test_a_few_warnings_are_shown(world: World) -> None:
    for number in range(5):
        world.write(f"{number}", x=[1.0], n=[10])
    heard = world.check()
    assert len(heard) == 4
    assert heard[-1] == "2 more differ from the schema: `trainwright validate` shows all."


def test_damage_is_told(world: World) -> None:
    path = world.write("eval", x=[1.0] * 50, n=[1] * 50)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(CorruptRecordError, match="is truncated"):
        world.check()
    with using_input(InputSettings(max_bad_records=1)):
        world.check()


def test_other_payloads_are_left_alone(world: World) -> None:
    world.write("eval", x=["a"])
    assert world.check("FORMAT_PROTO") == []


def test_a_schema_of_other_data_is_a_warning(world: World) -> None:
    world.write(y=[1.0])
    assert ["none of the features" in message for message in world.check()] == [True]


def test_transformed_examples_have_the_schema_of_their_graph(world: World) -> None:
    world.write_schema('feature { name: "x_xf" type: INT }', "graph/transformed_metadata")
    world.graph = str(world.root / "graph")
    assert world.check() == []
    world.write(x_xf=[1, 2])
    assert world.check() == []
    world.write(x_xf=["a"])
    with pytest.raises(DataError, match="`x_xf` holds texts"):
        world.check()


def test_transformed_examples_may_have_the_names_of_the_raw_ones(world: World) -> None:
    world.write_schema('feature { name: "x" type: BYTES } feature { name: "n" type: INT }')
    with pytest.raises(DataError, match="`x` holds"):
        world.check()
    world.write_schema(SCHEMA, "graph/transformed_metadata")
    world.graph = str(world.root / "graph")
    assert world.check() == []
    world.write_schema('feature { name: "x" type: BYTES }', "graph/transformed_metadata")
    with pytest.raises(DataError, match="`x` holds"):
        world.check()


def test_many_files(world: World) -> None:
    folder = world.root / "Split-train"
    for number in range(40):
        write_records(folder / f"{number:02}", encode_examples({"x": [1.0], "n": [number]}), "")
    (message,) = world.check()
    assert "of 16 rows" in message


def test_a_broken_schema(world: World) -> None:
    world.write_schema("feature { nme: 3 }")
    with pytest.raises(SchemaError, match="is not a Schema"):
        world.check()


@pytest.mark.parametrize(("limit", "count"), [(None, 3), (5, 5), ("7", 7), (0, 0)])
def test_the_limit_of_bad_records(limit: Any, count: int) -> None:
    with using_input(InputSettings(max_bad_records=3)), tolerating_bad_records(limit):
        assert input_settings().max_bad_records == count


@pytest.mark.parametrize("limit", [-1, True, "many", 1.5])
def test_a_wrong_limit(limit: Any) -> None:
    with (
        pytest.raises(InvalidArgumentError, match="max_bad_records must be an int of 0 or more"),
        tolerating_bad_records(limit),
    ):
        pass


def test_rows_of_parquet_are_checked(world: World) -> None:
    for split, values in (("train", [1, 2]), ("eval", [3, None])):
        path = world.root / f"Split-{split}" / "data.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"x": values, "n": [1, 10]}), path)
    (world.root / "Split-train" / "data.gz").unlink()
    with pytest.raises(DataError, match=r"in split eval, `x` is missing.*\.parquet, record 1\)"):
        world.check("FORMAT_PARQUET")
    pq.write_table(pa.table({"x": [1]}), world.root / "Split-eval" / "data.parquet")
    assert world.check("FORMAT_PARQUET") == [
        "In split train, `n` has values of 10 in 1 of 2 rows; the schema says 0 to 9."
    ]


def test_sequence_examples_are_checked(world: World) -> None:
    import tensorflow as tf

    def record(values: list[int]) -> bytes:
        steps = [tf.train.Feature(int64_list=tf.train.Int64List(value=[v])) for v in values]
        lists = {"at": tf.train.FeatureList(feature=steps)}
        return tf.train.SequenceExample(
            feature_lists=tf.train.FeatureLists(feature_list=lists)
        ).SerializeToString()

    world.write_schema(
        'feature { name: "##SEQUENCE##" type: STRUCT struct_domain {'
        ' feature { name: "at" type: INT int_domain { max: 9 } } } }'
    )
    write_records(world.root / "Split-train" / "data.gz", [record([1, 2]), record([3, 40])])
    assert world.check("FORMAT_TF_SEQUENCE_EXAMPLE") == [
        "In split train, `##SEQUENCE##.at` has values of 40 in 1 of 2 rows; the schema says minus "
        "infinity to 9."
    ]
    world.write_schema(world.schema.read_text().replace("INT int_domain { max: 9 }", "FLOAT"))
    message = r"`##SEQUENCE##\.at` holds integers in 2 of 2 rows.*data\.gz, record 0\)"
    with pytest.raises(DataError, match=message):
        world.check("FORMAT_TF_SEQUENCE_EXAMPLE")
