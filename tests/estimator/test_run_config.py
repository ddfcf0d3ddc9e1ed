from __future__ import annotations

import json

import pytest
import tensorflow as tf

from trainwright import estimator as tfe


def test_defaults():
    config = tfe.RunConfig()
    assert (config.save_checkpoints_secs, config.save_checkpoints_steps) == (600, None)
    assert (config.keep_checkpoint_max, config.keep_checkpoint_every_n_hours) == (5, 10000)
    assert (config.save_summary_steps, config.log_step_count_steps) == (100, 100)
    assert (config.task_type, config.task_id, config.is_chief) == ("worker", 0, True)
    assert (config.master, config.evaluation_master, config.num_ps_replicas) == ("", "", 0)
    assert (config.num_worker_replicas, config.global_id_in_cluster) == (1, 0)
    assert config.cluster_spec == tf.train.ClusterSpec({})
    assert config.session_config is None


def test_one_period_of_checkpoints_unsets_the_other():
    assert tfe.RunConfig(save_checkpoints_steps=5).save_checkpoints_secs is None
    assert tfe.RunConfig().replace(save_checkpoints_steps=5).save_checkpoints_secs is None
    config = tfe.RunConfig(save_checkpoints_steps=None, save_checkpoints_secs=None)
    assert (config.save_checkpoints_steps, config.save_checkpoints_secs) == (None, None)


def test_replace_leaves_the_original():
    config = tfe.RunConfig(model_dir="a")
    assert config.replace(model_dir="b").model_dir == "b"
    assert config.model_dir == "a"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"save_checkpoints_steps": 1, "save_checkpoints_secs": 1}, "Only one of"),
        ({"keep_checkpoint_max": -1}, r"keep_checkpoint_max must be at least 0\. Got -1"),
        ({"tf_random_seed": 1.5}, r"tf_random_seed must be an int\. Got 1\.5"),
        ({"log_step_count_steps": 0}, "log_step_count_steps must be more than 0"),
        ({"save_summary_steps": -1}, "save_summary_steps must be at least 0"),
        ({"device_fn": 1}, "device_fn must be a function of one argument"),
        ({"device_fn": lambda a, b: ""}, "device_fn must be a function of one argument"),
        ({"protocol": "x"}, "protocol must be"),
        ({"session_config": 1}, "session_config must be a tf.compat.v1.ConfigProto"),
        ({"model_dir": ""}, "model_dir must not be empty"),
    ],
)
def test_wrong_values(arguments, message):
    with pytest.raises(ValueError, match=message):
        tfe.RunConfig(**arguments)


def test_replace_of_what_cannot_be_replaced():
    with pytest.raises(ValueError, match="does not accept is_chief. It accepts: model_dir"):
        tfe.RunConfig().replace(is_chief=False)
    with pytest.raises(ValueError, match="Only one of"):
        tfe.RunConfig().replace(save_checkpoints_steps=1, save_checkpoints_secs=1)


def set_tf_config(monkeypatch, **config):
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))


CLUSTER = {"chief": ["c:1"], "worker": ["a:1", "b:1"], "ps": ["p:1"]}


@pytest.mark.parametrize(
    ("task", "is_chief", "global_id", "master"),
    [
        ({"type": "chief", "index": 0}, True, 0, "grpc://c:1"),
        ({"type": "worker", "index": 1}, False, 2, "grpc://b:1"),
        ({"type": "ps", "index": 0}, False, 3, "grpc://p:1"),
        ({"type": "evaluator", "index": 0}, False, None, ""),
    ],
)
def test_tasks_of_a_cluster(monkeypatch, task, is_chief, global_id, master):
    set_tf_config(monkeypatch, cluster=CLUSTER, task=task)
    config = tfe.RunConfig()
    assert (config.task_type, config.task_id) == (task["type"], task["index"])
    assert (config.is_chief, config.global_id_in_cluster) == (is_chief, global_id)
    assert config.master == master


def test_sizes_of_a_cluster(monkeypatch):
    set_tf_config(monkeypatch, cluster=CLUSTER, task={"type": "chief", "index": 0})
    config = tfe.RunConfig()
    assert (config.num_worker_replicas, config.num_ps_replicas) == (3, 1)


def test_worker_0_is_the_chief_where_none_is_named(monkeypatch):
    cluster = {"worker": ["a:1", "b:1"]}
    set_tf_config(monkeypatch, cluster=cluster, task={"type": "worker", "index": 0})
    assert tfe.RunConfig().is_chief
    set_tf_config(monkeypatch, cluster=cluster, task={"type": "worker", "index": 1})
    assert not tfe.RunConfig().is_chief


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "TF_CONFIG must be JSON"),
        ("[]", "must be a JSON object"),
        ('{"cluster": {"worker": ["a:1"]}}', "must name its task"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}', "no task ps 0"),
        ('{"task": {"type": "ps", "index": 0}}', "can only be task worker 0. Got ps 0"),
        ('{"model_dir": ""}', "model_dir must not be empty"),
    ],
)
def test_wrong_tf_config(monkeypatch, text, message):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match=message):
        tfe.RunConfig()


def test_model_dir_of_the_environment(monkeypatch):
    set_tf_config(monkeypatch, model_dir="there")
    assert tfe.RunConfig().model_dir == "there"
    assert tfe.RunConfig("there").model_dir == "there"
    with pytest.raises(ValueError, match="model_dir is 'here', but TF_CONFIG says 'there'"):
        tfe.RunConfig("here")


@pytest.mark.parametrize("job", ["chief", "master"])
def test_the_only_task_of_a_cluster_trains_without_a_server(
    monkeypatch, model_fn, repeated_input_fn, tmp_path, job
):
    set_tf_config(monkeypatch, cluster={job: ["localhost:1"]}, task={"type": job, "index": 0})
    config = tfe.RunConfig()
    assert (config.master, config.is_chief) == ("", True)
    estimator = tfe.Estimator(model_fn, str(tmp_path), config=config, params={})
    tfe.train_and_evaluate(
        estimator,
        tfe.TrainSpec(repeated_input_fn, max_steps=2),
        tfe.EvalSpec(repeated_input_fn, steps=1),
    )
    assert estimator.get_variable_value("global_step") == 2


@pytest.mark.parametrize(
    ("task", "filters"),
    [
        ({"type": "chief", "index": 0}, ["/job:ps", "/job:chief"]),
        ({"type": "worker", "index": 1}, ["/job:ps", "/job:worker/task:1"]),
        ({"type": "ps", "index": 0}, ["/job:ps", "/job:worker", "/job:chief", "/job:master"]),
    ],
)
def test_sessions_of_a_cluster_see_parameter_servers_and_themselves(monkeypatch, task, filters):
    set_tf_config(monkeypatch, cluster=CLUSTER, task=task)
    config = tfe.RunConfig()
    assert list(config.session_config.device_filters) == filters
    assert config.session_config.allow_soft_placement
    own = tf.compat.v1.ConfigProto()
    assert tfe.RunConfig(session_config=own).session_config is own
    assert config.replace(session_config=own).session_config is own


def test_targets_of_sessions(monkeypatch):
    set_tf_config(monkeypatch, session_master="here")
    assert (tfe.RunConfig().master, tfe.RunConfig().evaluation_master) == ("here", "")
    task = {"type": "worker", "index": 0}
    set_tf_config(monkeypatch, cluster=CLUSTER, task=task, rpc_layer="other")
    assert tfe.RunConfig().master == "grpc://a:1"


def test_evaluators_have_any_index(monkeypatch):
    set_tf_config(monkeypatch, cluster=CLUSTER, task={"type": "evaluator", "index": 12})
    assert (tfe.RunConfig().task_id, tfe.RunConfig().global_id_in_cluster) == (12, None)


MASTER = {"master": ["m:1"], "worker": ["a:1"]}


@pytest.mark.parametrize(
    ("cluster", "task", "message"),
    [
        (MASTER, {"type": "evaluator", "index": 0}, "with a master has no evaluator"),
        ({**MASTER, **CLUSTER}, {"type": "master", "index": 0}, "with a master has no chief"),
        (CLUSTER, {"type": "evaluator", "index": -1}, "index of a task is 0 or more. Got -1"),
    ],
)
def test_clusters_that_cannot_be(monkeypatch, cluster, task, message):
    set_tf_config(monkeypatch, cluster=cluster, task=task)
    with pytest.raises(ValueError, match=message):
        tfe.RunConfig()


def test_a_service_is_an_object(monkeypatch):
    set_tf_config(monkeypatch, service=3)
    with pytest.raises(TypeError, match="service must be an object. Got 3"):
        tfe.RunConfig()


def test_a_period_of_0_unsets_the_other_too():
    assert tfe.RunConfig().replace(save_checkpoints_steps=0).save_checkpoints_secs is None


def test_replaced_values_are_checked():
    with pytest.raises(ValueError, match="model_dir must not be empty"):
        tfe.RunConfig().replace(model_dir="")
    for make in (tfe.RunConfig, tfe.RunConfig().replace):
        with pytest.raises(ValueError, match="experimental_max_worker_delay_secs must be an int"):
            make(experimental_max_worker_delay_secs="5")
