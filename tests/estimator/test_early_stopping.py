from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.early_stopping import read_eval_metrics

experimental = tfe.experimental
v1 = tf.compat.v1


@pytest.fixture
def eval_dir(tmp_path):
    """Evaluations whose mae goes 5, 4, 3, 3, 3 at steps 10 to 50."""
    directory = str(tmp_path / "evaluations")
    with tf.Graph().as_default(), tf.compat.v1.summary.FileWriter(directory) as writer:
        for step, mae in zip(range(10, 60, 10), (5.0, 4.0, 3.0, 3.0, 3.0), strict=True):
            summary = tf.compat.v1.Summary()
            summary.value.add(tag="mae", simple_value=mae)
            summary.value.add(tag="gain", simple_value=-mae)
            writer.add_summary(summary, step)
    return directory


def steps_trained(estimator, input_fn, hook):
    estimator.train(input_fn, hooks=[hook], max_steps=20)
    return estimator.get_variable_value("global_step")


def test_stops_when_the_function_says_so(estimator, repeated_input_fn):
    asked = []
    hook = experimental.make_early_stopping_hook(
        estimator,
        lambda: asked.append(1) or len(asked) == 3,
        run_every_secs=None,
        run_every_steps=4,
    )
    # Asked after steps 1, 5 and 9.
    assert steps_trained(estimator, repeated_input_fn, hook) == 9
    assert estimator.get_variable_value("signal_early_stopping/STOP")


@pytest.mark.parametrize("fetched", [8, 9])
def test_asks_after_a_step_whose_fetched_number_may_be_the_one_before(estimator, fetched):
    asked = []
    hook = experimental.make_early_stopping_hook(
        estimator, lambda: bool(asked.append(1)), run_every_secs=None, run_every_steps=4
    )
    with tf.Graph().as_default(), v1.Session() as session:
        step = v1.train.create_global_step()
        hook.begin()
        session.run(v1.global_variables_initializer())
        context = v1.train.SessionRunContext(None, session)
        for number, said in ((5, 5), (8, 8), (9, fetched), (10, 10)):
            session.run(step.assign(number))
            hook.after_run(context, v1.train.SessionRunValues(said, None, None))
    assert len(asked) == 2  # after 5 and 9


def test_what_is_read_of_event_files(eval_dir):
    metrics = read_eval_metrics(eval_dir)
    assert list(metrics) == [10, 20, 30, 40, 50]
    assert metrics[20] == {"mae": 4.0, "gain": -4.0}
    assert read_eval_metrics(eval_dir + "-absent") == {}


@pytest.mark.parametrize(
    ("make", "arguments", "stops"),
    [
        (experimental.stop_if_lower_hook, ("mae", 3.5), True),
        (experimental.stop_if_lower_hook, ("mae", 3.0), False),
        (experimental.stop_if_higher_hook, ("mae", 4.5), True),
        (experimental.stop_if_higher_hook, ("mae", 5.0), False),
        (experimental.stop_if_no_decrease_hook, ("mae", 20), True),
        (experimental.stop_if_no_decrease_hook, ("mae", 21), False),
        (experimental.stop_if_no_increase_hook, ("gain", 20), True),
        (experimental.stop_if_no_increase_hook, ("gain", 21), False),
    ],
)
def test_metrics(estimator, repeated_input_fn, eval_dir, make, arguments, stops):
    hook = make(estimator, *arguments, eval_dir=eval_dir, run_every_secs=None, run_every_steps=1)
    assert steps_trained(estimator, repeated_input_fn, hook) == (1 if stops else 20)


def test_early_evaluations_can_be_left_out(estimator, repeated_input_fn, eval_dir):
    hook = experimental.stop_if_higher_hook(
        estimator, "mae", 4.5, eval_dir, min_steps=20, run_every_secs=None, run_every_steps=1
    )
    assert steps_trained(estimator, repeated_input_fn, hook) == 20


def test_wrong_arguments(estimator):
    make = experimental.make_early_stopping_hook
    with pytest.raises(TypeError, match="must be an Estimator. Got 1"):
        make(1, lambda: True)
    with pytest.raises(TypeError, match="should_stop_fn must be a function. Got 1"):
        make(estimator, 1)
    with pytest.raises(ValueError, match="One of run_every_secs and run_every_steps"):
        make(estimator, lambda: True, run_every_secs=None)
    with pytest.raises(ValueError, match="One of run_every_secs and run_every_steps"):
        make(estimator, lambda: True, run_every_steps=1)
