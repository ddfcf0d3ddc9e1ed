from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import examples_dataset
from trainwright.data.tfrecord import write_records
from trainwright.input_tuning import untuned

tf = pytest.importorskip("tensorflow")


def test_only_what_is_read_as_it_was_made_goes_without_tuning(tmp_path: Path) -> None:
    write_records(tmp_path / "data", encode_examples({"n": [1, 2, 3]}))
    spec = {"n": tf.io.FixedLenFeature([], tf.int64)}
    made = examples_dataset(tmp_path / "data", spec, 2, num_epochs=1, shuffle=False)
    mapped = made.map(lambda features: features)

    read = untuned(made)

    assert read.options().autotune.enabled is False
    assert read.options().experimental_optimization.apply_default_optimizations is False
    assert [batch["n"].numpy().tolist() for batch in read] == [[1, 2], [3]]
    assert untuned(mapped) is mapped
    assert made.options().autotune.enabled is None
    assert mapped.options().autotune.enabled is None


@pytest.mark.parametrize("epochs", [1, 3, None])
def test_the_order_is_the_same_and_goes_on_where_it_was(tmp_path: Path, epochs: int | None) -> None:
    for shard in range(3):
        numbers = range(shard * 20, shard * 20 + 20)
        write_records(tmp_path / f"data-{shard}", encode_examples({"n": list(numbers)}))
    spec = {"n": tf.io.FixedLenFeature([], tf.int64)}
    v1 = tf.compat.v1

    def reading(as_made: bool) -> Any:
        made = examples_dataset(
            tmp_path / "data-*", spec, 6, num_epochs=epochs, seed=4, shuffle_buffer_size=16
        )
        return v1.data.make_initializable_iterator(made if as_made else untuned(made))

    with tf.Graph().as_default(), v1.Session() as session:
        iterator = reading(as_made=True)
        numbers = iterator.get_next()["n"]
        session.run(iterator.initializer)
        expected = [session.run(numbers).tolist() for _ in range(10)]

    with tf.Graph().as_default():
        iterator = reading(as_made=False)
        numbers = iterator.get_next()["n"]
        saver = v1.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
        with v1.Session() as session:
            session.run(iterator.initializer)
            assert [session.run(numbers).tolist() for _ in range(4)] == expected[:4]
            checkpoint = saver.save(session, str(tmp_path / "input"))
        with v1.Session() as session:
            session.run(iterator.initializer)
            saver.restore(session, checkpoint)
            assert [session.run(numbers).tolist() for _ in range(6)] == expected[4:]


@pytest.mark.parametrize(("wanted", "found"), [(None, False), (3, True)])
def test_no_thread_is_woken_for_a_batch_unless_wanted(
    tmp_path: Path, wanted: int | None, found: bool
) -> None:
    write_records(tmp_path / "data", encode_examples({"n": [1, 2, 3]}))
    spec = {"n": tf.io.FixedLenFeature([], tf.int64)}
    with tf.Graph().as_default():
        made = examples_dataset(tmp_path / "data", spec, 2, prefetch_buffer_size=wanted)
        read: Any = untuned(made)
        variant = tf.data.experimental.to_variant(read)
        operations = [variant.op]
        while operations[-1].inputs and operations[-1].inputs[0].op.outputs[0].dtype == tf.variant:
            operations.append(operations[-1].inputs[0].op)
    assert ("PrefetchDataset" in {op.type for op in operations}) is found
