from __future__ import annotations

import json

from trainwright.events import announce, observing
from trainwright.launcher.recorder import RunRecorder


def test_bad_records_are_counted_in_the_lineage() -> None:
    recorder = RunRecorder()
    with observing(recorder):
        announce.on_warning("something else")
        assert "skipped_records" not in recorder.properties()
        announce.on_skipped_records(2, ["a is damaged", "b is no Example"])
    found = recorder.properties()
    assert found["skipped_records"] == 2
    assert json.loads(str(found["skipped_records/first"])) == ["a is damaged", "b is no Example"]
