"""Many small arrays in one small file; an npz spends more on each array than these hold."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes arrays (numbers or fixed-length bytes) by name."""
    index = [[name, array.dtype.str, array.shape] for name, array in arrays.items()]
    contents = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    header = json.dumps(index).encode()
    path.write_bytes(zlib.compress(len(header).to_bytes(8, "little") + header + contents, 9))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Reads what :func:`write_arrays` has written."""
    raw = zlib.decompress(path.read_bytes())
    end = 8 + int.from_bytes(raw[:8], "little")
    arrays = {}
    for name, kind, shape in json.loads(raw[8:end]):
        dtype = np.dtype(kind)
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(raw, dtype, count, end).reshape(shape)
        end += count * dtype.itemsize
    return arrays
