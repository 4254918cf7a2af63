"""How fast a search goes, and a time left that goes on evenly. Nothing here looks at a clock: times come in."""

import math

_QUARTER = 0.25
_SECONDS = 30.0  # in which a time left may change by a quarter beside the passage of time
_SLOWEST = 60.0  # seconds left below which the steps no longer fall with them


def far(reckoned: float, expected: float) -> bool:
    """Says whether two times left are more than a quarter apart, and more than some seconds."""
    return abs(reckoned - expected) > _QUARTER * max(expected, _SLOWEST)


class Pace:
    """Measures how long an epoch takes all workers together, from the ends of epochs.

    The clock starts at the end of the first, because workers take seconds to start; by then each of them is at one,
    so that of n epochs n less one for each worker lie behind that.

    Attributes:
        epochs: How many have been trained.
    """

    def __init__(self) -> None:
        self.epochs = 0
        self._first = self._last = 0.0

    def scored(self, now: float) -> None:
        """Takes notice of an epoch's end."""
        self._first = self._first if self.epochs else now
        self.epochs, self._last = self.epochs + 1, now

    def waited(self, now: float) -> None:
        """Leaves the time since the last epoch's end out, in which nothing was trained."""
        self._first, self._last = self._first + now - self._last, now

    def seconds(self, now: float, *, workers: int) -> float | None:
        """Returns what an epoch takes all workers together, at least as long as the next has been awaited; None as
        long as each has not had two."""
        measured = self.epochs - max(1, workers)
        if measured < max(1, workers):
            return None
        return max((self._last - self._first) / measured, (now - self._first) / (measured + 1))


class Steady:
    """A time left that people can go by: it follows what is reckoned, at most a quarter more or less in half a minute
    beside the passage of time, and in the last minute at most by a quarter of a minute. Where there is a reason that
    people are told, it takes what is reckoned as it is."""

    def __init__(self) -> None:
        self._shown: float | None = None
        self._at = 0.0

    def follow(self, reckoned: float | None, now: float) -> float | None:
        """Returns the time left at `now`; None where nothing is reckoned."""
        if reckoned is None or self._shown is None:
            self._shown = reckoned
        else:
            passed = now - self._at
            expected = max(0.0, self._shown - passed)
            step = max(self._shown, _SLOWEST) * math.log1p(_QUARTER) / _SECONDS * passed
            self._shown = min(max(reckoned, expected - step), expected + step)
        self._at = now
        return self._shown

    def renew(self) -> None:
        """Takes what is reckoned next as it is."""
        self._shown = None
