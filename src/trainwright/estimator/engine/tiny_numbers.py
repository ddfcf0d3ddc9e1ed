"""Numbers too small to be kept in full, treated in this thread as TensorFlow's threads treat them.

A processor takes long for a float below 1e-38, and TensorFlow has its threads take it for 0. The
thread that calls it does not do that by itself; where it computes ops of its own, they would come
to other results in the last digits of such numbers.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import platform
from collections.abc import Iterator

__all__ = ["can_be_zero", "taken_for_zero"]

_SIZE = 32
"""Bytes of a ``fenv_t`` on x86-64; the last four are the register that tells (MXCSR)."""
_FLUSH = 0x8040
"""Results that are too small are 0 (bit 15), and so are arguments (bit 6)."""
_TINY = 1e-310


@contextlib.contextmanager
def taken_for_zero() -> Iterator[None]:
    """In the block, this thread takes such numbers for 0, if :func:`can_be_zero`.

    Example:
        >>> tiny = 1e-310
        >>> with taken_for_zero():
        ...     zero = tiny * 1.0 == 0.0
        >>> zero == can_be_zero(), tiny * 1.0 == 0.0
        (True, False)
    """
    libm = _libm()
    if libm is None:
        yield
        return
    before = ctypes.create_string_buffer(_SIZE)
    libm.fegetenv(before)
    register = int.from_bytes(before.raw[-4:], "little") | _FLUSH
    libm.fesetenv(before.raw[:-4] + register.to_bytes(4, "little"))
    try:
        yield
    finally:
        libm.fesetenv(before)


@functools.cache
def can_be_zero() -> bool:
    """Whether this machine is one where that is known to work."""
    with taken_for_zero():
        return _times_one(_TINY) == 0.0


def _times_one(number: float) -> float:
    return number * 1.0


@functools.cache
def _libm() -> ctypes.CDLL | None:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return None
    try:
        libm = ctypes.CDLL("libm.so.6")
        _ = libm.fegetenv, libm.fesetenv
    except (OSError, AttributeError):
        return None
    return libm
