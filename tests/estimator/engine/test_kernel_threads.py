"""Which threads compute a run of the loop."""

import pytest
import tensorflow as tf

from trainwright.estimator.engine.kernel_threads import KernelThreads, has_pools

v1 = tf.compat.v1


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
    assert threads.options() == (v1.RunOptions(inter_op_thread_pool=-1) if chosen else None)


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
