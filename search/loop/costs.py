"""`Costs`: what an epoch of a design takes, predicted for the designs of one search."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from statistics import median
from typing import Literal

from search.replication.machine_rates import kept_rates, machine_rates
from search.settings import Settings
from search.workers.workplace import Workplace
from space.design import Design
from space.work import work
from train.data.counts import Counts
from train.rates import USUAL, USUAL_OF_GPU, Rates

_MOST = 64  # designs that rates are learned from, the latest
_LONG = 5_000_000  # images, each once an epoch, that a search trains on which is worth some seconds of measuring


class Costs:
    """Predicts by the rates of the machine, and by the epochs that the search has trained.

    Attributes:
        rates: Of the machine, measured before; where there are none, as of a GPU, what is usual takes their place
            until epochs are trained.
    """

    def __init__(self, counts: Counts, rates: Rates | None = None, *, device: Literal["cpu", "cuda"] = "cpu") -> None:
        self._images, self._held_out = counts.training - counts.held_out, counts.held_out
        self.rates = rates
        self._before = self._rates = rates or (USUAL if device == "cpu" else USUAL_OF_GPU)
        self._seen: dict[Design, list[float]] = defaultdict(list)
        self._learned = True

    def epoch(self, design: Design) -> float:
        """Returns the seconds of one of its epochs, on one worker."""
        if not self._learned:
            timed = list(self._seen.items())[-_MOST:]
            self._rates = self._before.fitted((self._work(one), median(seconds)) for one, seconds in timed)
            self._learned = True
        return self._rates.of(self._work(design))

    def took(self, design: Design, seconds: float) -> None:
        """Learns from an epoch of a design, which took so long."""
        self._seen[design].append(seconds)
        self._learned = False

    def _work(self, design: Design) -> Mapping[str, float]:
        return work(design, images=self._images, held_out=self._held_out)


def costs_of(settings: Settings, place: Workplace, *, done: int, say: Callable[[str], None]) -> Costs:
    """Returns what a search predicts by: the rates of this machine where it trains on its CPU. They are measured now
    where none are kept, if they choose its trials or it is long.

    done: trials that the study has already.
    """
    if settings.ray or place.device != "cpu":
        return Costs(settings.source.counts, device=place.device)
    images = (settings.trials - done) * settings.epochs * settings.source.counts.training
    rates = kept_rates(place.precision)
    if rates is None and images > 0 and (settings.cost_aware or images >= _LONG):
        rates = machine_rates(place.precision, say=say)
    return Costs(settings.source.counts, rates)
