from __future__ import annotations

import pytest

from trainwright import estimator as tfe
from trainwright.estimator.early_stopping import read_eval_metrics

InMemoryEvaluatorHook = tfe.experimental.InMemoryEvaluatorHook


def test_evaluates_at_the_start_the_period_and_the_end(estimator, repeated_input_fn, input_fn):
    hook = InMemoryEvaluatorHook(estimator, input_fn, every_n_iter=3, name="memory")
    estimator.train(repeated_input_fn, hooks=[hook], max_steps=7)
    metrics = read_eval_metrics(estimator.eval_dir("memory"))
    assert list(metrics) == [0, 3, 6, 7]
    assert metrics[0]["mae"] == pytest.approx(4.5)
    last = estimator.evaluate(input_fn)
    assert metrics[7]["mae"] == pytest.approx(float(last["mae"]), rel=1e-6)


def test_wrong_arguments(estimator, input_fn):
    with pytest.raises(ValueError, match="every_n_iter must be more than 0. Got 0"):
        InMemoryEvaluatorHook(estimator, input_fn, every_n_iter=0)
