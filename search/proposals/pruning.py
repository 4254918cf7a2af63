"""Which trials end early: by their short training, or while they train."""

import copy
import math
from collections.abc import Callable, Container

import optuna
from optuna.trial import FrozenTrial, TrialState

from search.proposals.optuna_private import HyperbandOfShown, PartOfStudy
from search.settings import PrunerName

SCREENING = 0  # the step at which the score of a short training is stored, before the first epoch of the whole one
PROMOTED = 0.25  # share of the screened designs that are trained whole


class Fellows(PartOfStudy):
    """The trials of a study that another is judged by.

    first: How many from the first are among them, or None for all.
    alike: Says which of these are.
    """

    def __init__(self, study: optuna.Study, *, first: int | None, alike: Callable[[FrozenTrial], bool]) -> None:
        super().__init__(study)
        self._first, self._alike = first, alike

    def shown(self, states: Container[TrialState] | None, *, use_cache: bool) -> list[FrozenTrial]:
        """Return those that are among them."""
        return [
            trial
            for trial in self.all_trials(states, use_cache=use_cache)
            if (self._first is None or trial.number < self._first) and self._alike(trial)
        ]


def make_pruner(name: PrunerName, *, epochs: int) -> optuna.pruners.BasePruner:
    """Make a pruner that waits for two thirds of the epochs, because trials whose rate rises first start slowly;
    hyperband, which has its own brackets, for a fifth. Screening comes before, and leaves the rest to percentile."""
    late = 2 * epochs // 3
    match name:
        case "percentile" | "screening":
            return optuna.pruners.PercentilePruner(75.0, n_startup_trials=5, n_warmup_steps=late)
        case "median":
            return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=late)
        case "hyperband":
            return HyperbandOfShown(min_resource=max(1, epochs // 5), max_resource=epochs, reduction_factor=3)
        case "none":
            return optuna.pruners.NopPruner()


def promoted(trial: FrozenTrial, fellows: Fellows) -> bool:
    """Say whether the trial's short training was among the best quarter of its fellows' (asynchronous successive
    halving, Li et al., arXiv 1810.05934, with a schedule of its own for each rung). A trial whose whole training has
    begun was promoted then."""
    if len(trial.intermediate_values) > 1:
        return True
    score = trial.intermediate_values[SCREENING]
    others = [
        other.intermediate_values[SCREENING]
        for other in fellows.get_trials(deepcopy=False)
        if SCREENING in other.intermediate_values and other.number != trial.number
    ]
    return sum(other > score for other in others) < math.ceil((len(others) + 1) * PROMOTED)


def hopeless(trial: FrozenTrial, fellows: Fellows, *, epoch: int, epochs: int) -> bool:
    """Say whether the study's pruner would end the trial after this epoch, judged by its fellows. Epochs that were
    scored before an interruption were judged then, but for the last.

    The percentile pruner goes by a trial's best score, for which that of a short training, whose rate has fallen to
    its end, does not count.
    """
    if epoch >= epochs or trial.last_step != epoch:
        return False
    whole, steps = copy.copy(trial), trial.intermediate_values
    whole.intermediate_values = {step: score for step, score in steps.items() if step != SCREENING}
    return fellows.pruner.prune(fellows, whole)
