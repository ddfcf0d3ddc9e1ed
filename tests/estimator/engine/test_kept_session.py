from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import examples_dataset
from trainwright.data.tfrecord import write_records
from trainwright.errors import CheckpointError
from trainwright.estimator.engine.sessions import BeginsSessions
from trainwright.estimator.input_fn import IteratorInitializerHook

v1 = tf.compat.v1


@pytest.fixture
def sessions(monkeypatch):
    """One entry for each session that was made."""
    made = []
    create = BeginsSessions.create_session

    def counted(self):
        made.append(self)
        return create(self)

    monkeypatch.setattr(BeginsSessions, "create_session", counted)
    return made


@pytest.fixture
def checkpoints(estimator, repeated_input_fn):
    """Three checkpoints, of 2, 4 and 6 steps."""
    return [estimator.train(repeated_input_fn, steps=2).latest_checkpoint() for _ in range(3)]


def shuffled(input_fn):
    return lambda: input_fn().unbatch().repeat(9).shuffle(9, seed=3).batch(2)


def test_one_session_serves_all_checkpoints(estimator, input_fn, checkpoints, sessions):
    alone = [estimator.evaluate(shuffled(input_fn), 4, checkpoint_path=c) for c in checkpoints]
    sessions.clear()
    with contextlib.closing(estimator.evaluation(shuffled(input_fn), 4)) as evaluation:
        together = [evaluation.run(checkpoint) for checkpoint in checkpoints]
        again = evaluation.run(checkpoints[0])
    assert together == alone
    assert again == alone[0]
    assert len(sessions) == 1


def test_the_whole_input_is_read_each_time(estimator, input_fn, checkpoints, sessions):
    with contextlib.closing(estimator.evaluation(input_fn)) as evaluation:
        first, second = (evaluation.run(checkpoints[0]) for _ in range(2))
    assert first == second == estimator.evaluate(input_fn, checkpoint_path=checkpoints[0])


def test_an_iterator_that_cannot_start_again_gets_new_sessions(
    estimator, input_fn, checkpoints, sessions
):
    def once():
        return v1.data.make_one_shot_iterator(input_fn()).get_next()

    sessions.clear()
    with contextlib.closing(estimator.evaluation(once)) as evaluation:
        losses = [evaluation.run(checkpoint)["loss"] for checkpoint in checkpoints]
    assert len(set(losses)) == len(sessions) == 3


def test_a_damaged_checkpoint_leaves_the_next_evaluation_alone(estimator, input_fn, checkpoints):
    first, second, third = checkpoints
    data = next(Path(second).parent.glob(f"{Path(second).name}.data-*"))
    data.write_bytes(b"")
    with contextlib.closing(estimator.evaluation(input_fn)) as evaluation:
        evaluation.run(first)
        with pytest.raises(CheckpointError, match=Path(second).name):
            evaluation.run(second)
        assert evaluation.run(third)["global_step"] == 6


def test_an_input_that_was_started_early_is_read_from_its_beginning(
    estimator, input_fn, checkpoints, monkeypatch
):
    started, begun = [], []
    start, begin = v1.Session.run, IteratorInitializerHook.begin_early

    def run(self, fetches, *given, **options):
        if getattr(fetches, "type", None) == "MakeIterator":
            started.append(fetches)
        return start(self, fetches, *given, **options)

    monkeypatch.setattr(v1.Session, "run", run)
    monkeypatch.setattr(
        IteratorInitializerHook,
        "begin_early",
        lambda self, session: (begun.append(session), begin(self, session)),
    )
    alone = [estimator.evaluate(shuffled(input_fn), 4, checkpoint_path=c) for c in checkpoints]
    begun.clear()
    with contextlib.closing(estimator.evaluation(shuffled(input_fn), 4)) as evaluation:
        evaluation.begin_next()  # there is nothing to start in
        together = []
        for checkpoint in checkpoints:
            together.append(evaluation.run(checkpoint))
            evaluation.begin_next()
    assert together == alone
    assert len(begun) == 1 + len(checkpoints)
    assert not started  # they all began early


@pytest.fixture
def examples(tmp_path, monkeypatch):
    """A file of y = 3 x, and the input that reads it as trainwright does, two in a batch."""
    monkeypatch.setattr("trainwright.data.examples.dataset.changed_lately", lambda files: False)
    path = tmp_path / "examples"

    def write(xs):
        write_records(path, encode_examples({"x": xs, "y": [3 * x for x in xs]}))

    write([1.0, 2.0, 3.0, 4.0, 5.0])
    one = tf.io.FixedLenFeature([], tf.float32)
    spec = {"x": one, "y": one}
    return write, lambda: examples_dataset(path, spec, 2, label_key="y")


@pytest.fixture
def starts(monkeypatch):
    """One entry for each start of an iterator."""
    found = []
    start = v1.Session.run

    def run(self, fetches, *given, **options):
        for fetch in fetches if isinstance(fetches, list) else [fetches]:
            if getattr(fetch, "type", None) == "MakeIterator":
                found.append(fetch)
        return start(self, fetches, *given, **options)

    monkeypatch.setattr(v1.Session, "run", run)
    return found


@pytest.fixture
def seeded(tmp_path, model_fn):
    config = tfe.RunConfig(tf_random_seed=7)
    return tfe.Estimator(model_fn, str(tmp_path / "seeded"), config, params={})


def test_an_input_that_begins_anew_by_itself_is_started_once(
    seeded, repeated_input_fn, examples, starts
):
    _, input_fn = examples
    checkpoints = [seeded.train(repeated_input_fn, steps=2).latest_checkpoint() for _ in range(3)]
    alone = [seeded.evaluate(input_fn, 2, checkpoint_path=each) for each in checkpoints]
    starts.clear()
    with contextlib.closing(seeded.evaluation(input_fn, 2)) as evaluation:
        together = []
        for checkpoint in checkpoints:
            together.append(evaluation.run(checkpoint))
            evaluation.begin_next()
    assert together == alone
    assert len(starts) == 1


def test_an_input_that_has_changed_is_read_again(seeded, repeated_input_fn, examples, starts):
    write, input_fn = examples
    checkpoint = seeded.train(repeated_input_fn, steps=2).latest_checkpoint()
    starts.clear()
    with contextlib.closing(seeded.evaluation(input_fn, 2)) as evaluation:
        first = evaluation.run(checkpoint)
        evaluation.begin_next()
        write([7.0, 8.0, 9.0])
        second = evaluation.run(checkpoint)
        assert len(starts) == 2
    assert second == seeded.evaluate(input_fn, 2, checkpoint_path=checkpoint)
    assert second != first


def test_an_input_that_was_not_read_to_the_end_of_a_pass_is_started_again(
    seeded, repeated_input_fn, examples, starts, monkeypatch
):
    _, input_fn = examples
    checkpoint = seeded.train(repeated_input_fn, steps=2).latest_checkpoint()
    starts.clear()
    with contextlib.closing(seeded.evaluation(input_fn, 2)) as evaluation:
        first = evaluation.run(checkpoint)
        monkeypatch.setattr(evaluation, "_steps", 1)
        assert evaluation.run(checkpoint) != first
        monkeypatch.setattr(evaluation, "_steps", 2)
        assert len(starts) == 1
        assert evaluation.run(checkpoint) == first
        assert len(starts) == 2
