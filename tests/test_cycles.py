from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from trainwright.cycles import collect_as_usual, few_collections

USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def usual_thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


def test_collections_are_few_in_the_block() -> None:
    with few_collections():
        assert gc.get_threshold()[0] > 10 * USUAL[0]
    assert gc.get_threshold() == USUAL


def test_an_inner_block_changes_nothing() -> None:
    with few_collections():
        few = gc.get_threshold()
        with few_collections():
            assert gc.get_threshold() == few
        assert gc.get_threshold() == few
    assert gc.get_threshold() == USUAL


def test_the_end_can_come_early() -> None:
    with few_collections():
        collect_as_usual()
        assert gc.get_threshold() == USUAL
        gc.set_threshold(500)
    assert gc.get_threshold()[0] == 500
    collect_as_usual()
    assert gc.get_threshold()[0] == 500


def test_the_end_comes_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), few_collections():
        raise ZeroDivisionError
    assert gc.get_threshold() == USUAL


@pytest.mark.parametrize("thresholds", [(0, 10, 10), (100_000, 5, 5)])
def test_who_collects_less_or_not_at_all_is_left_alone(thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(*thresholds)
    with few_collections():
        assert gc.get_threshold() == thresholds
    assert gc.get_threshold() == thresholds


def test_what_others_set_meanwhile_stays() -> None:
    with few_collections():
        gc.set_threshold(123, 4, 5)
    assert gc.get_threshold() == (123, 4, 5)


def test_cycles_of_the_block_are_found_later() -> None:
    class Node:
        other: Node

    frozen = gc.get_freeze_count()  # by Python 3.12 itself
    with few_collections():
        node = Node()
        node.other = node
        watch = weakref.ref(node)
        del node
    assert gc.get_freeze_count() <= frozen
    gc.collect()
    assert watch() is None
