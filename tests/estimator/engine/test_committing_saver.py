from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.engine import committing_saver
from trainwright.estimator.engine.committing_saver import CommittingSaver, files_of

v1 = tf.compat.v1


class Model:
    """One variable, a session, and savers of it."""

    def __init__(self, folder: Path, session: Any, variable: Any):
        self.folder = folder
        self.session = session
        self.variable = variable
        self.step = v1.train.get_or_create_global_step()

    def saver(self, **options: Any) -> CommittingSaver:
        return CommittingSaver([self.variable], **options)

    def save(self, saver: CommittingSaver, step: int) -> Any:
        self.variable.load(float(step), self.session)
        return saver.save(self.session, self.prefix, global_step=step, write_meta_graph=False)

    @property
    def prefix(self) -> str:
        return str(self.folder / "model.ckpt")

    def checkpoints(self) -> list[int]:
        return sorted(int(path.stem.rpartition("-")[2]) for path in self.folder.glob("*.index"))

    def latest(self) -> str | None:
        return tf.train.latest_checkpoint(str(self.folder))

    def restored(self, path: str) -> float:
        CommittingSaver([self.variable]).restore(self.session, path)
        return float(self.session.run(self.variable))


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Model]:
    with tf.Graph().as_default() as graph:
        variable = v1.get_variable("x", [], use_resource=True)
        made = Model(tmp_path, None, variable)
        made.saver()  # it adds to the graph
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            made.session = session
            yield made


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_tensorflow_finds_and_reads_what_was_committed(model: Model) -> None:
    saver = model.saver(max_to_keep=2)
    for step in (1, 2, 3):
        assert model.save(saver, step) == f"{model.prefix}-{step}"
    assert model.latest() == f"{model.prefix}-3"
    assert model.checkpoints() == [2, 3]
    state = tf.train.get_checkpoint_state(str(model.folder))
    assert list(state.all_model_checkpoint_paths) == [f"{model.prefix}-{n}" for n in (2, 3)]
    assert state.all_model_checkpoint_timestamps[0] <= state.all_model_checkpoint_timestamps[1]
    assert model.restored(f"{model.prefix}-2") == 2.0


def test_a_directory_may_be_moved(model: Model, tmp_path: Path) -> None:
    model.folder = tmp_path / 'of "quotes" \\ and spaces'
    model.folder.mkdir()
    model.save(model.saver(), 7)
    model.folder = model.folder.rename(tmp_path / "elsewhere")
    assert model.latest() == f"{model.prefix}-7"


def test_what_was_restored_is_not_written_again(model: Model) -> None:
    model.save(model.saver(), 5)
    saver = model.saver()
    saver.restore(model.session, f"{model.prefix}-5")
    before = {path: path.stat().st_mtime_ns for path in model.folder.iterdir()}
    assert model.save(saver, 5) == f"{model.prefix}-5"
    assert {path: path.stat().st_mtime_ns for path in model.folder.iterdir()} == before
    # Once only: later it may be another training's.
    model.save(saver, 6)
    assert model.save(saver, 5) == f"{model.prefix}-5"
    assert model.latest() == f"{model.prefix}-5"


def test_the_step_may_be_a_tensor(model: Model) -> None:
    step = v1.placeholder_with_default(tf.constant(4, tf.int64), [])
    saver = model.saver()
    written = saver.save(model.session, model.prefix, step, write_meta_graph=False)
    assert written == f"{model.prefix}-4"


@pytest.mark.parametrize("fails", ["sync_files", "write_whole"])
def test_a_full_disk_leaves_the_last_good_one(
    model: Model, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    saver = model.saver(max_to_keep=1)
    model.save(saver, 1)
    with monkeypatch.context() as patch:
        patch.setattr(committing_saver, fails, full)
        with pytest.raises(OSError, match="No space left"):
            model.save(saver, 2)
    assert model.latest() == f"{model.prefix}-1"
    assert model.restored(f"{model.prefix}-1") == 1.0
    # There is room again: nothing is in its way, and nothing stays behind.
    model.save(saver, 3)
    assert model.latest() == f"{model.prefix}-3"
    assert 1 not in model.checkpoints()


def test_what_tensorflow_cannot_write_is_not_named(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver = model.saver()
    model.save(saver, 1)

    def fail(self: Any, *arguments: Any, **options: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(v1.train.Saver, "save", fail)
        with pytest.raises(tf.errors.ResourceExhaustedError):
            model.save(saver, 2)
    assert model.latest() == f"{model.prefix}-1"


def test_files_of_a_checkpoint_are_its_own(tmp_path: Path) -> None:
    names = ["model.ckpt-1.index", "model.ckpt-1.state", "model.ckpt-10.index", "other"]
    for name in names:
        (tmp_path / name).write_text("x")
    own = files_of(str(tmp_path / "model.ckpt-1"))
    assert own == [str(tmp_path / name) for name in names[:2]]
    assert files_of(str(tmp_path / "absent" / "model.ckpt-1")) == []


def test_what_lies_beside_goes_with_a_checkpoint(model: Model) -> None:
    saver = model.saver(max_to_keep=1)
    model.save(saver, 1)
    (model.folder / "model.ckpt-1.state").write_text("{}")
    model.save(saver, 2)
    assert not list(model.folder.glob("model.ckpt-1.*"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of open files are needed")
def test_what_lies_beside_is_on_disk_before_a_checkpoint_is_named(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed = []
    flush = os.fsync

    def noted(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    (model.folder / "model.ckpt-1.state").write_text("{}")
    model.save(model.saver(), 1)
    assert "model.ckpt-1.state" in flushed[: flushed.index(".checkpoint.tmp")]


def test_some_are_kept_for_good(model: Model) -> None:
    saver = model.saver(max_to_keep=1, keep_checkpoint_every_n_hours=0)
    for step in (1, 2, 3):
        model.save(saver, step)
    assert model.checkpoints() == [1, 2, 3]
    assert model.latest() == f"{model.prefix}-3"


def test_all_may_be_kept(model: Model) -> None:
    saver = model.saver(max_to_keep=None)
    for step in range(7):
        model.save(saver, step)
    assert model.checkpoints() == list(range(7))


class TestGraphs:
    """The graph beside a checkpoint."""

    def save(self, model: Model, saver: CommittingSaver, step: int) -> bytes:
        written = saver.save(model.session, model.prefix, global_step=step)
        return Path(f"{written}.meta").read_bytes()

    def exported(self, model: Model, saver: CommittingSaver) -> bytes:
        path = str(model.folder / "exported")
        with model.session.graph.as_default():
            definition = saver.export_meta_graph(path)
        assert definition.graph_def.node
        return Path(path).read_bytes()

    @pytest.fixture
    def described(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Files that a graph was written to, other than as a copy."""
        paths = []
        export = v1.train.Saver.export_meta_graph

        def counted(self: Any, filename: Any = None, **options: Any) -> Any:
            paths.append(Path(filename).name)
            return export(self, filename, **options)

        monkeypatch.setattr(v1.train.Saver, "export_meta_graph", counted)
        return paths

    def test_is_described_once(self, model: Model, described: list[str]) -> None:
        saver = model.saver(max_to_keep=1)
        written = [self.save(model, saver, step) for step in (1, 2, 3)]
        assert described == ["model.ckpt-1.meta"]
        assert set(written) == {self.exported(model, saver)}
        assert v1.train.import_meta_graph(f"{model.prefix}-3.meta") is not None

    def test_changes(self, model: Model, described: list[str]) -> None:
        saver = model.saver()
        first = self.save(model, saver, 1)
        tf.constant(1.0, name="late")
        second = self.save(model, saver, 2)
        v1.add_to_collection("names", "late")
        third = self.save(model, saver, 3)
        assert len(described) == len({first, second, third}) == 3
        assert self.save(model, saver, 4) == third == self.exported(model, saver)

    @pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"")])
    def test_is_described_again_where_its_file_is_gone(self, model: Model, damage: Any) -> None:
        saver = model.saver()
        first = self.save(model, saver, 1)
        damage(Path(f"{model.prefix}-1.meta"))
        assert self.save(model, saver, 2) == first

    def test_of_another_session(self, model: Model) -> None:
        saver = model.saver()
        first = self.save(model, saver, 1)
        with tf.Graph().as_default():
            v1.import_graph_def(model.session.graph.as_graph_def(), name="")
            tf.constant(1.0, name="late")
            with v1.Session() as session:
                session.run("x/Assign")
                saver.save(session, model.prefix, global_step=2)
        assert Path(f"{model.prefix}-2.meta").read_bytes() != first

    def test_as_asked_for(self, model: Model, described: list[str]) -> None:
        saver = model.saver()
        self.save(model, saver, 1)
        saver.save(model.session, model.prefix, global_step=2, strip_default_attrs=True)
        saver.save(model.session, model.prefix, global_step=3, write_meta_graph=False)
        assert described == ["model.ckpt-1.meta", "model.ckpt-2.meta"]
        assert not Path(f"{model.prefix}-3.meta").exists()
