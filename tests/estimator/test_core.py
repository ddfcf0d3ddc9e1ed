from __future__ import annotations

import functools
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format

from trainwright import estimator as tfe
from trainwright.errors import CheckpointError, NonFiniteLossError, TrainingError
from trainwright.events import RunObserver, observing

v1 = tf.compat.v1


class Recorder(RunObserver):
    def __init__(self):
        self.steps = []
        self.trained = []
        self.checkpoints = []

    def on_train_begin(self, start_step, stop_step, model_dir):
        self.trained.append((start_step, stop_step))

    def on_steps(self, step, loss, examples):
        self.steps.append((step, loss, examples))

    def on_train_end(self, step):
        self.trained.append(step)

    def on_checkpoint(self, path, step):
        self.checkpoints.append(step)
        assert Path(f"{path}.index").exists()


def test_gradient_descent_by_hand(estimator, repeated_input_fn):
    estimator.train(repeated_input_fn, steps=2)
    # x=1, y=3: w = 0 + 0.1 * 2 * 3 = 0.6; x=2, y=6: w = 0.6 + 0.1 * 2 * 2 * (6 - 1.2) = 2.52
    assert estimator.get_variable_value("weight") == pytest.approx(2.52, rel=1e-6)
    assert estimator.get_variable_value("global_step") == 2
    assert estimator.get_variable_names() == ["global_step", "weight"]


def test_training_goes_on_from_the_latest_checkpoint(estimator, repeated_input_fn):
    estimator.train(repeated_input_fn, steps=2)
    estimator.train(repeated_input_fn, steps=3)
    assert estimator.get_variable_value("global_step") == 5


def test_max_steps_counts_the_global_step(estimator, repeated_input_fn):
    estimator.train(repeated_input_fn, max_steps=3)
    checkpoint = estimator.latest_checkpoint()
    estimator.train(repeated_input_fn, max_steps=3)
    assert estimator.latest_checkpoint() == checkpoint == f"{estimator.model_dir}/model.ckpt-3"


def test_training_ends_with_its_input(estimator, input_fn):
    assert estimator.train(input_fn) is estimator
    assert estimator.get_variable_value("global_step") == 2


def test_files_of_a_model_directory(estimator, input_fn):
    estimator.train(input_fn)
    names = {path.name for path in Path(estimator.model_dir).iterdir()}
    checkpoints = {
        f"model.ckpt-{step}.{part}"
        for step in (0, 2)
        for part in ("index", "meta", "data-00000-of-00001")
    }
    assert checkpoints | {"checkpoint", "graph.pbtxt"} == {n for n in names if "tfevents" not in n}


def test_the_graph_is_written_as_text(estimator, input_fn):
    estimator.train(input_fn)
    written = text_format.Parse(Path(estimator.model_dir, "graph.pbtxt").read_text(), v1.GraphDef())
    saved = v1.MetaGraphDef()
    saved.ParseFromString(Path(f"{estimator.model_dir}/model.ckpt-0.meta").read_bytes())
    names = {node.name for node in written.node}
    assert {"weight", "global_step"} <= names == {node.name for node in saved.graph_def.node}
    shapes = {node.name: node.attr["_output_shapes"].list.shape for node in written.node}
    assert len(shapes["weight/Read/ReadVariableOp"]) == 1


def test_graphs_are_not_written_where_they_are_not_wanted(model_fn, input_fn, tmp_path):
    config = tfe.RunConfig(checkpoint_save_graph_def=False)
    estimator = tfe.Estimator(model_fn, str(tmp_path), config, params={})
    estimator.train(input_fn)
    names = {path.name for path in tmp_path.iterdir()}
    assert "model.ckpt-2.index" in names
    assert not any(name.endswith((".meta", ".pbtxt")) for name in names)


def test_a_moved_model_directory_still_works(estimator, model_fn, input_fn, tmp_path):
    estimator.train(input_fn)
    moved = tmp_path / "elsewhere"
    shutil.move(estimator.model_dir, moved)
    again = tfe.Estimator(model_fn, str(moved), params={})
    assert again.latest_checkpoint() == str(moved / "model.ckpt-2")
    assert again.evaluate(input_fn)["global_step"] == 2


def test_evaluate(estimator, input_fn, repeated_input_fn):
    estimator.train(input_fn)
    metrics = estimator.evaluate(input_fn)
    assert metrics["mae"] == pytest.approx((0.48 + 0.96) / 2, rel=1e-5)
    assert metrics["loss"] == pytest.approx((0.48**2 + 0.96**2) / 2, rel=1e-5)
    assert metrics["global_step"] == 2
    assert estimator.evaluate(repeated_input_fn, steps=1)["mae"] == pytest.approx(0.48, rel=1e-5)


def test_evaluate_without_a_checkpoint_uses_initial_values(estimator, input_fn):
    assert estimator.evaluate(input_fn)["mae"] == pytest.approx(4.5)


def test_evaluate_an_older_checkpoint(estimator, input_fn):
    estimator.train(input_fn)
    metrics = estimator.evaluate(input_fn, checkpoint_path=f"{estimator.model_dir}/model.ckpt-0")
    assert (metrics["global_step"], metrics["mae"]) == (0, pytest.approx(4.5))


def test_evaluation_writes_events_under_its_name(estimator, input_fn):
    estimator.train(input_fn)
    estimator.evaluate(input_fn, name="holdout")
    (events,) = Path(estimator.eval_dir("holdout")).glob("events*")
    assert events.parent.name == "eval_holdout"
    values = {
        value.tag: value.simple_value
        for event in v1.train.summary_iterator(str(events))
        for value in event.summary.value
        if event.step == 2
    }
    assert values["mae"] == pytest.approx(0.72, rel=1e-5)
    assert {"loss", f"checkpoint_path/{estimator.model_dir}/model.ckpt-2"} <= set(values)


def test_an_empty_evaluation_is_an_error(estimator, input_fn):
    estimator.train(input_fn)
    with pytest.raises(TrainingError, match="read no batch"):
        estimator.evaluate(lambda: input_fn().take(0))


def test_predict(estimator, input_fn):
    estimator.train(input_fn)
    rows = list(estimator.predict(input_fn))
    assert [set(row) for row in rows] == [{"x", "y"}] * 2
    np.testing.assert_allclose([row["y"] for row in rows], [2.52, 5.04], rtol=1e-5)
    assert [set(row) for row in estimator.predict(input_fn, predict_keys="y")] == [{"y"}] * 2
    batches = list(estimator.predict(input_fn, yield_single_examples=False))
    assert [batch["y"].shape for batch in batches] == [(1,), (1,)]


def test_predict_of_an_unknown_key(estimator, input_fn):
    estimator.train(input_fn)
    with pytest.raises(ValueError, match=r"no predictions named \['z'\].*It has: \['x', 'y'\]"):
        next(estimator.predict(input_fn, predict_keys=["z"]))


def test_export_saved_model(estimator, input_fn, serving_input_receiver_fn, tmp_path):
    estimator.train(input_fn)
    extra = tmp_path / "note.txt"
    extra.write_text("hello")
    path = estimator.export_saved_model(
        str(tmp_path / "export"), serving_input_receiver_fn, assets_extra={"a/note.txt": str(extra)}
    )
    assert isinstance(path, bytes)
    folder = Path(path.decode())
    assert folder.name.isdigit()
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]
    assert (folder / "assets.extra/a/note.txt").read_text() == "hello"
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]
    features = tf.train.Features(
        feature={"x": tf.train.Feature(float_list=tf.train.FloatList(value=[10.0]))}
    )
    example = tf.train.Example(features=features).SerializeToString()
    assert serve(examples=tf.constant([example]))["y"].numpy() == pytest.approx([25.2], rel=1e-5)


def test_two_exports_in_one_second(estimator, input_fn, serving_input_receiver_fn, tmp_path):
    estimator.train(input_fn)
    paths = {estimator.export_saved_model(tmp_path, serving_input_receiver_fn) for _ in range(2)}
    assert len(paths) == 2


def test_observers_hear_of_every_step(estimator, input_fn):
    recorder = Recorder()
    with observing(recorder):
        estimator.train(lambda: input_fn().repeat(2), max_steps=3)
    assert [(step, examples) for step, _, examples in recorder.steps] == [(1, 1), (2, 1), (3, 1)]
    assert recorder.steps[0][1] == pytest.approx(9.0)
    assert recorder.trained == [(0, 3), 3]
    assert recorder.checkpoints == [0, 3]


def test_a_loss_that_is_not_finite_stops_and_is_not_saved(tmp_path, model_fn, repeated_input_fn):
    config = tfe.RunConfig(save_checkpoints_steps=1)
    diverging = tfe.Estimator(model_fn, str(tmp_path), config, params={"learning_rate": 1e18})
    with pytest.raises(NonFiniteLossError, match=r"became (nan|inf) at step \d+") as error:
        diverging.train(repeated_input_fn, max_steps=100)
    assert isinstance(error.value, tfe.NanLossDuringTrainingError)
    assert diverging.get_variable_value("global_step") == error.value.step - 1


def test_a_damaged_checkpoint_is_an_error_and_not_step_0(estimator, repeated_input_fn):
    estimator.train(repeated_input_fn, max_steps=2)
    data = Path(f"{estimator.latest_checkpoint()}.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:3])
    with pytest.raises(CheckpointError, match=r"model\.ckpt-2"):
        estimator.train(repeated_input_fn, max_steps=4)
    data.unlink()
    Path(f"{estimator.latest_checkpoint()}.index").unlink()
    with pytest.raises(CheckpointError, match=r"model\.ckpt-2, whose files are not there"):
        estimator.train(repeated_input_fn, max_steps=4)


def test_an_unreadable_state_file_is_an_error(estimator, repeated_input_fn):
    estimator.train(repeated_input_fn, max_steps=2)
    (Path(estimator.model_dir) / "checkpoint").write_text("")
    with pytest.raises(CheckpointError, match="names no checkpoint"):
        estimator.train(repeated_input_fn, max_steps=4)


def test_a_changed_model_is_named(estimator, repeated_input_fn):
    estimator.train(repeated_input_fn, max_steps=2)

    def other_model_fn(features, labels, mode):
        weight = v1.get_variable("other", [], initializer=v1.zeros_initializer())
        loss = tf.reduce_mean((features["x"] * weight - labels) ** 2)
        train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, v1.train.get_global_step())
        return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)

    other = tfe.Estimator(other_model_fn, estimator.model_dir)
    with pytest.raises(CheckpointError, match=r"model\.ckpt-2 does not hold a variable.*other"):
        other.train(repeated_input_fn, max_steps=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 1, "max_steps": 1}, "Only one of steps and max_steps"),
        ({"steps": 0}, "steps must be more than 0.*Got 0"),
        ({"max_steps": -1}, "max_steps must be more than 0.*Got -1"),
    ],
)
def test_wrong_numbers_of_steps(estimator, input_fn, arguments, message):
    with pytest.raises(ValueError, match=message):
        estimator.train(input_fn, **arguments)


def test_wrong_hooks_and_listeners(estimator, input_fn):
    with pytest.raises(TypeError, match=r"hooks must be SessionRunHooks\. Got 1"):
        estimator.train(input_fn, hooks=[1])
    with pytest.raises(TypeError, match="saving_listeners must be CheckpointSaverListeners"):
        estimator.train(input_fn, saving_listeners=[1])
    with pytest.raises(ValueError, match="steps must be more than 0"):
        estimator.evaluate(input_fn, steps=0)


def test_listeners_need_checkpoints(model_fn, input_fn, tmp_path):
    config = tfe.RunConfig(save_checkpoints_steps=None, save_checkpoints_secs=None)
    estimator = tfe.Estimator(model_fn, str(tmp_path), config, params={})
    with pytest.raises(ValueError, match="saving_listeners are called when"):
        estimator.train(input_fn, saving_listeners=[tfe.CheckpointSaverListener()])


def test_a_model_without_a_checkpoint(estimator, serving_input_receiver_fn, tmp_path):
    assert estimator.latest_checkpoint() is None
    with pytest.raises(ValueError, match="no trained model"):
        estimator.get_variable_names()
    with pytest.raises(ValueError, match="no trained model"):
        estimator.export_saved_model(tmp_path, serving_input_receiver_fn)


def test_an_unknown_variable(estimator, input_fn):
    estimator.train(input_fn)
    with pytest.raises(ValueError, match="has no variable 'bias'"):
        estimator.get_variable_value("bias")


def test_model_fn_signatures():
    with pytest.raises(ValueError, match="does not fill: extra"):
        tfe.Estimator(lambda features, extra: None)
    with pytest.raises(ValueError, match="takes no argument params"):
        tfe.Estimator(lambda features, labels: None, params={"a": 1})
    with pytest.raises(ValueError, match="must take an argument features"):
        tfe.Estimator(lambda labels: None)
    with pytest.raises(ValueError, match="model_fn must be given"):
        tfe.Estimator(None)


def test_a_partial_model_fn_gets_what_it_was_not_given(model_fn, input_fn, tmp_path):
    def with_depth(features, labels, depth, mode, params):
        assert (depth, params) == (2, {"learning_rate": 0.1})
        return model_fn(features, labels, mode, params)

    partial = functools.partial(with_depth, depth=2, params={"learning_rate": 0.1})
    estimator = tfe.Estimator(partial, str(tmp_path)).train(input_fn)
    assert estimator.get_variable_value("weight") == pytest.approx(2.52, rel=1e-6)
    with pytest.raises(ValueError, match="takes no argument params"):
        tfe.Estimator(partial, params={"learning_rate": 1.0})


def test_model_fn_must_return_a_spec(input_fn, tmp_path):
    estimator = tfe.Estimator(lambda features, labels: 1, str(tmp_path))
    with pytest.raises(ValueError, match=r"must return an EstimatorSpec\. Got 1"):
        estimator.train(input_fn, steps=1)


def test_labels_nobody_takes(input_fn, tmp_path):
    estimator = tfe.Estimator(lambda features: None, str(tmp_path))
    with pytest.raises(ValueError, match="gives labels, but the model_fn takes none"):
        estimator.train(input_fn, steps=1)


def test_two_model_directories_are_an_error(model_fn):
    with pytest.raises(ValueError, match=r"model_dir is 'a' here and 'b' in the RunConfig"):
        tfe.Estimator(model_fn, "a", tfe.RunConfig(model_dir="b"))
    with pytest.raises(ValueError, match="config must be a RunConfig"):
        tfe.Estimator(model_fn, config={"model_dir": "a"})


def test_params_and_config_are_copies(tmp_path, model_fn):
    params = {"a": [1]}
    estimator = tfe.Estimator(model_fn, str(tmp_path), params=params)
    params["a"].append(2)
    estimator.params["a"].append(3)
    assert estimator.params == {"a": [1]}
    assert estimator.config.model_dir == str(tmp_path)


def test_public_model_fn_fills_in_the_params(estimator):
    with tf.Graph().as_default():
        features = {"x": tf.constant([1.0])}
        spec = estimator.model_fn(features, None, tfe.ModeKeys.PREDICT, estimator.config)
    assert set(spec.predictions) == {"x", "y"}


def test_hooks_of_every_kind_run(tmp_path, model_fn, input_fn):
    calls = []

    class Hook(tfe.SessionRunHook):
        def __init__(self, name):
            self.name = name

        def end(self, session):
            calls.append(self.name)

    def hooked_model_fn(features, labels, mode, params):
        spec = model_fn(features, labels, mode, params)
        return spec._replace(
            training_hooks=(Hook("training"),),
            training_chief_hooks=(Hook("chief"),),
            evaluation_hooks=(Hook("evaluation"),),
            prediction_hooks=(Hook("prediction"),),
        )

    estimator = tfe.Estimator(hooked_model_fn, str(tmp_path), params={})
    estimator.train(input_fn, hooks=[Hook("train")])
    estimator.evaluate(input_fn, hooks=[Hook("evaluate")])
    list(estimator.predict(input_fn, hooks=[Hook("predict")]))
    assert sorted(calls) == [
        "chief",
        "evaluate",
        "evaluation",
        "predict",
        "prediction",
        "train",
        "training",
    ]


def test_a_strategy_of_one_replica_changes_nothing(tmp_path, model_fn, input_fn):
    config = tfe.RunConfig(train_distribute=tf.distribute.MirroredStrategy(["/cpu:0"]))
    estimator = tfe.Estimator(model_fn, str(tmp_path), config, params={})
    assert estimator.train(input_fn).get_variable_value("weight") == pytest.approx(2.52)


def test_several_replicas_are_refused(model_fn):
    config = tfe.RunConfig(eval_distribute=SimpleNamespace(num_replicas_in_sync=2))
    with pytest.raises(ValueError, match="eval_distribute is a .* of 2 replicas"):
        tfe.Estimator(model_fn, config=config, params={})


def test_a_variable_by_the_name_of_its_tensor(estimator, input_fn):
    estimator.train(input_fn)
    assert estimator.get_variable_value("weight:0") == estimator.get_variable_value("weight")


def test_subclasses_leave_the_methods_as_they_are(model_fn):
    class Predicting(tfe.Estimator):
        def predict(self, input_fn):
            return iter(())

    with pytest.raises(ValueError, match=r"Predicting replaces predict of Estimator"):
        Predicting(model_fn)

    class Extended(tfe.Estimator):
        def predict_all(self, input_fn):
            return list(self.predict(input_fn))

    class Knowing(Predicting):
        def _assert_members_are_not_overridden(self):
            pass

    assert isinstance(Extended(model_fn), tfe.Estimator)
    assert isinstance(Knowing(model_fn), tfe.Estimator)


def test_an_evaluator_does_not_train(model_fn, input_fn):
    class Config(tfe.RunConfig):
        @property
        def task_type(self):
            return "evaluator"

    with pytest.raises(ValueError, match="'evaluator', which does not train. Call train_and_eval"):
        tfe.Estimator(model_fn, config=Config()).train(input_fn)


def test_the_old_export_names_the_new_one(estimator):
    with pytest.raises(AttributeError, match=r"'export_savedmodel'. Use export_saved_model\."):
        _ = estimator.export_savedmodel
    assert not hasattr(estimator, "fit")


def test_ops_go_where_they_have_a_kernel(model_fn, input_fn, tmp_path):
    def on_a_gpu(features, labels, mode, params):
        with tf.device("/gpu:0"):
            text = tf.strings.as_string(features["x"])
        with tf.control_dependencies([text]):
            features = {"x": tf.identity(features["x"])}
        return model_fn(features, labels, mode, params)

    estimator = tfe.Estimator(on_a_gpu, str(tmp_path)).train(input_fn)
    assert estimator.evaluate(input_fn)["global_step"] == 2
    assert estimator.config.session_config.allow_soft_placement


def test_nested_metrics(model_fn, input_fn, tmp_path):
    def nested(features, labels, mode, params):
        spec = model_fn(features, labels, mode, params)
        value = ((tf.constant(2.0), tf.constant(1)), tf.constant(3.0, tf.float64))
        return spec._replace(eval_metric_ops={"nested": (value, tf.no_op())})

    estimator = tfe.Estimator(nested, str(tmp_path))
    assert estimator.evaluate(input_fn)["nested"] == ((2.0, 1), 3.0)


def test_hooks_find_the_last_checkpoint_at_their_end(estimator, input_fn):
    found = []

    class Looks(tfe.SessionRunHook):
        def end(self, session):
            found.append(Path(estimator.latest_checkpoint()).name)

    class Listens(tfe.CheckpointSaverListener):
        def end(self, session, global_step_value):
            found.append(f"ended at {global_step_value}")

    estimator.train(input_fn, hooks=[Looks()], saving_listeners=[Listens()], steps=2)
    assert found == ["ended at 2", "model.ckpt-2"]


def test_hooks_see_the_step_at_which_the_loss_stops_training(repeated_input_fn, tmp_path):
    def model_fn(features, labels, mode):
        step = v1.assign_add(v1.train.get_global_step(), 1)
        loss = tf.where(step > 1, tf.constant(np.nan), tf.constant(1.0))
        return tfe.EstimatorSpec(mode, loss=loss, train_op=step)

    class Seen(tfe.SessionRunHook):
        steps = 0

        def after_run(self, run_context, run_values):
            self.steps += 1

    seen = Seen()
    saver = tfe.CheckpointSaverHook(str(tmp_path), save_steps=1)
    estimator = tfe.Estimator(model_fn, str(tmp_path))
    with pytest.raises(NonFiniteLossError):
        estimator.train(repeated_input_fn, steps=5, hooks=[seen, saver])
    assert seen.steps == 2
    assert estimator.get_variable_value("global_step") == 1


def test_a_saver_of_another_kind(model_fn, input_fn, tmp_path):
    class Delegating:
        def __init__(self, saver):
            self._saver = saver
            self.saved = []

        def __getattr__(self, name):
            if name == "last_checkpoints":
                return object()
            return getattr(self._saver, name)

        def save(self, *arguments, **options):
            self.saved.append(options.get("global_step"))
            return self._saver.save(*arguments, **options)

    savers = []

    def with_saver(features, labels, mode, params):
        spec = model_fn(features, labels, mode, params)
        savers.append(Delegating(v1.train.Saver()))
        return spec._replace(scaffold=v1.train.Scaffold(saver=savers[-1]))

    estimator = tfe.Estimator(with_saver, str(tmp_path), params={}).train(input_fn)
    assert len(savers[0].saved) == 2
    assert estimator.evaluate(input_fn)["global_step"] == 2
