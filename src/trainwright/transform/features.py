"""Transformed features, less those that could not be computed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["TransformedFeatures"]


class TransformedFeatures(dict[str, Any]):
    """Transformed feature -> tensor.

    When serving there is no label, and so no transformed one. TF Transform before 0.22 returned
    a placeholder for it, and module files of that time remove it: that is allowed here, too, though
    it is not there.

    Args:
        features: those that were computed.
        left_out: names of the others.

    Example:
        >>> features = TransformedFeatures({"miles_xf": 2.0}, left_out=["tips_xf"])
        >>> features.pop("tips_xf"), "tips_xf" in features
        (None, False)
    """

    def __init__(self, features: Any = (), left_out: Iterable[str] = ()):
        super().__init__(features)
        self._left_out = frozenset(left_out)
        _make_known_to_keras()

    def pop(self, key: str, *default: Any) -> Any:
        """Removes a feature and returns it; None of one that was left out."""
        if key in self._left_out and key not in self and not default:
            return None
        return super().pop(key, *default)

    def __delitem__(self, key: str) -> None:
        if key not in self._left_out or key in self:
            super().__delitem__(key)


_known = False


def _make_known_to_keras() -> None:
    """Lets Keras 3 look into it as into a dict: of what is derived from one it does not."""
    global _known
    if _known:
        return
    _known = True
    try:
        import optree
    except ImportError:  # no Keras 3
        return
    optree.register_pytree_node(TransformedFeatures, _flatten, _unflatten, namespace="keras")


def _flatten(features: Any) -> tuple[list[Any], tuple[str, ...]]:
    names = tuple(sorted(features))
    return [features[name] for name in names], names


def _unflatten(names: Any, values: Iterable[Any]) -> TransformedFeatures:
    return TransformedFeatures(zip(names, values, strict=True))
