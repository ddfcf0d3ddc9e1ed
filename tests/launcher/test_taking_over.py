from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.launcher import launch
from trainwright.launcher.taking_over import newest_step
from trainwright.lineage import LineageStore, get_run


def failing(error: BaseException):
    """Writes a checkpoint, and fails."""

    def body(inputs, outputs, properties) -> None:
        run = Path(outputs["model_run"][0].uri)
        (run / "model.ckpt-40.index").write_text("weights")
        (run / "checkpoint").write_text(f'model_checkpoint_path: "{run}/model.ckpt-40"\n')
        (run / ".half.tmp").write_text("half")
        raise error

    return staticmethod(body)


@pytest.mark.parametrize("fresh", [False, True])
def test_the_same_run_goes_on(launching, scripted, good_body, fresh: bool) -> None:
    scripted.body = failing(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        launch(launching.cacheable())
    seen = []

    def body(inputs, outputs, properties) -> None:
        seen.append(sorted(path.name for path in Path(outputs["model_run"][0].uri).iterdir()))
        good_body(inputs, outputs, properties)

    scripted.body = staticmethod(body)
    result = launch(launching.cacheable(fresh=fresh))
    resumed = {name: result.properties.get(f"resumed_{name}") for name in ("from", "step")}
    if fresh:
        assert seen == [[]]
        assert resumed == {"from": None, "step": None}
        return
    assert seen[0][:2] == ["checkpoint", "model.ckpt-40.index"]
    assert ".half.tmp" not in seen[0]
    assert resumed == {"from": 1, "step": 40}
    state = launching.root / "Trainer" / "model_run" / "2" / "checkpoint"
    assert state.read_text() == 'model_checkpoint_path: "model.ckpt-40"\n'
    assert not (launching.root / "Trainer" / ".working" / "1").exists()
    assert get_run(LineageStore.open(launching.metadata), 2).execution.state.name == "COMPLETE"


def test_the_step_of_the_newest_checkpoint(tmp_path: Path) -> None:
    assert newest_step(tmp_path) is None
    for name, step in (("a", 20), ("b", 300)):
        (tmp_path / name).mkdir()
        text = f'model_checkpoint_path: "model.ckpt-{step}"\nall_model_checkpoint_paths: "x-900"\n'
        (tmp_path / name / "checkpoint").write_text(text)
    assert newest_step(tmp_path) == 300
