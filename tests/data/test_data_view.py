"""Data views that TFX 1.15 wrote, by tests/oracle/generate_data_view.py, and what it read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright.data.data_view import DataView, data_view_dataset
from trainwright.errors import ArtifactError, InvalidArgumentError

GOLDEN = Path(__file__).parent / "data_view_golden"
FILES = str(GOLDEN / "examples" / "Split-train" / "*")
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())


def as_lists(value: Any) -> Any:
    if isinstance(value, tf.SparseTensor):
        value = tf.RaggedTensor.from_sparse(value)
    if isinstance(value, tuple):
        return [as_lists(part) for part in value]
    if isinstance(value, dict):
        return {name: as_lists(part) for name, part in value.items()}
    lists = value.to_list() if isinstance(value, tf.RaggedTensor) else value.numpy().tolist()
    return json.loads(json.dumps(lists, default=bytes.decode))


@pytest.mark.parametrize("case", EXPECTED)
def test_batches_are_those_of_tfx(case: str) -> None:
    name, *label = case.split("-")
    dataset = data_view_dataset(
        FILES,
        DataView(str(GOLDEN / name)),
        4,
        num_epochs=1,
        shuffle=False,
        label_key="label" if label else None,
    )
    assert [as_lists(batch) for batch in dataset] == EXPECTED[case]


def test_records_are_decoded_wherever_it_is_called() -> None:
    view = DataView(str(GOLDEN / "kinds"))
    assert view.names() == ["fields", "label", "numbers", "words"]
    eager = view.decode([b"1,2", b"3"])
    assert eager["numbers"].numpy().tolist() == [[1, 2], [3, 0]]
    in_dataset = tf.data.Dataset.from_tensors([b"4"]).map(view.decode)
    assert next(iter(in_dataset))["label"].numpy().tolist() == [4]
    for _ in range(2):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            direct = view.decode(tf.constant([b"5,6"]))["label"]
            dataset = data_view_dataset(FILES, view, 4, shuffle=False, label_key="label")
            _, label = tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()
            assert session.run([direct, label])[0].tolist() == [11]


def test_options_and_seed() -> None:
    view = DataView(str(GOLDEN / "numbered"))

    def texts(**options: Any) -> list[Any]:
        dataset = data_view_dataset(FILES, view, 3, num_epochs=2, **options)
        return [batch["text"].numpy().tolist() for batch in dataset]

    assert len(texts(shuffle=False)) == 8
    assert len(texts(shuffle=False, drop_final_batch=True)) == 7
    assert texts(seed=5) == texts(seed=5, parser_num_threads=2, reader_num_threads=1)
    assert texts(seed=5) != texts(seed=6)


def test_what_is_no_data_view(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=f"data view at {tmp_path} cannot be loaded"):
        DataView(str(tmp_path)).decode([b"1"])
    tf.saved_model.save(tf.Module(), str(tmp_path / "model"))
    with pytest.raises(ArtifactError, match="model is no data view: it has no function decode_fun"):
        DataView(str(tmp_path / "model")).names()
    with pytest.raises(InvalidArgumentError, match="'lable' is none .*mean \"label\""):
        data_view_dataset(FILES, DataView(str(GOLDEN / "kinds")), 3, label_key="lable")
