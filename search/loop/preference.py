"""`CostAware`: which of several proposals is trained, by what it is expected to gain in an hour."""

import math
from collections.abc import Iterable, Sequence

from optuna.trial import FrozenTrial, TrialState

from search.loop.finals import SHARE, rounds, seconds_of, workers_of
from search.loop.outlook import Outlook
from search.proposals.drawing import Values
from search.proposals.gain import Figures, expected_gains, figures
from search.proposals.pruning import SCREENING
from search.study.attributes import from_trial
from space.architecture import Architecture
from space.choices.encoding import design_from
from space.design import Design

_FEWEST = 2  # finalists that time is left for


class CostAware:
    """Prefers the proposal whose expected gain is largest for its time, of those that there is time for.

    As the end comes nearer time counts for less, because less can be done with what is saved: the gain is divided by
    the time to the power of the share that is left (Lee et al., "Cost-aware Bayesian Optimization", arXiv
    2003.10870).
    """

    def __init__(self, outlook: Outlook) -> None:
        self.outlook = outlook
        self.settings = outlook.settings
        self._tried: dict[int, tuple[Figures, float]] = {}

    def best(self, proposals: Sequence[Values]) -> Values:
        """Returns that of the proposals, whose values are those of all choices."""
        settings, store = self.settings, self.outlook.store
        self._learn(store.study.get_trials(deepcopy=False))
        budget = store.next_budget
        designs = [
            design_from(v, space=settings.space, budget=budget, epochs=settings.epochs, task=settings.task)
            for v in proposals
        ]
        allowed = [number for number, one in enumerate(designs) if budget.allows(one.architecture)]
        if not allowed:  # the first has its reason written down
            return proposals[0]
        seconds = {number: self.outlook.predicted(designs[number]) for number in allowed}
        in_time = [number for number in allowed if self._fits(seconds[number])]
        if not in_time:
            return proposals[min(allowed, key=seconds.__getitem__)]
        here = settings.budget_for(store.next_trial)
        tried = [one for number, one in self._tried.items() if settings.budget_for(number) == here]
        gains = expected_gains([figures(designs[number]) for number in in_time], tried)
        left = self.outlook.share_left
        rates = {number: gain / seconds[number] ** left for number, gain in zip(in_time, gains, strict=True)}
        return proposals[max(in_time, key=rates.__getitem__)]

    def _fits(self, epoch: float) -> bool:
        """Says whether there is time to train a design whole, and for finals in which it may be. epoch: seconds."""
        settings, left = self.settings, self.outlook.seconds_left
        if left is None or settings.timeout is None:
            return True
        finals = rounds(_FEWEST if settings.finals >= _FEWEST else 0)
        of_finals = seconds_of(finals, settings.epochs * epoch, workers_of(settings))
        whole = (settings.screening + settings.epochs) * epoch
        return whole <= left and of_finals <= SHARE * settings.timeout

    def _learn(self, trials: Iterable[FrozenTrial]) -> None:
        """Takes notice of what scores trials had, those of other coordinators too."""
        for trial in trials:
            if trial.number in self._tried or (score := self._score(trial)) is None:
                continue
            stored = from_trial(trial)
            if stored.notation and stored.recipe:
                design = Design(Architecture.parse(stored.notation), stored.recipe)
                error = math.log(1 - score + 1 / self.settings.source.counts.held_out)
                self._tried[trial.number] = figures(design), error

    def _score(self, trial: FrozenTrial) -> float | None:
        """Returns what trials are compared by: the score of the short training, or else of the whole one."""
        if self.settings.screening:
            return trial.intermediate_values.get(SCREENING)
        return from_trial(trial).score if trial.state == TrialState.COMPLETE else None
