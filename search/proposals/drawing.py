"""A value for each choice of a proposal."""

from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import Trial

from search.proposals.optuna_private import as_asked, queued_values


def draw(study: optuna.Study, trial: Trial, space: dict[str, BaseDistribution]) -> dict[str, Any]:
    """Return values as Optuna's own suggestions give them, of the choices that a trial has no value for yet: what it
    was queued with, what the study's sampler proposes for all choices together, or for the one.

    trial: As it was just asked for.
    """
    queued, stored, values = queued_values(trial), as_asked(trial), {}
    for name, distribution in space.items():
        if name in stored.params:
            continue
        if name in queued:
            values[name] = queued[name]
        elif name in trial.relative_params:
            values[name] = trial.relative_params[name]
        else:
            values[name] = study.sampler.sample_independent(study, stored, name, distribution)
    return values
