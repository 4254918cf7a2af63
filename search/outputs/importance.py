"""Which choices set a study's best trials apart from the others."""

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial

from results.findings.importance import Importance
from results.findings.ped_anova import Choice, importances
from results.findings.records import TrialRecord
from results.findings.selection import ranked
from search.proposals.optuna_private import study_id
from search.study.folder import StudyFolder
from search.study.reading import opened

_MOST = 1_000  # trials that are looked at; reading the choices of all of a long study would take a second
_LEAST = 20  # trials that say anything
_BEST, _FEWEST = 0.1, 5  # share of the best among them, and how many these are at least (Optuna's advice)
_COMMON = 0.95  # of the choices stay below what is called chance
_CELLS = 50  # that a range is cut into at most, as Optuna does


def importance(folder: StudyFolder, records: list[TrialRecord]) -> Importance | None:
    """Weighs the choices by PED-ANOVA, over the trials that were trained or pruned; None of fewer than twenty.

    Pruned trials rank below the trained ones, by how far they came and how well they did there. Choices that a design
    has no use for count as others do.
    """
    scored = [r for r in ranked(records) if r.verdict in ("trained", "pruned") and r.reached is not None]
    if len(scored) < _LEAST:
        return None
    step = max(1.0, len(scored) / _MOST)
    drawn = [scored[int(step * number)] for number in range(int(len(scored) / step))]
    best = math.ceil(max(_BEST, _FEWEST / len(drawn)) * len(drawn))
    ranks = {record.trial: rank for rank, record in enumerate(drawn)}
    with opened(folder) as (storage, study):
        trials = storage.read_trials(study_id(study), whole=True, numbers=list(ranks))
    made = choices(trials)
    weights = importances(made, [ranks[trial.number] < best for trial in trials])
    whole = sum(weights.values())
    if not whole:
        return None
    lots = random.Random(0).sample(range(len(trials)), len(trials))
    by_lot = sorted(importances(made, [lot < best for lot in lots]).values())
    return Importance(
        shares={name: value / whole for name, value in weights.items()},
        chance=by_lot[int(_COMMON * len(by_lot))] / whole,
        best=best,
        trials=len(trials),
        of=len(scored),
    )


def choices(trials: Sequence[FrozenTrial]) -> list[Choice]:
    """Returns what the trials chose, as the cells of a grid that they went to; more than one of a name where not all
    had the same range."""
    made: defaultdict[tuple[str, BaseDistribution], dict[int, Any]] = defaultdict(dict)
    for row, trial in enumerate(trials):
        for name, distribution in trial.distributions.items():
            made[name, distribution][row] = trial.params[name]
    return [_choice(name, distribution, values, len(trials)) for (name, distribution), values in made.items()]


def _choice(name: str, distribution: BaseDistribution, values: dict[int, Any], trials: int) -> Choice:
    """values: by the row of the trial among all `trials`."""
    cells = [-1] * trials
    if isinstance(distribution, CategoricalDistribution):
        for row, value in values.items():
            cells[row] = int(distribution.to_internal_repr(value))
        return Choice(name=name, cells=cells, size=len(distribution.choices), ordered=False)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    scale = math.log if distribution.log else float
    low, high, size = scale(distribution.low), scale(distribution.high), _CELLS
    if isinstance(distribution, IntDistribution) and distribution.log:
        size = min(math.ceil(math.log2(distribution.high - distribution.low + 1)) + 1, size)
    elif distribution.step is not None:
        size = min(round((high - low) / distribution.step) + 1, size)
    if distribution.single():
        return Choice(name=name, cells=cells, size=1, ordered=True)
    width = (high - low) / (size - 1)
    for row, value in values.items():
        cells[row] = min(size - 1, max(0, math.ceil((scale(value) - low) / width - 0.5)))
    return Choice(name=name, cells=cells, size=size, ordered=True)
