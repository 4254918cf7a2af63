"""A study opened in its database, and begun where it is new; how far its trials lie above the budget."""

import itertools

import optuna
from optuna.trial import Trial

from search.proposals.optuna_private import trial_id
from search.proposals.pruning import make_pruner
from search.proposals.warm_starts import warm_starts
from search.settings import Settings
from search.study import begun
from search.study.attributes import Attributes, to_attributes
from search.study.begun import check_same
from search.study.checking import checked
from search.study.folder import StudyFolder
from search.study.optuna_private import CachedStorage, unannounced
from search.study.storage import Storage

SAMPLED_FROM = (
    "sampled_from"  # attribute of the study: the number of the first trial that its sampler of now proposes
)


def open_study(storage: Storage, settings: Settings, folder: StudyFolder) -> optuna.Study:
    """Open the study, with its warm starts queued where it is new; to be called alone among coordinators.

    Raises:
        UserError: It was begun with other settings.
    """
    with unannounced():
        study = optuna.create_study(
            storage=CachedStorage(storage),
            study_name=settings.study,
            direction="maximize",
            load_if_exists=True,
            pruner=make_pruner(settings.pruner, epochs=settings.epochs),
        )
    stored = checked(study.user_attrs, of=settings.study)
    check_same(settings.study, {"identity": settings.identity} | stored, settings.identity)
    if not stored.get("begun"):
        study.set_user_attr("identity", settings.identity)
        _queue_warm_starts(study, settings)
        study.set_user_attr("begun", True)
    if stored.get("settings", {}).get("sampler", settings.sampler) != settings.sampler:
        study.set_user_attr(SAMPLED_FROM, len(study.get_trials(deepcopy=False)))
    if stored.get("settings") != settings.to_json():
        study.set_user_attr("settings", settings.to_json())
    if begun.ATTRIBUTE not in stored and (facts := begun.facts(folder.settings_file)):
        study.set_user_attr(begun.ATTRIBUTE, facts)
    return study


def _queue_warm_starts(study: optuna.Study, settings: Settings) -> None:
    queued = len(study.get_trials(deepcopy=False))  # by a start that was killed
    for number, (name, values) in itertools.islice(enumerate(warm_starts(settings)), queued, None):
        known = Attributes()
        if values:  # they stand for the design within this budget alone, which may fall before they are asked for
            known = Attributes(origin=name, budget=settings.budget_for(number).parameters)
        study.enqueue_trial(values, user_attrs=to_attributes(known))


def constrain(storage: Storage, trial: Trial, excess: dict[str, int]) -> None:
    """Write down by how much the trial's network lies above each limit of the budget; 0 or less keeps to it."""
    limits = {f"constraints:{name}": float(over) for name, over in excess.items()}  # as Trial.set_constraint does
    # optuna-dashboard 0.21 greys infeasible trials by this older attribute only; it can go once it
    # reads Trial.set_constraint's.
    storage.annotate(trial_id(trial), limits | {"constraints": list(limits.values())}, system=True)
