"""Tells TensorBoard's HParams dashboard with what a run was asked, and how it ended.

The dashboard reads summaries of the plugin ``hparams`` with the tags ``_hparams_/...``, whose
metadata hold a HParamsPluginData (tensorboard/plugins/hparams/plugin_data.proto): ``version`` 1,
``session_start_info`` 3, ``session_end_info`` 4. A SessionStartInfo has ``hparams`` 1 (a map to
google.protobuf.Value), ``group_name`` 4, ``start_time_secs`` 5; a SessionEndInfo ``status`` 1 and
``end_time_secs`` 2. What there is to compare, TensorBoard finds out by itself. They are written
without it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trainwright.data.tfrecord import write_records
from trainwright.events import RunObserver, announce, observing
from trainwright.tracking.parameters import Plain, parameters_of

__all__ = ["HParamsLog", "told_to_tensorboard"]

_SUCCESS, _FAILURE = 1, 2
_FLOAT = 1


@contextlib.contextmanager
def told_to_tensorboard(
    exec_properties: Mapping[str, Any], hyperparameters: str | Path | None
) -> Iterator[None]:
    """While the block trains, with what it was asked is written, and then how it ended.

    Args:
        exec_properties: of the executor.
        hyperparameters: the directory with one JSON file, if there is one.
    """
    log = HParamsLog(parameters_of(exec_properties, hyperparameters))
    succeeded = False
    try:
        with observing(log):
            yield
        succeeded = True
    finally:
        log.end(succeeded)
    if log.problem:
        announce.on_warning(log.problem)


class HParamsLog(RunObserver):
    """Writes two small event files: one as training begins, one at its end.

    They lie where the training's own event files are, so that evaluations below count as
    results of this session. The first is named as if it were older than these: TensorBoard leaves
    a file when one of a later name is there.

    Args:
        parameters: what the run was asked with.
        began: when, in seconds since 1970.
    """

    def __init__(self, parameters: Mapping[str, Plain], began: float | None = None):
        self._parameters = parameters
        self._began = time.time() if began is None else began
        self._folder: Path | None = None
        self.problem: str | None = None

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        """Writes the parameters, once."""
        if self._folder is None and "://" not in model_dir:
            self._folder = Path(model_dir)
            self._write(int(self._began) - 1, "start", _start(self._parameters, self._began))

    def end(self, succeeded: bool) -> None:
        """Writes how the run has ended."""
        if self._folder is not None and self._folder.is_dir():
            now = time.time()
            self._write(int(now) + 1, "end", _end(succeeded, now))

    def _write(self, second: int, kind: str, data: bytes) -> None:
        assert self._folder is not None
        name = f"events.out.tfevents.{second:010}.{socket.gethostname()}.hparams"
        tag = f"_hparams_/session_{kind}_info"
        version = _double(1, float(second)) + _bytes(3, b"brain.Event:2")
        try:
            write_records(self._folder / name, [version, _event(second, tag, data)], "")
        except OSError as error:
            self.problem = f"{name} could not be written: {error.strerror or error}."


def _start(parameters: Mapping[str, Plain], began: float) -> bytes:
    entries = [
        _bytes(1, _bytes(1, name.encode()) + _bytes(2, _value(value)))
        for name, value in parameters.items()
    ]
    return _bytes(3, b"".join(entries) + _double(5, began))


def _end(succeeded: bool, now: float) -> bytes:
    return _bytes(4, _number(1, _SUCCESS if succeeded else _FAILURE) + _double(2, now))


def _value(value: Plain) -> bytes:
    """A google.protobuf.Value."""
    if isinstance(value, bool):
        return _number(4, int(value))
    return _bytes(3, value.encode()) if isinstance(value, str) else _double(2, float(value))


def _event(second: int, tag: str, data: bytes) -> bytes:
    """An Event with one summary of the plugin; its tensor is empty."""
    tensor = _number(1, _FLOAT) + _bytes(2, _bytes(2, b""))
    metadata = _bytes(1, _bytes(1, b"hparams") + _bytes(2, data))
    value = _bytes(1, tag.encode()) + _bytes(8, tensor) + _bytes(9, metadata)
    return _double(1, float(second)) + _bytes(5, _bytes(1, value))


def _bytes(field: int, data: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(data)) + data


def _double(field: int, value: float) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<d", value)


def _number(field: int, value: int) -> bytes:
    return bytes([field << 3]) + _varint(value)


def _varint(value: int) -> bytes:
    """A number, seven bits a byte.

    Example:
        >>> _varint(300).hex()
        'ac02'
    """
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
