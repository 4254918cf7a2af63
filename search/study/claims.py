"""`Claims`: the trials that this coordinator trains, each of which has its lease in the database."""

import contextlib
import time
from collections.abc import Iterable

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from search.proposals.optuna_private import trial_id
from search.study.attributes import Attributes, from_trial, to_attributes
from search.study.leases import BEAT_SECONDS, Lease
from search.study.owners import Owner
from search.study.storage import Storage


class TakenOver(RuntimeError):
    """An error: a trial is no longer ours, for another took it for dead, or the total is full without it."""

    @classmethod
    def by_another(cls, trial: Trial) -> "TakenOver":
        """Make the error of a trial that another coordinator took for dead."""
        return cls(f"trial {trial.number} was taken over by another coordinator")


class Claims:
    """The leases of our trials, as they are in the database. owner: this coordinator."""

    def __init__(self, storage: Storage, owner: Owner) -> None:
        self.owner = owner
        self._storage = storage
        self._leases: dict[int, Lease] = {}
        self._renewed: dict[int, float] = {}  # when, on the monotonic clock

    @property
    def numbers(self) -> list[int]:
        """Return the trials' numbers."""
        return list(self._leases)

    def take(self, trial: Trial) -> None:
        """Lease the trial, from where an earlier owner's lease says that it was."""
        earlier = from_trial(trial).lease
        self._leases[trial.number] = Lease(self.owner)
        self.renew(trial, epoch=earlier.epoch if earlier else 0, deaths=earlier.deaths if earlier else 0)

    def renew(self, trial: Trial, *, epoch: int, deaths: int) -> None:
        """Give a sign of life, after an epoch of the trial or the death of its worker."""
        lease = self._leases[trial.number] = self._leases[trial.number].renewed(epoch=epoch, deaths=deaths)
        self._renewed[trial.number] = time.monotonic()
        # Another's, and told, which the next look finds out.
        with contextlib.suppress(UpdateFinishedTrialError), self._storage.syncing.later():
            for name, value in to_attributes(Attributes(lease=lease)).items():
                trial.set_user_attr(name, value)

    def beat(self, trials: Iterable[Trial]) -> None:
        """Give a sign of life for those of the trials that had none for a while."""
        for trial in trials:
            if time.monotonic() - self._renewed[trial.number] >= BEAT_SECONDS:
                lease = self._leases[trial.number]
                self.renew(trial, epoch=lease.epoch, deaths=lease.deaths)

    def of(self, trial: Trial) -> Lease:
        """Return our lease of the trial, which says how far it came and what it has killed, whoever trained it."""
        return self._leases[trial.number]

    def release(self, trial: Trial) -> None:
        """Give up a trial that is no longer ours."""
        self._leases.pop(trial.number, None)

    def holds(self, stored: FrozenTrial) -> bool:
        """Say whether a trial, as it is in the database, is ours."""
        lease = from_trial(stored).lease
        return stored.state == TrialState.RUNNING and lease is not None and lease.owner == self.owner

    def check(self, trial: Trial) -> FrozenTrial:
        """Return the trial as it is in the database; raise TakenOver where it is another's by now."""
        stored = self._storage.get_trial(trial_id(trial))
        if not self.holds(stored):
            raise TakenOver.by_another(trial)
        return stored
