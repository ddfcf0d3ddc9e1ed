from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records

SCHEMA = """
feature { name: "hour" type: INT int_domain { min: 0 max: 23 } }
feature { name: "fare" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for split in ("eval", "train"):
        columns = {"hour": [1, 2, 3], "fare": [1.0, 2.0, 3.0]}
        write_records(tmp_path / "ex" / f"Split-{split}" / "data.gz", encode_examples(columns))
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.pbtxt").write_text(SCHEMA)
    return tmp_path


def test_all_is_well(data: Path, invoke) -> None:
    ended = invoke("validate", data / "ex", "--schema", data / "schema")
    assert ended == (
        0,
        "train: all 3 records of 1 file\neval: all 3 records of 1 file\nno anomalies\n",
        "",
    )


def test_anomalies_in_words(data: Path, invoke) -> None:
    columns = {"hour": [1, 24], "fare": [1.0, None], "\x1b[31m": ["a", "b"]}
    write_records(data / "ex" / "Split-eval" / "data.gz", encode_examples(columns))
    ended = invoke("validate", data / "ex", "--schema", data / "schema")
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[0].split() == ["SPLIT", "WHAT", "IN", "WORDS", "FIRST", "SEEN", "IN"]
    assert "`hour` has values of 24 in 1 of 2 rows; the schema says 0 to 23" in lines[1]
    assert "`fare` is missing in 1 of 2 rows; the schema requires it in all" in lines[2]
    assert lines[2].endswith("data.gz, record 1")
    assert "`\\x1b[31m` is in 2 of 2 rows, but not in the schema" in lines[3]
    assert lines[-1] == "2 anomalies"
    assert "\x1b" not in ended.out
    assert (
        invoke("validate", data / "ex", "--schema", data / "schema", "--split", "train").code == 0
    )


def test_notes_alone_are_no_failure(data: Path, invoke) -> None:
    columns = {"hour": [1], "fare": [1.0], "zip": ["a"]}
    write_records(data / "ex" / "Split-eval" / "data.gz", encode_examples(columns))
    ended = invoke("validate", data / "ex", "--schema", data / "schema", "--json", "--sample", 1)
    assert ended.code == 0
    told = json.loads(ended.out)
    assert told["splits"][0] == {"split": "train", "files": 1, "rows": 1, "all": False}
    assert told["anomalies"][0]["feature"] == "zip"
    assert told["anomalies"][0]["note"] is True


def test_drift(data: Path, invoke) -> None:
    columns = {"hour": [21, 22, 23], "fare": [1.0, 2.0, 3.0]}
    write_records(data / "ex" / "Split-eval" / "data.gz", encode_examples(columns))
    ended = invoke("validate", data / "ex", "--schema", data / "schema", "--drift", "0.5", "--all")
    assert ended.code == 1
    assert "`hour` differs from split train" in ended.out
    assert "fare" not in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ex", "--schema", "nowhere"], 3, "no schema at"),
        (["schema", "--schema", "schema"], 3, "There are no Examples at"),
        (["ex", "--schema", "schema", "--split", "tset"], 3, "have no split 'tset'"),
        (["ex", "--schema", "schema", "--sample", "0"], 2, "0 is not in the range"),
    ],
)
def test_wrong_arguments(
    data: Path, invoke, monkeypatch: pytest.MonkeyPatch, arguments, code: int, message: str
) -> None:
    monkeypatch.chdir(data)
    ended = invoke("validate", *arguments)
    assert ended.code == code
    assert message in ended.err


def test_tensorflow_is_not_imported(data: Path) -> None:
    arguments = ["validate", str(data / "ex"), "--schema", str(data / "schema")]
    code = (
        "import sys; from trainwright.cli.main import main; "
        f"assert main({arguments}) == 0; "
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_rows_of_parquet(data: Path, invoke) -> None:
    path = data / "ex" / "Split-eval" / "data.parquet"
    (data / "ex" / "Split-eval" / "data.gz").unlink()
    pq.write_table(pa.table({"hour": [1, 25], "fare": [1.0, 2.0]}), path)
    asked = ("validate", data / "ex", "--schema", data / "schema", "--split", "eval")
    ended = invoke(*asked)
    assert ended.code == 1
    assert "`hour` has values of 25 in 1 of 2 rows; the schema says 0 to 23" in ended.out
    assert "data.parquet, record 1" in ended.out
    assert ended.out.splitlines()[-2:] == ["eval: all 2 records of 1 file", "1 anomaly"]
    ended = invoke(*asked, "--payload-format", "FORMAT_TF_EXAMPLE")
    assert ended.code == 1
    assert "damaged" in ended.out


def test_sequence_examples_are_known_by_their_schema(data: Path, invoke) -> None:
    (data / "schema" / "schema.pbtxt").write_text(
        'feature { name: "##SEQUENCE##" type: STRUCT struct_domain {'
        ' feature { name: "word" type: BYTES string_domain { value: "a" } } } }'
    )
    words = b"\n\x03\n\x01a", b"\n\x03\n\x01b"  # of two Features with a BytesList each
    steps = b"".join(bytes([0x0A, len(word)]) + word for word in words)
    entry = b"\n\x04word" + bytes([0x12, len(steps)]) + steps
    lists = bytes([0x0A, len(entry)]) + entry
    write_records(data / "ex" / "Split-eval" / "data.gz", [bytes([0x12, len(lists)]) + lists])
    asked = ("validate", data / "ex", "--schema", data / "schema", "--split", "eval", "--json")
    ended = invoke(*asked)
    (anomaly,) = json.loads(ended.out)["anomalies"]
    assert (ended.code, anomaly["feature"], anomaly["kind"], anomaly["record"]) == (
        1,
        "##SEQUENCE##.word",
        "domain",
        0,
    )
    assert "such as 'b'" in anomaly["message"]
