from __future__ import annotations

import pytest

from trainwright.data.example_message import example_features
from trainwright.errors import DataError


def test_reads_what_tensorflow_writes() -> None:
    import tensorflow as tf

    example = tf.train.Example()
    example.features.feature["n"].int64_list.value.extend([1, -2])
    example.features.feature["f"].float_list.value.append(0.5)
    example.features.feature["t"].bytes_list.value.append(b"\xff")
    example.features.feature["none"].SetInParent()
    features = example_features(example.SerializeToString())
    assert sorted(features) == ["f", "n", "none", "t"]
    assert list(features["n"].int64_list.value) == [1, -2]
    assert list(features["f"].float_list.value) == [0.5]
    assert list(features["t"].bytes_list.value) == [b"\xff"]
    assert features["none"].WhichOneof("kind") is None


@pytest.mark.parametrize("record", [b"garbage", b"\x0a\xff"])
def test_what_is_no_example(record: bytes) -> None:
    with pytest.raises(DataError, match=r"A record of \d bytes is not a tf.train.Example"):
        example_features(record) or pytest.fail("it was read")
