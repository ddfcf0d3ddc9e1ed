from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import TrainingError
from trainwright.estimator.engine import evaluation_loop
from trainwright.events import RunObserver, observing

v1 = tf.compat.v1
fc = tf.feature_column
DRAW = np.random.RandomState(0)
FEATURES = {
    "a": DRAW.rand(150, 1).astype(np.float32),
    "c": np.array([[f"name {index % 20}"] for index in range(150)]),
}
LABELS = (DRAW.rand(150, 1) > 0.5).astype(np.int64)


def input_fn() -> Any:
    """Nine batches of 16, then one of 6."""
    return tf.data.Dataset.from_tensor_slices((FEATURES, LABELS)).batch(16)


@pytest.fixture(autouse=True)
def worth_it(monkeypatch):
    """Three batches are run one by one before more."""
    monkeypatch.setattr(evaluation_loop, "WORTH_IT", 3)


@pytest.fixture(scope="module")
def combined(tmp_path_factory):
    """Trained for three steps, to be evaluated with ``fused`` as asked."""
    folder = str(tmp_path_factory.mktemp("combined"))
    names = fc.categorical_column_with_vocabulary_list("c", [f"name {i}" for i in range(15)])

    def made(fused: bool | None) -> Any:
        return tfe.DNNLinearCombinedClassifier(
            linear_feature_columns=[names],
            dnn_feature_columns=[fc.numeric_column("a"), fc.embedding_column(names, 4)],
            dnn_hidden_units=[8, 4],
            model_dir=folder,
            config=tfe.RunConfig(folder, fused=fused),
        )

    made(None).train(input_fn, steps=3)
    return made


@pytest.fixture
def batches():
    """What an evaluation tells of its batches."""

    class Batches(RunObserver):
        def __init__(self) -> None:
            self.done: list[int] = []

        def on_evaluation_step(self, done: int) -> None:
            self.done.append(done)

    watcher = Batches()
    with observing(watcher):
        yield watcher.done


@pytest.mark.parametrize("steps", [None, 7])
def test_metrics_are_those_of_single_batches(combined, batches, steps):
    alone = combined(False).evaluate(input_fn, steps)
    assert batches == list(range(1, min(steps or 10, 10) + 1))
    for fused in (None, True):
        batches.clear()
        assert combined(fused).evaluate(input_fn, steps) == alone
        assert batches[-1] == min(steps or 10, 10)
        assert batches == sorted(set(batches))


def test_batches_are_counted_over_evaluations(combined):
    checkpoint = combined(None).latest_checkpoint()
    alone = combined(False).evaluate(input_fn, 2)
    with contextlib.closing(combined(None).evaluation(input_fn, 2)) as evaluation:
        fused = []
        for _ in range(4):
            assert evaluation.run(checkpoint) == alone
            fused.append(evaluation._batches.fused)
    assert fused == [False, True, True, True]


def test_a_hook_that_sees_each_batch_does(combined, batches):
    class Each(v1.train.SessionRunHook):
        runs = 0

        def after_run(self, run_context: Any, run_values: Any) -> None:
            self.runs += 1

    each, ends = Each(), v1.train.FinalOpsHook([])
    alone = combined(False).evaluate(input_fn)
    assert combined(True).evaluate(input_fn, hooks=[each]) == alone
    assert each.runs == 10
    batches.clear()
    assert combined(True).evaluate(input_fn, hooks=[ends]) == alone
    assert ends.final_ops_values == []
    assert len(batches) < 10


def test_variables_that_were_never_trained(estimator, input_fn):
    fused = tfe.Estimator(
        estimator._model_fn, estimator.model_dir, tfe.RunConfig(fused=True), params={}
    )
    assert fused.evaluate(input_fn) == estimator.evaluate(input_fn)


def test_an_input_without_batches(combined):
    with pytest.raises(TrainingError, match="read no batch"):
        combined(True).evaluate(lambda: input_fn().take(0))


def random_metric(features: Any, labels: Any, mode: str) -> Any:
    loss = tf.reduce_mean(features["a"]) + tf.random.uniform([], seed=3)
    return tfe.EstimatorSpec(mode, loss=loss)


def of_old_variable(features: Any, labels: Any, mode: str) -> Any:
    old = v1.get_variable("old", [], use_resource=False, initializer=v1.zeros_initializer())
    return tfe.EstimatorSpec(mode, loss=tf.reduce_mean(features["a"]) + old)


@pytest.mark.parametrize("model_fn", [random_metric, of_old_variable])
def test_steps_that_cannot_be_put_into_a_loop(tmp_path, batches, model_fn):
    losses = [
        tfe.Estimator(
            model_fn, str(tmp_path), tfe.RunConfig(tf_random_seed=1, fused=fused)
        ).evaluate(input_fn)["loss"]
        for fused in (False, True)
    ]
    assert losses[0] == losses[1]
    assert batches == [*range(1, 11)] * 2


def test_errors_name_the_op(tmp_path):
    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        small = tf.debugging.Assert(tf.less(features["a"][0, 0], 2.5), ["too big"], name="my_check")
        with tf.control_dependencies([small]):
            return tfe.EstimatorSpec(mode, loss=tf.reduce_mean(features["a"]))

    def growing() -> Any:
        return tf.data.Dataset.from_tensor_slices({"a": [[[1.0]], [[2.0]], [[3.0]]]})

    fused = tfe.Estimator(model_fn, str(tmp_path), tfe.RunConfig(fused=True))
    with pytest.raises(tf.errors.InvalidArgumentError, match="my_check") as error:
        fused.evaluate(growing)
    assert "test_evaluation_loop.py" in str(error.value)


def test_one_thread_computes_batches_where_that_is_faster(combined, monkeypatch):
    alone = combined(False).evaluate(input_fn)
    taken, asked = [], []

    class Threads:
        """Takes both by turns."""

        def __init__(self, fixed: bool):
            assert not fixed

        @contextlib.contextmanager
        def running(self) -> Iterator[Any]:
            asked.append(v1.RunOptions(inter_op_thread_pool=-(len(asked) % 2)))
            yield asked[-1]

        def took(self, steps: int, seconds: float) -> None:
            taken.append(steps)

    monkeypatch.setattr(evaluation_loop, "KernelThreads", Threads)
    monkeypatch.setattr(evaluation_loop, "_TIMED_TOGETHER", 0.0)
    assert combined(False).evaluate(input_fn) == alone
    assert len(asked) == 11  # the last one finds that the input has ended
    assert taken == [1] * 9
