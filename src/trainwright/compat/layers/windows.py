"""Sizes of windows and layouts of tensors, as convolution and pooling take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainwright.errors import InvalidArgumentError

_SPACE = ("", "W", "HW", "DHW")


def window(argument: str, value: Any, dimensions: int) -> tuple[int, ...]:
    """A size for each spatial axis.

    Args:
        argument: its name, for the message.
        value: one integer for all axes, or one for each.
        dimensions: how many spatial axes there are.

    Raises:
        InvalidArgumentError: anything else.

    Example:
        >>> window("kernel_size", 3, 2)
        (3, 3)
    """
    sizes = (value,) * dimensions if isinstance(value, int) else value
    if not isinstance(sizes, Sequence) or len(sizes) != dimensions:
        raise InvalidArgumentError(
            f"{argument} must be an integer or {dimensions} of them. Got {value!r} instead."
        )
    return tuple(int(size) for size in sizes)


def tensor_format(data_format: str, dimensions: int) -> str:
    """The layout of a tensor as TensorFlow's operations name it.

    Raises:
        InvalidArgumentError: neither ``channels_last`` nor ``channels_first``.

    Example:
        >>> tensor_format("channels_last", 2), tensor_format("channels_first", 3)
        ('NHWC', 'NCDHW')
    """
    if data_format not in ("channels_last", "channels_first"):
        raise InvalidArgumentError(
            f"data_format must be channels_last or channels_first. Got {data_format!r} instead."
        )
    space = _SPACE[dimensions]
    return f"N{space}C" if data_format == "channels_last" else f"NC{space}"


def padding_mode(padding: str, causal: bool = False) -> str:
    """How windows go over the edge, as TensorFlow's operations name it.

    Args:
        padding: ``valid`` or ``same``, in any case.
        causal: whether ``causal`` is allowed too.

    Raises:
        InvalidArgumentError: anything else.

    Example:
        >>> padding_mode("same")
        'SAME'
    """
    modes = ("VALID", "SAME", "CAUSAL") if causal else ("VALID", "SAME")
    mode = str(padding).upper()
    if mode not in modes:
        raise InvalidArgumentError(
            f"padding must be one of {', '.join(modes).lower()}. Got {padding!r} instead."
        )
    return mode


def channel_axis(data_format: str) -> int:
    """The axis of the channels."""
    return -1 if data_format == "channels_last" else 1
