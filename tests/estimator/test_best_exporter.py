from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from trainwright import estimator as tfe


class Comparisons:
    """Compares losses, and keeps what it was asked."""

    def __init__(self, better):
        self.asked = []
        self.better = better

    def __call__(self, best_eval_result, current_eval_result):
        self.asked.append((best_eval_result["mae"], current_eval_result["mae"]))
        return self.better(best_eval_result["mae"], current_eval_result["mae"])


@pytest.fixture
def train(tmp_path, model_fn, repeated_input_fn, input_fn, serving_input_receiver_fn):
    """Trains up to a step, evaluating every 2 steps, with a BestExporter."""

    def run(max_steps, **arguments):
        config = tfe.RunConfig(save_checkpoints_steps=2)
        estimator = tfe.Estimator(model_fn, str(tmp_path / "model"), config, params={})
        exporter = tfe.BestExporter("best", serving_input_receiver_fn, **arguments)
        tfe.train_and_evaluate(
            estimator,
            tfe.TrainSpec(repeated_input_fn, max_steps=max_steps),
            tfe.EvalSpec(input_fn, throttle_secs=0, exporters=exporter),
        )
        return sorted(path.name for path in (tmp_path / "model/export/best").glob("*"))

    return run


def test_each_better_evaluation_is_exported(train):
    assert len(train(6)) == 3


def test_old_exports_are_removed(train):
    assert len(train(6, exports_to_keep=1)) == 1


def test_a_worse_evaluation_is_not_exported(train):
    assert len(train(6, compare_fn=Comparisons(lambda best, current: current > best))) == 1


def test_the_best_of_earlier_runs_is_known_after_a_restart(train):
    before = train(6)
    after = train(8, compare_fn=Comparisons(lambda best, current: False))
    assert after == before


def test_earlier_results_are_compared_in_order(train):
    train(4)
    comparisons = Comparisons(lambda best, current: current < best)
    train(6, compare_fn=comparisons)
    # Steps 2 and 4 from the event file, then step 6.
    assert [best > current for best, current in comparisons.asked] == [True, True]
    assert comparisons.asked[0][1] == comparisons.asked[1][0]


def test_without_event_files_each_run_begins_anew(train):
    train(2)
    assert len(train(4, event_file_pattern=None, compare_fn=Comparisons(lambda b, c: False))) == 2


def test_without_an_export_earlier_results_do_not_count(
    train, tmp_path, model_fn, repeated_input_fn, input_fn
):
    config = tfe.RunConfig(save_checkpoints_steps=2)
    estimator = tfe.Estimator(model_fn, str(tmp_path / "model"), config, params={})
    train_spec = tfe.TrainSpec(repeated_input_fn, max_steps=4)
    tfe.train_and_evaluate(estimator, train_spec, tfe.EvalSpec(input_fn, throttle_secs=0))
    assert len(train(6, compare_fn=Comparisons(lambda best, current: False))) == 1


def test_a_restored_event_file_that_was_cut_off(train, tmp_path):
    train(4)
    for path in (tmp_path / "model/eval").glob("events*"):
        path.write_bytes(path.read_bytes()[:-3])
    assert len(train(6)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"compare_fn": None}, "compare_fn must be a function"),
        ({"compare_fn": lambda a, b: True}, "must take best_eval_result and current_eval_result"),
        ({"exports_to_keep": 0}, "exports_to_keep must be more than 0"),
        ({"serving_input_receiver_fn": None}, "needs a serving_input_receiver_fn"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        tfe.BestExporter(**{"serving_input_receiver_fn": len, **arguments})


def test_default_compares_losses():
    from trainwright.estimator.best_exporter import loss_smaller

    assert loss_smaller({"loss": 2.0}, {"loss": 1.0})
    assert not loss_smaller({"loss": 1.0}, {"loss": 1.0})
    with pytest.raises(ValueError, match="The current evaluation result has no 'loss'"):
        loss_smaller({"loss": 1.0}, {"auc": 1.0})


def test_name_is_the_directory(train, tmp_path):
    train(2)
    assert (Path(tmp_path) / "model/export/best").is_dir()


def test_results_without_a_step_are_told_by_their_values(tmp_path):
    class Exporting:
        model_dir = str(tmp_path)

        def export_saved_model(self, export_path, *arguments, **options):
            return b"exported"

    (tmp_path / "best").mkdir()
    with tf.Graph().as_default():
        writer = tf.compat.v1.summary.FileWriter(str(tmp_path / "eval"))
        summary = tf.compat.v1.Summary()
        summary.value.add(tag="loss", simple_value=0.1)
        writer.add_summary(summary, 1)
        writer.close()

    def export(result):
        exporter = tfe.BestExporter("best", lambda: None)
        return exporter.export(Exporting(), str(tmp_path / "best"), "checkpoint", result, False)

    assert export({"loss": 0.1}) == b"exported"  # the event is this result's own
    assert export({"loss": 0.2}) is None
