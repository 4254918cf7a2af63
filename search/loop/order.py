"""`Order`: in which order trials are asked for and told."""

from collections.abc import Mapping
from dataclasses import dataclass

from search.loop.asked import Asked

WINDOW = 8  # trials that a deterministic search asks for ahead of the first that is not told


@dataclass(frozen=True, slots=True)
class Order:
    """A search as it comes tells a trial when it ends, and asks for another when a worker is free.

    In a deterministic search what is known when a trial is asked for must not depend on which trial ends first.
    Trials are told in the order in which they were asked for, and one is told exactly when WINDOW are asked for and
    not told. With a WINDOW of 3:

        ask 0, 1, 2   tell 0   ask 3   tell 1   ask 4   tell 2   ...
        trial 3 is proposed and pruned knowing trial 0 alone, trial 4 knowing 0 and 1, and
        trial k knowing all before k - WINDOW + 1 and no others,
        however many workers there are and whichever of them is first.
    """

    deterministic: bool

    def due(self, asked: Mapping[int, Asked], left: int, *, over: bool) -> int | None:
        """Returns a trial that has ended and is to be told now.

        Args:
            asked: By number, in the order of asking.
            left: How many are still to be asked for.
            over: Whether the search has no more patience; of what has ended since, which depends on the workers, a
                deterministic one is told nothing.
        """
        ended = [number for number, one in asked.items() if one.end]
        if not self.deterministic:
            return ended[0] if ended else None
        first = next(iter(asked), None)
        due = not over and (len(asked) == WINDOW or left <= 0)
        return first if due and first in ended else None

    def may_ask(self, asked: Mapping[int, Asked], left: int, free: int) -> bool:
        """Returns whether another trial may be asked for. free: workers that can begin a trial at once."""
        if self.deterministic:
            return left > 0 and len(asked) < WINDOW
        waiting = sum(not one.dispatched and not one.end for one in asked.values())
        return left > 0 and free > waiting

    def known(self, trial: int) -> int | None:
        """Returns how many trials, from the first, were told when this one was asked for; None where that is open."""
        return max(0, trial - WINDOW + 1) if self.deterministic else None
