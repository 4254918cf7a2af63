"""Callbacks are told of the end of what they were told the beginning of."""

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


def test_one_that_never_began_has_no_end():
    told = Told()
    view = WithCallbacks(Quiet(), [told])
    view.close()
    assert told.of == []
    view.begun(None, None)
    view.close()
    assert told.of == ["start", "end"]
