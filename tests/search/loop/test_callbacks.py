"""Callbacks are told of the end of what they were told the beginning of."""

import pytest

from search.api.quiet import Theirs
from search.loop.callbacks import Callback, WithCallbacks


class Quiet:
    def close(self):
        pass


class Told(Callback):
    def __init__(self):
        self.of = []

    def on_start(self, settings, folder):
        self.of.append("start")

    def on_end(self):
        self.of.append("end")


class Raising(Told):
    def __init__(self, *, at):
        super().__init__()
        self.at = at

    def on_start(self, settings, folder):
        super().on_start(settings, folder)
        if self.at == "start":
            raise RuntimeError("at the start")

    def on_end(self):
        super().on_end()
        raise RuntimeError("at the end")


def test_one_that_never_began_has_no_end():
    told = Told()
    view = WithCallbacks(Quiet(), [told])
    view.close()
    assert told.of == []
    view.begun(None, None)
    view.close()
    assert told.of == ["start", "end"]


def test_each_is_told_of_the_end_though_another_raises_there():
    raising, told = Raising(at="end"), Told()
    view = WithCallbacks(Quiet(), [Theirs([raising, told])])
    view.begun(None, None)
    with pytest.raises(RuntimeError, match="at the end"):
        view.close()
    assert raising.of == told.of == ["start", "end"]


def test_those_after_one_that_raises_at_the_start_are_told_of_neither():
    raising, told = Raising(at="start"), Told()
    view = WithCallbacks(Quiet(), [Theirs([raising, told])])
    with pytest.raises(RuntimeError, match="at the start"):
        view.begun(None, None)
    with pytest.raises(RuntimeError, match="at the end"):
        view.close()
    assert (raising.of, told.of) == (["start", "end"], [])
