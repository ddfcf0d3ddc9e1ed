"""What the environment variable ``TF_CONFIG`` says of this process's place in a cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

CHIEF = "chief"
WORKER = "worker"
PS = "ps"
EVALUATOR = "evaluator"
MASTER = "master"


@dataclass(frozen=True)
class ClusterTask:
    """This process among the others.

    Args:
        cluster_spec: the jobs and addresses; empty when there is no cluster.
        task_type: ``chief``, ``worker``, ``ps``, ``evaluator`` or ``master``.
        task_id: index within the job.
        is_chief: whether this process saves checkpoints and exports.
        master: the session target of training.
        evaluation_master: the session target of evaluation.
        num_ps_replicas: number of parameter servers.
        num_worker_replicas: number of workers, the chief included.
        global_id_in_cluster: index among all tasks but the evaluator, None for that one.
        service: the entry ``service``, as it is.
        model_dir: the entry ``model_dir``, None where there is none.
    """

    cluster_spec: Any
    task_type: str = WORKER
    task_id: int = 0
    is_chief: bool = True
    master: str = ""
    evaluation_master: str = ""
    num_ps_replicas: int = 0
    num_worker_replicas: int = 1
    global_id_in_cluster: int | None = 0
    service: Mapping[str, Any] | None = None
    model_dir: str | None = None

    @property
    def is_alone(self) -> bool:
        """Whether no other task trains or evaluates the model; a cluster may have one task."""
        jobs = self.cluster_spec.jobs
        return self.task_type != EVALUATOR and sum(map(self.cluster_spec.num_tasks, jobs)) <= 1


def read_cluster_task(environ: Mapping[str, str] = os.environ) -> ClusterTask:
    """Reads ``TF_CONFIG``; where it is not set: one process on its own.

    Raises:
        ValueError: not JSON, a task that the cluster does not have, or a malformed entry.
        TypeError: ``service`` is no object.

    Example:
        >>> read_cluster_task({}).is_chief
        True
        >>> env = {"TF_CONFIG": '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, '
        ...                     '"task": {"type": "worker", "index": 0}}'}
        >>> task = read_cluster_task(env)
        >>> task.is_chief, task.num_worker_replicas, task.master
        (False, 2, 'grpc://b:1')
    """
    config = _parse(environ.get("TF_CONFIG") or "{}")
    cluster = config.get("cluster") or {}
    task = config.get("task") or {}
    model_dir = config.get("model_dir")
    if model_dir == "":
        raise ValueError("TF_CONFIG: model_dir must not be empty.")
    service = config.get("service")
    if service is not None and not isinstance(service, dict):
        raise TypeError(f"TF_CONFIG: service must be an object. Got {service!r} instead.")
    shared = {"service": service, "model_dir": model_dir}
    if not cluster:
        return _alone(config, task, shared)
    return _in_cluster(config, cluster, task, shared)


def _parse(text: str) -> dict[str, Any]:
    try:
        config = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"TF_CONFIG must be JSON. Got {text!r} instead: {problem}.") from problem
    if not isinstance(config, dict):
        raise ValueError(f"TF_CONFIG must be a JSON object. Got {text!r} instead.")
    return config


def _alone(config: dict[str, Any], task: dict[str, Any], shared: dict[str, Any]) -> ClusterTask:
    task_type = task.get("type", WORKER)
    task_id = int(task.get("index", 0))
    if task_type == EVALUATOR or task_type not in (WORKER, MASTER) or task_id != 0:
        if task_type == EVALUATOR and task_id == 0:
            return _evaluator(task_id, shared)
        raise ValueError(
            f"TF_CONFIG without a cluster can only be task worker 0. Got {task_type} {task_id}."
        )
    return ClusterTask(
        cluster_spec=tf.train.ClusterSpec({}),
        task_type=task_type,
        master=config.get("session_master", ""),
        evaluation_master=config.get("eval_session_master", ""),
        **shared,
    )


def _evaluator(task_id: int, shared: dict[str, Any]) -> ClusterTask:
    # The evaluator is outside the training cluster: it shares only the model directory with it.
    return ClusterTask(
        cluster_spec=tf.train.ClusterSpec({}),
        task_type=EVALUATOR,
        task_id=task_id,
        is_chief=False,
        num_worker_replicas=0,
        global_id_in_cluster=None,
        **shared,
    )


def _in_cluster(
    config: dict[str, Any],
    cluster: dict[str, Any],
    task: dict[str, Any],
    shared: dict[str, Any],
) -> ClusterTask:
    spec = tf.train.ClusterSpec(cluster)
    jobs = spec.as_dict()
    if "type" not in task or "index" not in task:
        raise ValueError("TF_CONFIG with a cluster must name its task, with type and index.")
    task_type, task_id = task["type"], int(task["index"])
    if MASTER in jobs and (CHIEF in jobs or task_type == EVALUATOR):
        other = CHIEF if CHIEF in jobs else EVALUATOR
        raise ValueError(
            f"TF_CONFIG: a cluster with a master has no {other}: the master does its work."
        )
    if task_type == EVALUATOR:
        if task_id < 0:
            raise ValueError(f"TF_CONFIG: the index of a task is 0 or more. Got {task_id}.")
        return _evaluator(task_id, shared)
    if task_type not in jobs or not 0 <= task_id < spec.num_tasks(task_type):
        known = ", ".join(f"{job} ({spec.num_tasks(job)})" for job in jobs)
        raise ValueError(
            f"TF_CONFIG: the cluster has no task {task_type} {task_id}. It has: {known}."
        )
    chief_job = next((job for job in (CHIEF, MASTER) if job in jobs), None)
    if chief_job and spec.num_tasks(chief_job) != 1:
        raise ValueError(
            f"TF_CONFIG: a cluster has one {chief_job}. Got {spec.num_tasks(chief_job)}."
        )
    # The only task of a cluster needs no server: cloud services describe single machines so.
    alone = sum(map(spec.num_tasks, jobs)) == 1
    address = "" if alone else f"grpc://{spec.task_address(task_type, task_id)}"
    master = config.get("session_master", address)
    workers = sum(spec.num_tasks(job) for job in (CHIEF, MASTER, WORKER) if job in jobs)
    return ClusterTask(
        cluster_spec=spec,
        task_type=task_type,
        task_id=task_id,
        # Worker 0 of a cluster that names no chief is the chief: somebody must save the model.
        is_chief=task_type == chief_job or (not chief_job and (task_type, task_id) == (WORKER, 0)),
        master=master,
        evaluation_master=config.get("eval_session_master", ""),
        num_ps_replicas=spec.num_tasks(PS) if PS in jobs else 0,
        num_worker_replicas=workers,
        global_id_in_cluster=_global_id(spec, task_type, task_id),
        **shared,
    )


def _global_id(spec: Any, task_type: str, task_id: int) -> int:
    order = [CHIEF, MASTER, WORKER, PS]
    jobs = [job for job in order if job in spec.jobs]
    before = sum(spec.num_tasks(job) for job in jobs[: jobs.index(task_type)])
    return int(before + task_id)


def distributed_session_config(task: ClusterTask) -> Any:
    """The ConfigProto of sessions in a cluster, None elsewhere.

    A session looks for the parameter servers and itself only, so that it waits for no worker.
    """
    if not task.cluster_spec.jobs:
        return None
    filters = [f"/job:{PS}"]
    if task.task_type == WORKER:
        filters.append(f"/job:{WORKER}/task:{task.task_id}")
    elif task.task_type == PS:
        filters += [f"/job:{job}" for job in (WORKER, CHIEF, MASTER)]
    else:
        filters.append(f"/job:{task.task_type}")
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True, device_filters=filters)
    rewriting = config.graph_options.rewrite_options
    rewriting.meta_optimizer_iterations = type(rewriting).ONE
    return config
