"""Which threads compute a run of the loop."""

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.engine import kernel_threads
from trainwright.estimator.engine.kernel_threads import KernelThreads, has_pools
from trainwright.estimator.engine.tiny_numbers import can_be_zero

v1 = tf.compat.v1


pytestmark = pytest.mark.skipif(not can_be_zero(), reason="nothing is tried on this machine")


def runs(threads, count, pool, single):
    """So many runs of 100 steps, which take so many seconds; who computed them."""
    computed = []
    for _ in range(count):
        computed.append(threads.single)
        threads.took(100, single if threads.single else pool)
    return computed


@pytest.mark.parametrize(("pool", "single", "chosen"), [(0.3, 0.2, True), (0.2, 0.3, False)])
def test_takes_the_faster_one_after_trying_both_by_turns(pool, single, chosen):
    threads = KernelThreads()
    assert runs(threads, 6, pool, single) == [False, True] * 3
    assert set(runs(threads, 100, pool, single)) == {chosen}
    with threads.running() as options:
        assert options == (v1.RunOptions(inter_op_thread_pool=-1) if chosen else None)


def test_both_take_numbers_that_are_too_small_for_zero():
    threads = KernelThreads()
    with tf.Graph().as_default(), v1.Session() as session:
        given = v1.placeholder(tf.float32, [])
        half = given * 0.5
        computed = []
        for threads.single in (False, True):
            with threads.running() as options:
                computed.append(session.run(half, {given: np.float32(2e-38)}, options))
    assert computed[0] == computed[1]


def test_tries_again_later():
    threads = KernelThreads()
    runs(threads, 6, 0.3, 0.2)
    assert runs(threads, 100, 0.3, 0.2) == [True] * 100
    assert sorted(runs(threads, 6, 0.1, 0.2)) == [False] * 3 + [True] * 3
    assert runs(threads, 3, 0.1, 0.2) == [False] * 3


def test_runs_that_are_over_at_once_tell_nothing():
    threads = KernelThreads()
    assert runs(threads, 20, 0.004, 0.004) == [False] * 20


def test_one_slow_run_decides_nothing():
    threads = KernelThreads()
    threads.took(1, 0.5)  # has the graph optimized
    assert [False, *runs(threads, 5, 0.2, 0.3)] == [False, True] * 3
    assert not threads.single


def test_tries_nothing_where_pools_are_given():
    config = v1.ConfigProto(inter_op_parallelism_threads=1)
    pool = v1.ConfigProto(session_inter_op_thread_pool=[{"num_threads": 2}])
    assert has_pools(config)
    assert has_pools(pool)
    assert not has_pools(None)
    assert not has_pools(v1.ConfigProto(intra_op_parallelism_threads=1))
    assert runs(KernelThreads(fixed=True), 20, 0.3, 0.2) == [False] * 20


def test_tries_nothing_where_one_thread_would_come_to_other_digits(monkeypatch):
    monkeypatch.setattr(kernel_threads, "can_be_zero", lambda: False)
    assert runs(KernelThreads(), 20, 0.3, 0.2) == [False] * 20
