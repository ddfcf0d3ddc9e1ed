"""What users, files and databases call things never acts on a terminal; passwords stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records

ESCAPE = "\x1b[31mred\x1b[0m"
SPELLINGS = ("ge heim@#1", "ge%20heim%40%231", "heim@#1", "heim%40%231")
URL = "postgresql+psycopg://somebody:ge%20heim%40%231@127.0.0.1:1/lineage"


@pytest.fixture
def data(tmp_path: Path, invoke) -> Path:
    rows = [f"{n % 2},{ESCAPE} {n % 3},{n / 7}" for n in range(60)]
    (tmp_path / "a.csv").write_text("\n".join([f"label,{ESCAPE},size", *rows]))
    ended = invoke("ingest", tmp_path / "a.csv", "-o", tmp_path / "data")
    assert ended.code == 0, ended.err
    assert "red" in ended.out
    assert "\x1b" not in ended.out + ended.err
    return tmp_path / "data"


def test_columns_and_values(data: Path, invoke) -> None:
    schema = data / "schema"
    for number, label in enumerate(("label", ESCAPE)):
        module = data / f"module_{number}.py"
        ended = invoke("init", "-o", module, "--schema", schema, "--label", label)
        assert ended.code == 0
        assert "\x1b" not in ended.out + ended.err + module.read_text()
        ended = invoke("init", "-o", module, "--schema", schema, "--label", f"{label}?")
        assert ended.code == 2
        assert "\x1b" not in ended.out + ended.err
    records = encode_examples({ESCAPE: ["a"], "label": [3]})
    write_records(data / "examples" / f"Split-{ESCAPE}" / f"{ESCAPE}.gz", records)
    for options in ([], ["--json"], ["--drift", "0.01"]):
        ended = invoke("validate", data / "examples", "--schema", schema, *options)
        assert ended.code == 1
        assert "red" in ended.out
        assert "\x1b" not in ended.out + ended.err
    ended = invoke("validate", data / "examples", "--schema", schema, "--split", f"x{ESCAPE}")
    assert ended.code == 3
    assert "\x1b" not in ended.err


@pytest.mark.parametrize(
    "command",
    [
        ["runs"],
        ["runs", "--json"],
        ["show", "latest"],
        ["compare", "1", "2"],
        ["lineage", "1"],
        ["gc"],
        ["gc", "--delete"],
        ["run", "--examples", "x", "--module-file", "x.py", "--output", "out"],
    ],
    ids=" ".join,
)
def test_passwords_in_no_command(
    command: list[str], invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.chdir(tmp_path)
    Path("x.py").write_text("def run_fn(fn_args): ...\n")
    more = ["--train-steps", "1", "--eval-steps", "1"] if command[0] == "run" else []
    for place in (["-v", *command], [*command, "--verbose"]):
        ended = invoke(*place, *more, "--metadata", URL)
        assert ended.code == 9, ended.err
        assert "127.0.0.1" in ended.err
        for text in (ended.out, ended.err, caplog.text):
            assert not [spelling for spelling in SPELLINGS if spelling in text]
