"""A Saver whose checkpoints count only once they are whole and on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.durable import gfile, sync_files, sync_folder, write_whole
from trainwright.estimator.engine.meta_graphs import WrittenGraph

v1 = tf.compat.v1
_Saver: Any = v1.train.Saver
_HOUR = 3600.0


class CommittingSaver(_Saver):
    """Writes a checkpoint's files, flushes them to disk, and then names them in the state file.

    A checkpoint that has been named is never written again: saved right after it was restored,
    it is left as it is. The arguments are those of ``tf.compat.v1.train.Saver``.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        self._keep = kwargs.get("max_to_keep", 5)
        self._every = float(kwargs.get("keep_checkpoint_every_n_hours", 10_000)) * _HOUR
        self._next_to_keep = time.time() + self._every
        self._restored: str | None = None
        self._is_saving = False
        self._graph_written = WrittenGraph()
        super().__init__(*args, **kwargs)

    def restore(self, sess: Any, save_path: Any) -> None:
        """Restores, and remembers what."""
        super().restore(sess, save_path)
        self._restored = os.fspath(save_path)

    def save(
        self,
        sess: Any,
        save_path: Any,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        **options: Any,
    ) -> Any:
        """Saves and commits; the arguments are those of the base class."""
        prefix = os.fspath(save_path)
        step = sess.run(global_step) if tf.is_tensor(global_step) else global_step
        restored, self._restored = self._restored, None
        if step is not None and restored == f"{prefix}-{int(step)}":
            return restored
        self._is_saving = True
        try:
            written = super().save(
                sess,
                prefix,
                global_step=step,
                meta_graph_suffix=meta_graph_suffix,
                write_meta_graph=write_meta_graph,
                write_state=False,
                **options,
            )
        finally:
            self._is_saving = False
        if written is not None and write_state:
            self._commit(os.fspath(written), latest_filename or "checkpoint")
        return written

    def export_meta_graph(self, filename: Any = None, *arguments: Any, **options: Any) -> Any:
        """Writes the graph; beside a checkpoint, copies what was written last if that is the same.

        The arguments are those of the base class.

        Returns:
            The MetaGraphDef; None for a copy, where only the base class asks.
        """
        if not self._is_saving or arguments or any(options.values()):
            return super().export_meta_graph(filename, *arguments, **options)
        graph = v1.get_default_graph()
        if self._graph_written.copied(graph, filename):
            return None
        exported = super().export_meta_graph(filename, **options)
        self._graph_written.remember(graph, filename)
        return exported

    def _commit(self, written: str, state_file: str) -> None:
        """Names the checkpoint, and then removes those that are no longer kept."""
        folder = os.path.dirname(written)  # noqa: PTH120 - it may be an URL
        if "://" not in written:
            sync_files(files_of(written))
            sync_folder(Path(folder or "."))
        known = [(path, when) for path, when in self._known() if path != written and self._keep]
        known.append((written, time.time()))
        removed = []
        while self._keep and len(known) > self._keep:
            removed.append(known.pop(0))
        write_whole(os.path.join(folder, state_file), _state(known, folder).encode())  # noqa: PTH118
        self.set_last_checkpoints_with_time(known)
        for path, when in removed:
            self._let_go(path, when)

    def _known(self) -> list[tuple[str, float]]:
        return [(str(path), float(when)) for path, when in self._last_checkpoints]

    def _let_go(self, path: str, when: float) -> None:
        if when > self._next_to_keep:
            self._next_to_keep += self._every
            return
        for name in files_of(path):
            gfile.remove(name)


def files_of(checkpoint: str) -> list[str]:
    """The files of a checkpoint: its own, and what belongs to it.

    Args:
        checkpoint: its prefix, as in ``.../model.ckpt-100``.
    """
    folder, name = os.path.split(checkpoint)
    if not gfile.isdir(folder or "."):
        return []
    beside = sorted(gfile.listdir(folder or "."))
    return [os.path.join(folder, each) for each in beside if each.startswith(f"{name}.")]  # noqa: PTH118


def _state(known: list[tuple[str, float]], folder: str) -> str:
    """The state file's text; paths are relative, so that the directory can be moved."""
    names = [_quoted(os.path.relpath(path, folder or ".")) for path, _ in known]
    lines = [f"model_checkpoint_path: {names[-1]}"]
    lines += [f"all_model_checkpoint_paths: {name}" for name in names]
    lines += [f"all_model_checkpoint_timestamps: {when!r}" for _, when in known]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
