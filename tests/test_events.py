from __future__ import annotations

import inspect

from trainwright.events import RunObserver, announce, observing

EVENTS = [name for name in dir(RunObserver) if name.startswith("on_")]


class Recorder(RunObserver):
    def __init__(self):
        self.heard = []

    def __getattribute__(self, name):
        if name.startswith("on_"):
            return lambda *arguments: self.heard.append((name, arguments))
        return super().__getattribute__(name)


def arguments_of(name):
    return tuple(range(len(inspect.signature(getattr(RunObserver(), name)).parameters)))


def test_every_event_reaches_every_observer():
    outer, inner = Recorder(), Recorder()
    with observing(outer), observing(inner):
        for name in EVENTS:
            getattr(announce, name)(*arguments_of(name))
    expected = [(name, arguments_of(name)) for name in EVENTS]
    assert outer.heard == inner.heard == expected


def test_nobody_listens_after_the_block():
    recorder = Recorder()
    with observing(recorder):
        pass
    announce.on_stage("later")
    assert recorder.heard == []


def test_events_that_are_not_overridden_do_nothing():
    observer = RunObserver()
    for name in EVENTS:
        assert getattr(observer, name)(*arguments_of(name)) is None
