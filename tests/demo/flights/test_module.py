"""The demo's module file, as an example to read and to copy."""

from __future__ import annotations

from trainwright.demo.flights.run import MODULE_FILE

WORDS_OF_THIS_PROJECT_ONLY = 4


def test_is_short_enough_to_read() -> None:
    assert len(MODULE_FILE.read_text().splitlines()) < 170


def test_is_what_a_user_of_tf_estimator_would_write() -> None:
    imports = [
        line
        for line in MODULE_FILE.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]

    ours = [line for line in imports if "trainwright" in line]
    assert len(ours) == WORDS_OF_THIS_PROJECT_ONLY
    assert "from trainwright import estimator as tf_estimator" in ours


def test_defines_the_function_that_the_executor_calls() -> None:
    names: dict[str, object] = {}
    exec(compile(MODULE_FILE.read_text(), str(MODULE_FILE), "exec"), names)

    assert callable(names["trainer_fn"])
    assert "run_fn" not in names
