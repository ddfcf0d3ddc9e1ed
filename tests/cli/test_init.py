from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest

from trainwright.cli.main import main


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "homes.csv"
    rows = [f"{n},{n % 3},{'yes' if n % 2 else 'no'}" for n in range(200)]
    path.write_text("\n".join(["size,floor,sold", *rows]))
    assert main(["ingest", str(path), "-o", str(tmp_path / "data")]) == 0
    return tmp_path / "data"


@pytest.mark.parametrize("style", ["estimator", "keras"])
def test_writes_a_module_and_says_what_next(
    data: Path, style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = data.parent / "module.py"
    capsys.readouterr()

    arguments = ["-o", str(module), "--schema", f"{data}/schema", "--label", "sold"]
    code = main(["init", *arguments, "--style", style])

    out = capsys.readouterr().out
    assert code == 0
    functions = [n.name for n in ast.parse(module.read_text()).body if hasattr(n, "name")]
    assert functions[-1] == ("trainer_fn" if style == "estimator" else "run_fn")
    assert "one of two" in out
    assert f"--examples {data}/examples" in out
    assert f"the statistics in {data}/statistics" in out


def test_without_statistics_the_first_examples_tell(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(data / "statistics")
    module = data.parent / "module.py"

    assert main(["init", "-o", str(module), "--schema", f"{data}/schema", "--label", "sold"]) == 0

    assert "the first 160 examples of" in capsys.readouterr().out
    assert '"size": ' in module.read_text()
    assert "(0.0, 1.0)" not in module.read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--label": "solt"}, 'Did you mean "sold"?'),
        ({"--schema": "nowhere"}, "There is no schema at nowhere"),
        ({"--statistics": "nowhere"}, "There are no statistics at nowhere"),
        ({"-o": "."}, ". is there already"),
        ({"-o": "keras.py"}, "imported in place of the module 'keras'"),
        ({"-o": "x/random.py"}, "imported in place of the module 'random'"),
    ],
)
def test_wrong_arguments(
    data: Path, changes: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"-o": str(data / "m.py"), "--schema": f"{data}/schema", "--label": "sold"}

    code = main(["init", *(part for pair in {**arguments, **changes}.items() for part in pair)])

    assert code != 0
    assert message in capsys.readouterr().err
    assert not (data / "m.py").exists()


def test_a_file_is_not_replaced_unless_asked(data: Path) -> None:
    module = data / "m.py"
    module.write_text("mine")
    arguments = ["init", "-o", str(module), "--schema", f"{data}/schema", "--label", "sold"]

    assert main(arguments) == 2
    assert module.read_text() == "mine"
    assert main([*arguments, "--overwrite"]) == 0
    assert module.read_text() != "mine"


def test_the_label_by_the_name_of_its_column(tmp_path: Path) -> None:
    path = tmp_path / "homes.csv"
    path.write_text("\n".join(["size,is sold?", *(f"{n},{n % 2}" for n in range(200))]))
    assert main(["ingest", str(path), "-o", str(tmp_path / "data")]) == 0
    module = tmp_path / "module.py"

    arguments = ["-o", str(module), "--schema", f"{tmp_path}/data/schema"]
    assert main(["init", *arguments, "--label", "is sold?"]) == 0

    assert 'LABEL = "is_sold"' in module.read_text()
