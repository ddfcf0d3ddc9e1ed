from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.evaluation_log import EvaluationLog


def metrics(step: int, **more: Any) -> dict[str, Any]:
    return {"loss": np.float32(0.1), "global_step": np.int64(step), **more}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path)


def test_the_very_same_values_come_back(folder: str) -> None:
    given = metrics(
        10,
        auc=np.float64(1 / 3),
        half=np.float16(0.1),
        counts=np.array([[1, 2], [3, 4]], np.int32),
        right=np.bool_(True),
        plain=0.1,
        whole=3,
        endless=np.float32("inf"),
        text="not kept",
    )
    EvaluationLog(folder, "one", None).evaluated(given, 2.00049)
    log = EvaluationLog(folder, "one", None)
    found = log.metrics(10)
    assert found is not None
    assert given.pop("text")
    assert found.keys() == given.keys()
    for name, value in given.items():
        np.testing.assert_array_equal(found[name], value)
        assert type(found[name]) is type(value), name
        assert getattr(found[name], "dtype", None) == getattr(value, "dtype", None)
    assert log.metrics(20) is None
    assert [seconds for seconds, _ in log.all_metrics()] == [2.0]


def test_what_is_no_number_stays_so(folder: str) -> None:
    EvaluationLog(folder, "one", None).evaluated(metrics(1, auc=np.float32("nan")), 1)
    found = EvaluationLog(folder, "one", None).metrics(1)
    assert found is not None
    assert np.isnan(found["auc"])


def test_the_last_of_several_counts_and_their_order_stays(folder: str) -> None:
    log = EvaluationLog(folder, "one", None)
    for step, loss in ((10, 1.0), (20, 2.0), (10, 3.0)):
        log.evaluated(metrics(step, mae=loss), 1)
    again = EvaluationLog(folder, "one", None)
    assert [found["mae"] for _, found in again.all_metrics()] == [1.0, 2.0, 3.0]
    found = again.metrics(10)
    assert found is not None
    assert found["mae"] == 3.0


def test_other_trainings_and_other_names_do_not_count(folder: str) -> None:
    EvaluationLog(folder, "one", "a").evaluated(metrics(10), 1)
    assert EvaluationLog(folder, "two", "a").metrics(10) is None
    assert EvaluationLog(folder, "one", "b").metrics(10) is None
    assert EvaluationLog(folder, "one", None).metrics(10) is None
    assert EvaluationLog(folder, None, "a").metrics(10) is not None  # to be read only
    # A new training begins a new log.
    EvaluationLog(folder, "two", "a").evaluated(metrics(20), 1)
    assert EvaluationLog(folder, "one", "a").metrics(10) is None
    # Names of one training share it.
    EvaluationLog(folder, "two", "b").evaluated(metrics(20), 1)
    assert EvaluationLog(folder, "two", "a").metrics(20) is not None


def whole() -> dict[str, Any]:
    entry = {"name": None, "step": 10, "seconds": 1.0, "metrics": {}, "exports": {}}
    return {"training": "one", "evaluations": [entry]}


def damaged() -> dict[str, bytes]:
    text = json.dumps(whole())
    nameless, spoiled = whole(), whole()
    del nameless["evaluations"][0]["step"]
    spoiled["evaluations"][0]["metrics"] = {"loss": 0.5}
    return {
        "empty": b"",
        "torn": text[:-5].encode(),
        "no text": b"\x80\x81",
        "a list": b"[1]",
        "no training": b'{"evaluations": []}',
        "no evaluations": b'{"training": "one"}',
        "an entry without its step": json.dumps(nameless).encode(),
        "metrics of another kind": json.dumps(spoiled).encode(),
    }


@pytest.mark.parametrize("case", damaged())
def test_a_damaged_file_is_an_error_that_names_it(folder: str, case: str) -> None:
    path = Path(folder) / "evaluations.json"
    path.write_bytes(damaged()[case])
    with pytest.raises(CheckpointError) as caught:
        EvaluationLog(folder, "one", None)
    assert f"{path} is damaged" in caught.value.message
    assert "Remove it" in str(caught.value.hint)


def test_what_later_versions_add_is_kept(folder: str) -> None:
    later = whole()
    later["evaluations"][0]["moon_phase"] = "full"
    path = Path(folder) / "evaluations.json"
    path.write_text(json.dumps(later))
    EvaluationLog(folder, "one", None).evaluated(metrics(20), 1)
    first, second = json.loads(path.read_text())["evaluations"]
    assert first["moon_phase"] == "full"
    assert second["step"] == 20


def test_a_full_disk_leaves_what_was_logged(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EvaluationLog(folder, "one", None)
    log.evaluated(metrics(10), 1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            log.evaluated(metrics(20), 1)
    again = EvaluationLog(folder, "one", None)
    assert again.metrics(10) is not None
    assert again.metrics(20) is None


def export(folder: str, name: str, *stamps: str) -> None:
    for stamp in stamps:
        (Path(folder) / "export" / name / stamp).mkdir(parents=True)


def exported(folder: str, name: str) -> list[str]:
    return sorted(path.name for path in (Path(folder) / "export" / name).iterdir())


def test_exports_that_were_interrupted_are_removed_and_no_others(folder: str) -> None:
    log = EvaluationLog(folder, "one", None)
    log.evaluated(metrics(10), 1)
    export(folder, "best", "100")
    export(folder, "mine", "100")
    assert log.exports(10, final=False) is None
    log.exporting(10, False, ["best", "final"])
    assert exported(folder, "best") == ["100"]
    export(folder, "best", "200", "temp-300")
    export(folder, "final", "200")
    export(folder, "mine", "200")  # of nobody who was asked

    again = EvaluationLog(folder, "one", None)  # after the process was killed
    assert again.exports(10, final=False) is None
    again.exporting(10, False, ["best", "final"])
    assert exported(folder, "best") == ["100"]
    assert exported(folder, "final") == []
    assert exported(folder, "mine") == ["100", "200"]


def test_an_evaluation_may_be_written_with_what_is_exported_after_it(folder: str) -> None:
    log = EvaluationLog(folder, "one", None)
    log.evaluated(metrics(10), 1, write=False)
    assert EvaluationLog(folder, "one", None).metrics(10) is None
    log.exporting(10, False, [])
    assert EvaluationLog(folder, "one", None).metrics(10) == metrics(10)


def test_what_exporters_returned_is_known_for_each_stage(folder: str) -> None:
    log = EvaluationLog(folder, "one", None)
    log.evaluated(metrics(10), 1)
    log.exported(10, False, [b"/out/1\xff", "/out/2", None])
    again = EvaluationLog(folder, "one", None)
    assert again.exports(10, final=False) == [
        b"/out/1\xff".decode(errors="surrogateescape"),
        "/out/2",
        None,
    ]
    assert again.exports(10, final=True) is None
    # Without an evaluation there is nothing to note.
    again.exported(20, False, ["/out/3"])
    again.exporting(20, False, ["best"])
    assert again.exports(20, final=False) is None
