"""How fast a search goes, and a time left that goes on evenly. Nothing here looks at a clock: times come in."""

import math
from collections import Counter
from collections.abc import Callable

from space.design import Design

_QUARTER = 0.25
_SECONDS = 30.0  # in which a time left may change by a quarter beside the passage of time
_SLOWEST = 60.0  # seconds left below which the steps no longer fall with them
_MOST = 64  # designs whose cost is asked for again


def far(reckoned: float, expected: float) -> bool:
    """Says whether two times left are more than a quarter apart, and more than some seconds."""
    return abs(reckoned - expected) > _QUARTER * max(expected, _SLOWEST)


class Pace:
    """Measures how long work takes all workers together, from the ends of epochs.

    The clock starts at the end of the first, because workers take seconds to start; by then each of them is at one,
    so that of n epochs n less one for each worker lie behind that.

    Attributes:
        epochs: How many have been trained.
    """

    def __init__(self) -> None:
        self._of: Counter[Design | None] = Counter()  # epochs by their designs, of the latest of these
        self._earlier, self._cost = 0, 0.0  # epochs of the others, and what they cost
        self._first = self._last = 0.0

    @property
    def epochs(self) -> int:
        return self._earlier + self._of.total()

    def scored(self, now: float, design: Design | None = None) -> None:
        """Takes notice of an epoch's end, of a design where that is known."""
        self._first = self._first if self.epochs else now
        self._of[design] += 1
        self._last = now

    def waited(self, now: float) -> None:
        """Leaves the time since the last epoch's end out, in which nothing was trained."""
        self._first, self._last = self._first + now - self._last, now

    def seconds(
        self, now: float, *, workers: int, cost: Callable[[Design | None], float] = lambda _: 1.0
    ) -> float | None:
        """Returns what an epoch that costs 1 takes all workers together, at least as long as the next has been
        awaited; None as long as each has not had two. cost: of an epoch of a design, in any unit."""
        measured = self.epochs - max(1, workers)
        if measured < max(1, workers):
            return None
        while len(self._of) > _MOST:
            number = self._of.pop(design := next(iter(self._of)))
            self._earlier, self._cost = self._earlier + number, self._cost + number * cost(design)
        each = (self._cost + sum(number * cost(design) for design, number in self._of.items())) / self.epochs
        return max((self._last - self._first) / measured, (now - self._first) / (measured + 1)) / each


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
