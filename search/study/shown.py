"""`ShownStudy`: a storage of Optuna's that shows one study, in which nothing can be changed but some attributes."""

from collections.abc import Callable, Container
from typing import Any, NoReturn

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from search.proposals.optuna_private import study_id as id_of
from search.proposals.optuna_private import trial_id as id_of_trial
from search.study.databases import open_storage
from search.study.folder import StudyFolder
from search.study.optuna_private import FrozenStudy
from search.study.reading import NoStudy
from search.study.storage import Storage


class NotForChange(RuntimeError):
    """An error: what is shown cannot be changed."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise NotForChange("nothing can be changed in a study that is shown, but notes")


class ShownStudy(BaseStorage):
    """A storage for whoever looks at a study, and may do what they like with what they see.

    Args:
        trials: Returns the trials that are to be seen, as they are to be seen, in order.
        best: Returns the best of them; raises ValueError where there is none.
        changeable: Says of the name of an attribute of the study, one of Optuna's kind, whether it may be written.
    """

    def __init__(
        self,
        storage: Storage,
        study_id: int,
        *,
        trials: Callable[[], list[FrozenTrial]],
        best: Callable[[], FrozenTrial],
        changeable: Callable[[str], bool],
    ) -> None:
        self._storage = storage
        self._study_id = study_id
        self._trials = trials
        self._best = best
        self._changeable = changeable

    def get_all_studies(self) -> list[FrozenStudy]:
        """Return the one study."""
        return [study for study in self._storage.get_all_studies() if id_of(study) == self._study_id]

    def get_study_id_from_name(self, study_name: str) -> int:
        """Return its id; raise KeyError where it has another name."""
        if study_name != self.get_study_name_from_id(self._study_id):
            raise KeyError(study_name)
        return self._study_id

    def get_study_name_from_id(self, study_id: int) -> str:
        """Return its name; raise KeyError where it has another id."""
        return self._storage.get_study_name_from_id(self._known(study_id))

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """Return what is sought."""
        return self._storage.get_study_directions(self._known(study_id))

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """Return our attributes."""
        return self._storage.get_study_user_attrs(self._known(study_id))

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """Return Optuna's, and the dashboard's."""
        return self._storage.get_study_system_attrs(self._known(study_id))

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """Write one that may be changed; raise NotForChange for another, StorageAway where it cannot be written."""
        if not self._changeable(key):
            _refuse()
        self._storage.set_study_system_attr(self._known(study_id), key, value)

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,  # noqa: ARG002
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Return the trials as they are to be seen, never for change, whether copied or not."""
        self._known(study_id)
        return [trial for trial in self._trials() if states is None or trial.state in states]

    def get_best_trial(self, study_id: int) -> FrozenTrial:
        """Return the best; raise ValueError where there is none."""
        self._known(study_id)
        return self._best()

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """Return the trial as it is to be seen; raise KeyError where there is none."""
        for trial in self._trials():
            if id_of_trial(trial) == trial_id:
                return trial
        raise KeyError(trial_id)

    def remove_session(self) -> None:
        """Let go of what the thread has of the database."""
        self._storage.remove_session()

    def _known(self, study_id: int) -> int:
        if study_id != self._study_id:
            raise KeyError(study_id)
        return study_id

    create_new_study = delete_study = set_study_user_attr = create_new_trial = _refuse
    set_trial_param = set_trial_state_values = set_trial_intermediate_value = _refuse
    set_trial_user_attr = set_trial_system_attr = _refuse


def as_optuna(folder: StudyFolder) -> optuna.Study:
    """Return the study as Optuna has it, to be looked at for as long as anybody likes.

    Raises:
        UserError: Its database cannot be opened, or has no such study.
    """
    storage = open_storage(folder)
    try:
        study = optuna.load_study(study_name=folder.name, storage=storage)
    except KeyError:
        storage.close()
        raise NoStudy(f"there is no study {folder.name} in {folder.place}") from None
    return optuna.load_study(
        study_name=folder.name,
        storage=ShownStudy(
            storage,
            id_of(study),
            trials=lambda: study.get_trials(deepcopy=False),
            best=lambda: study.best_trial,
            changeable=lambda _: False,
        ),
    )
