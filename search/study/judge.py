"""`Judge`: which trials go on, by their scores among those of others."""

import optuna
from optuna.trial import FrozenTrial, Trial

from search.proposals import pruning
from search.proposals.optuna_private import trial_id
from search.proposals.pruning import SCREENING, Fellows
from search.settings import Settings
from search.study.attributes import from_trial
from search.study.optuna_private import storage_of
from train.scores import EpochScore


class Judge:
    """A judge of the trials of a study: where it is the smallest network that is sought, by networks no larger than a
    trial's own; where there are several budgets, by those of its budget."""

    def __init__(self, study: optuna.Study, settings: Settings) -> None:
        self._study = study
        self._settings = settings

    def screened(self, trial: Trial) -> bool:
        """Say whether the trial's short training is over, here or before an interruption."""
        return SCREENING in self._stored(trial).intermediate_values

    def promoted(self, trial: Trial, *, known: int | None) -> bool:
        """Say whether the trial is to be trained whole, judged by its short training among those of the first
        `known` trials, or of all."""
        stored = self._stored(trial)
        return pruning.promoted(stored, self._fellows(stored, known))

    def hopeless(self, trial: Trial, score: EpochScore, *, known: int | None) -> bool:
        """Say whether the trial is to end after this epoch, judged by the first `known` trials alone, or by all."""
        stored = self._stored(trial)
        return pruning.hopeless(stored, self._fellows(stored, known), epoch=score.epoch, epochs=self._settings.epochs)

    def _stored(self, trial: Trial) -> FrozenTrial:
        return storage_of(self._study).get_trial(trial_id(trial))

    def _fellows(self, trial: FrozenTrial, known: int | None) -> Fellows:
        settings, most = self._settings, from_trial(trial).parameters

        def alike(other: FrozenTrial) -> bool:
            if settings.minimize_parameters:
                return most is None or (from_trial(other).parameters or 0) <= most
            return settings.budget_for(other.number) == settings.budget_for(trial.number)

        return Fellows(self._study, first=known, alike=alike)
