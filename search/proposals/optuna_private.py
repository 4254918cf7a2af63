"""Optuna's private names in studies and trials: all that is used of them, read in version 5.0.0.

`search.study.optuna_private` has those of its database. A test says of each that it does what we count on.
"""

import copy
from collections.abc import Callable, Container
from typing import Any

import optuna
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, Trial, TrialState


class PartOfStudy(optuna.Study):
    """A study that shows samplers and pruners some of its trials, those of `shown`, as if there were no others."""

    def __init__(self, study: optuna.Study) -> None:
        # The bracket of Hyperband's that a sampler sees hides the attributes of the study that it is of.
        self.__dict__.update(object.__getattribute__(study, "__dict__"))

    def shown(self, states: Container[TrialState] | None, *, use_cache: bool) -> list[FrozenTrial]:
        """Return the trials to show that are in these states, or in any."""
        raise NotImplementedError

    def all_trials(self, states: Container[TrialState] | None, *, use_cache: bool) -> list[FrozenTrial]:
        """Return the study's own. use_cache: whether as they were when a sampler or pruner looked first."""
        return super()._get_trials(deepcopy=False, states=states, use_cache=use_cache)

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        """Through which every look of Optuna's at the trials of a study goes."""
        trials = self.shown(states, use_cache=use_cache)
        return copy.deepcopy(trials) if deepcopy else trials


class HyperbandOfShown(optuna.pruners.HyperbandPruner):
    """Hyperband that compares a trial, of a part of a study, with what the part shows; the brackets of Optuna's own
    read the whole study from its database."""

    def _create_bracket_study(self, study: optuna.Study, bracket_id: int) -> optuna.Study:
        if not isinstance(study, PartOfStudy):  # what a sampler asks for
            return super()._create_bracket_study(study, bracket_id)
        return _Bracket(study, lambda trial: self._get_bracket_id(study, trial) == bracket_id)


class _Bracket(PartOfStudy):
    """Those trials of a part of a study that are of one bracket."""

    def __init__(self, part: PartOfStudy, of_bracket: Callable[[FrozenTrial], bool]) -> None:
        super().__init__(part)
        self._part, self._of_bracket = part, of_bracket

    def shown(self, states: Container[TrialState] | None, *, use_cache: bool) -> list[FrozenTrial]:
        """Return those of the bracket that the part shows."""
        return [trial for trial in self._part.shown(states, use_cache=use_cache) if self._of_bracket(trial)]


def trial_id(trial: Trial | FrozenTrial) -> int:
    """Return the id by which the database knows the trial, among those of all studies."""
    return trial._trial_id


def study_id(study: optuna.Study | FrozenStudy) -> int:
    """Return the id by which the database knows the study."""
    return study._study_id


def queued_values(trial: Trial) -> dict[str, Any]:
    """Return the values that the trial was queued with, by `Study.enqueue_trial`."""
    return trial._fixed_params


def as_asked(trial: Trial) -> FrozenTrial:
    """Return the trial as it was in the database when it was asked for."""
    return trial._cached_frozen_trial
