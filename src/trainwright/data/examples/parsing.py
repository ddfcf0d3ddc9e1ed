"""What makes features of serialized records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from trainwright.data.examples.row_form import (
    RowForm,
    is_list,
    ragged_lists,
    row_form,
    spec_identity,
    with_label,
)

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["ExamplesParser", "ListsParser", "Parser", "RowParser", "can_separate", "parsed"]


class Parser(Protocol):
    """Makes features of serialized records."""

    @property
    def whole_blocks(self) -> bool:
        """Whether a row's features are the same whatever records are parsed with it."""

    @property
    def separate_rows(self) -> bool:
        """Whether rows can be taken out of the features: none is sparse but lists of values."""

    def __call__(self, serialized: tf.Tensor) -> Any:
        """Dense, sparse or ragged tensors `[records, ...]` of `[records]` strings."""


@runtime_checkable
class RowParser(Parser, Protocol):
    """One whose features can be kept, to be used again in another run."""

    @property
    def identity(self) -> str:
        """Differs between parsers that make different features of the same records."""

    def row_form(self) -> RowForm:
        """How the features are kept row by row."""


@runtime_checkable
class ListsParser(Parser, Protocol):
    """One that can leave lists of values ragged, of which batches can be cut by fewer ops."""

    def with_ragged_lists(self, serialized: tf.Tensor) -> tuple[Any, Any]:
        """The features, and for each whether it is such a list, meant to be sparse."""


def parsed(parse: Parser, serialized: tf.Tensor) -> tuple[Any, Any]:
    """Features, and for each whether it is ragged but meant to be sparse."""
    import tensorflow as tf

    if isinstance(parse, ListsParser):
        return parse.with_ragged_lists(serialized)
    features = parse(serialized)
    return features, tf.nest.map_structure(lambda _: False, features)


class ExamplesParser:
    """Parses serialized examples.

    Args:
        spec: what to parse.
        label_key: the feature to hand out as label.
    """

    def __init__(self, spec: dict[str, Any], label_key: str | None):
        import tensorflow as tf

        self.spec = spec
        self._label_key = label_key
        self.separate_rows = can_separate(spec.values())
        # Padded as far as the longest row, these differ with the records parsed together.
        self.whole_blocks = not any(
            isinstance(feature, tf.io.FixedLenSequenceFeature) for feature in spec.values()
        )

    @property
    def identity(self) -> str:
        """A digest of the spec: which feature is the label makes no difference."""
        return spec_identity(self.spec)

    def row_form(self) -> RowForm:
        """How the features are kept row by row."""
        import tensorflow as tf

        return row_form(self.spec, self._label_key, tf.io.parse_example)

    def __call__(self, serialized: tf.Tensor) -> Any:
        """Features, or (features, label), of `[records]` serialized examples."""
        import tensorflow as tf

        return with_label(tf.io.parse_example(serialized, self.spec), self._label_key)

    def with_ragged_lists(self, serialized: tf.Tensor) -> tuple[Any, Any]:
        """The same with VarLenFeatures as ragged tensors, and which these are."""
        import tensorflow as tf

        found = tf.io.parse_example(serialized, ragged_lists(self.spec))
        # In the order in which tf.io.parse_example has them when they are sparse.
        lists = sorted(name for name, feature in self.spec.items() if is_list(feature))
        features = {name: found[name] for name in dict.fromkeys([*lists, *found])}
        kinds = {name: is_list(self.spec[name]) for name in features}
        return with_label(features, self._label_key), with_label(kinds, self._label_key)


def can_separate(spec: Iterable[Any]) -> bool:
    """Whether rows can be gathered from what these features are parsed to."""
    import tensorflow as tf

    kinds = (tf.io.FixedLenFeature, tf.io.VarLenFeature, tf.io.RaggedFeature)
    return all(isinstance(feature, kinds) for feature in spec)
