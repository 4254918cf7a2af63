"""Which choices set a study's best trials apart from the others."""

import contextlib
import math
import random
import sys
import warnings
from collections.abc import Iterator

import optuna
from optuna.trial import FrozenTrial

from results.findings import Importance
from results.records import TrialRecord
from search.folder import StudyFolder
from search.reading import opened

_MOST = 1_000  # trials that are looked at, for which two evaluations take half a second
_LEAST = 20  # trials that say anything
_BEST, _FEWEST = 0.1, 5  # share of the best among them, and how many these are at least (Optuna's advice)
_COMMON = 0.95  # of the choices stay below what is called chance


class _Ranked(optuna.Study):
    """A study of these trials, whose values are their places from the last."""

    def __init__(self, study: optuna.Study, trials: list[FrozenTrial]) -> None:
        self.__dict__.update(study.__dict__)
        self._trials = trials

    def get_trials(self, *_: object, **__: object) -> list[FrozenTrial]:
        return self._trials


def importance(folder: StudyFolder, records: list[TrialRecord]) -> Importance | None:
    """By PED-ANOVA, over the trials that were trained or pruned; None of fewer than twenty.

    Pruned trials rank below the trained ones, by how far they came and how well they did there. Choices that a design
    has no use for count as others do.
    """
    scored = sorted((r for r in records if r.verdict in ("trained", "pruned") and _far(r)), key=_rank)
    if len(scored) < _LEAST:
        return None
    with _without_scikit_learn():
        from optuna.importance import PedAnovaImportanceEvaluator

    step = max(1.0, len(scored) / _MOST)
    drawn = [scored[int(step * place)] for place in range(int(len(scored) / step))]
    best = max(_BEST, _FEWEST / len(drawn))
    evaluator = PedAnovaImportanceEvaluator(target_quantile=best)
    with opened(folder) as (storage, study), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of choices that few of the trials had
        trials = storage.read_trials(study._study_id, params=True, numbers=[record.trial for record in drawn])
        places = {record.trial: place for place, record in enumerate(drawn)}
        for trial in trials:
            trial.values = [-float(places[trial.number])]
        found = evaluator.evaluate(_Ranked(study, trials))
        lots = random.Random(0).sample(range(len(trials)), len(trials))
        for trial, place in zip(trials, lots, strict=True):
            trial.values = [-float(place)]
        by_lot = sorted(evaluator.evaluate(_Ranked(study, trials)).values())
    whole = sum(found.values())
    if not whole:
        return None
    return Importance(
        shares={name: value / whole for name, value in found.items()},
        chance=by_lot[int(_COMMON * len(by_lot))] / whole,
        best=math.ceil(best * len(trials)),
        trials=len(trials),
        of=len(scored),
    )


def _far(record: TrialRecord) -> bool:
    """Whether it has a score of any kind."""
    return bool(record.accuracies) or record.screened is not None


def _rank(record: TrialRecord) -> tuple[float, ...]:
    if record.verdict == "trained":
        return (0, *record.rank)
    return (1, -record.epochs, -(record.accuracies[-1] if record.accuracies else record.screened or 0.0))


@contextlib.contextmanager
def _without_scikit_learn() -> Iterator[None]:
    """`optuna.importance` loads scikit-learn for evaluators that are not used here, which takes as long as all the
    rest of a report; where it is not installed Optuna does without."""
    if "sklearn" in sys.modules:
        yield
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["sklearn"]
