from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.stopping import stop_wanted, stopped_by_signals


class Exporter(tfe.Exporter):
    """Keeps what it was called with."""

    def __init__(self, name="recorder"):
        self._name = name
        self.calls = []

    @property
    def name(self):
        return self._name

    def export(self, estimator, export_path, checkpoint_path, eval_result, is_the_final_export):
        self.calls.append((int(eval_result["global_step"]), is_the_final_export))
        assert export_path == f"{estimator.model_dir}/export/{self._name}"
        assert checkpoint_path.endswith(f"-{eval_result['global_step']}")
        return b"exported"


@pytest.fixture
def saving_estimator(tmp_path, model_fn):
    config = tfe.RunConfig(save_checkpoints_steps=2)
    return tfe.Estimator(model_fn, str(tmp_path / "model"), config, params={})


def test_evaluates_at_each_checkpoint_but_the_first(saving_estimator, repeated_input_fn, input_fn):
    exporter = Exporter()
    metrics, exports = tfe.train_and_evaluate(
        saving_estimator,
        tfe.TrainSpec(repeated_input_fn, max_steps=5),
        tfe.EvalSpec(input_fn, steps=None, throttle_secs=0, exporters=exporter),
    )
    assert exporter.calls == [(2, False), (4, False), (5, True)]
    assert (metrics["global_step"], exports) == (5, [b"exported"])


def test_throttled_evaluations_leave_the_last(saving_estimator, repeated_input_fn, input_fn):
    exporter = Exporter()
    tfe.train_and_evaluate(
        saving_estimator,
        tfe.TrainSpec(repeated_input_fn, max_steps=5),
        tfe.EvalSpec(input_fn, exporters=[exporter]),
    )
    assert exporter.calls == [(5, True)]


def test_the_end_of_the_input_is_the_final_export(saving_estimator, input_fn):
    exporter = Exporter()
    metrics, _ = tfe.train_and_evaluate(
        saving_estimator,
        tfe.TrainSpec(input_fn),
        tfe.EvalSpec(input_fn, throttle_secs=0, exporters=exporter),
    )
    # Evaluated at step 2, where nobody knew yet that it was the last.
    assert exporter.calls == [(2, False), (2, True)]
    assert metrics["global_step"] == 2


def test_nothing_is_done_where_max_steps_is_reached(saving_estimator, repeated_input_fn, input_fn):
    train_spec = tfe.TrainSpec(repeated_input_fn, max_steps=3)
    tfe.train_and_evaluate(saving_estimator, train_spec, tfe.EvalSpec(input_fn))
    exporter = Exporter()
    again = tfe.train_and_evaluate(
        saving_estimator, train_spec, tfe.EvalSpec(input_fn, exporters=exporter)
    )
    assert again == (None, [])
    assert exporter.calls == []


def test_the_evaluation_graph_is_built_once(tmp_path, model_fn, repeated_input_fn, input_fn):
    built = []

    def counting_model_fn(features, labels, mode, params):
        built.append(mode)
        return model_fn(features, labels, mode, params)

    config = tfe.RunConfig(save_checkpoints_steps=1)
    estimator = tfe.Estimator(counting_model_fn, str(tmp_path), config, params={})
    tfe.train_and_evaluate(
        estimator,
        tfe.TrainSpec(repeated_input_fn, max_steps=4),
        tfe.EvalSpec(input_fn, throttle_secs=0),
    )
    assert built == [tfe.ModeKeys.TRAIN, tfe.ModeKeys.EVAL]
    events = Path(estimator.eval_dir()).glob("events*")
    steps = {e.step for path in events for e in _events(path) if e.summary.value}
    assert steps == {1, 2, 3, 4}


def _events(path):
    import tensorflow as tf

    return tf.compat.v1.train.summary_iterator(str(path))


def test_metrics_of_kept_graphs_start_from_zero(saving_estimator, repeated_input_fn, input_fn):
    metrics, _ = tfe.train_and_evaluate(
        saving_estimator,
        tfe.TrainSpec(repeated_input_fn, max_steps=4),
        tfe.EvalSpec(input_fn, throttle_secs=0),
    )
    fresh = saving_estimator.evaluate(input_fn)
    assert {k: v.item() for k, v in metrics.items()} == {k: v.item() for k, v in fresh.items()}


def test_final_and_latest_exporter(
    saving_estimator, repeated_input_fn, input_fn, serving_input_receiver_fn
):
    _, exports = tfe.train_and_evaluate(
        saving_estimator,
        tfe.TrainSpec(repeated_input_fn, max_steps=6),
        tfe.EvalSpec(
            input_fn,
            throttle_secs=0,
            exporters=[
                tfe.FinalExporter("final", serving_input_receiver_fn),
                tfe.LatestExporter("latest", serving_input_receiver_fn, exports_to_keep=2),
            ],
        ),
    )
    root = Path(saving_estimator.model_dir) / "export"
    assert len(list((root / "final").iterdir())) == 1
    assert len(list((root / "latest").iterdir())) == 2
    newest = max(path.name for path in (root / "latest").iterdir())
    assert exports[1].decode() == str(root / "latest" / newest)


def test_a_cluster_is_refused(saving_estimator, input_fn, monkeypatch, tmp_path, model_fn):
    monkeypatch.setenv(
        "TF_CONFIG",
        '{"cluster": {"chief": ["a:1"], "ps": ["b:1"]}, "task": {"type": "chief", "index": 0}}',
    )
    estimator = tfe.Estimator(model_fn, str(tmp_path), tfe.RunConfig(), params={})
    with pytest.raises(ValueError, match="TF_CONFIG describes a cluster"):
        tfe.train_and_evaluate(estimator, tfe.TrainSpec(input_fn), tfe.EvalSpec(input_fn))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tfe.TrainSpec(1), TypeError, "input_fn must be a function. Got 1"),
        (lambda: tfe.TrainSpec(len, max_steps=0), ValueError, "max_steps must be more than 0"),
        (lambda: tfe.TrainSpec(len, hooks=[1]), TypeError, "hooks must be SessionRunHooks"),
        (lambda: tfe.EvalSpec(len, steps=0), ValueError, "steps must be more than 0"),
        (lambda: tfe.EvalSpec(len, name=1), TypeError, "name must be a string. Got 1"),
        (lambda: tfe.EvalSpec(len, exporters=[1]), TypeError, "must be Exporters. Got 1"),
        (lambda: tfe.EvalSpec(len, start_delay_secs=-1), ValueError, "start_delay_secs must not"),
        (lambda: tfe.EvalSpec(len, throttle_secs=-1), ValueError, "throttle_secs must not"),
        (
            lambda: tfe.EvalSpec(len, exporters=[Exporter("a"), Exporter("a")]),
            ValueError,
            r"names that differ. Got \['a', 'a'\]",
        ),
        (
            lambda: tfe.LatestExporter("a", len, exports_to_keep=0),
            ValueError,
            "exports_to_keep must be more than 0",
        ),
        (lambda: tfe.train_and_evaluate(1, 2, 3), TypeError, "must be an Estimator. Got 1"),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_specs_of_other_types(estimator, input_fn):
    with pytest.raises(TypeError, match="train_spec must be a TrainSpec"):
        tfe.train_and_evaluate(estimator, 2, 3)
    with pytest.raises(TypeError, match="eval_spec must be an EvalSpec"):
        tfe.train_and_evaluate(estimator, tfe.TrainSpec(input_fn), 3)


def test_defaults():
    spec = tfe.EvalSpec(len)
    assert spec == (len, 100, None, (), (), 120, 600)
    assert tfe.TrainSpec(len) == (len, None, (), ())


def test_exporters_are_called_with_keywords(saving_estimator, input_fn):
    class Any(Exporter):
        def export(self, **arguments):
            self.calls.append(arguments)

    exporter = Any()
    tfe.train_and_evaluate(
        saving_estimator,
        tfe.TrainSpec(input_fn, max_steps=2),
        tfe.EvalSpec(input_fn, exporters=exporter),
    )
    assert set(exporter.calls[-1]) == {
        "estimator",
        "export_path",
        "checkpoint_path",
        "eval_result",
        "is_the_final_export",
    }


class Interrupts(tf.compat.v1.train.SessionRunHook):
    """Sends Ctrl-C when a step has been done, before checkpoints are saved."""

    def __init__(self, step):
        self._step = step

    def before_run(self, run_context):
        return tf.compat.v1.train.SessionRunArgs(tf.compat.v1.train.get_global_step())

    def after_run(self, run_context, run_values):
        if run_values.results + 1 == self._step:
            os.kill(os.getpid(), signal.SIGINT)
            while not stop_wanted():
                time.sleep(0)


@pytest.mark.parametrize("step", [3, 4])
def test_an_evaluation_that_a_signal_kept_from_being_done_is_done_later(
    saving_estimator, repeated_input_fn, input_fn, step
):
    exporter = Exporter()
    eval_spec = tfe.EvalSpec(input_fn, steps=None, throttle_secs=0, exporters=exporter)
    interrupted = tfe.TrainSpec(repeated_input_fn, max_steps=7, hooks=[Interrupts(step)])
    with stopped_by_signals(), pytest.raises(KeyboardInterrupt):
        tfe.train_and_evaluate(saving_estimator, interrupted, eval_spec)
    assert exporter.calls == [(2, False)]
    going_on = tfe.TrainSpec(repeated_input_fn, max_steps=7)
    tfe.train_and_evaluate(saving_estimator, going_on, eval_spec)
    assert exporter.calls == [(2, False), (4, False), (6, False), (7, True)]
