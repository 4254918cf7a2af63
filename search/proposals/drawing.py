"""A value for each choice of a proposal."""

from collections.abc import Callable, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import Trial

from search.proposals.optuna_private import as_asked, queued_values

Values = dict[str, Any]
Preference = Callable[[Sequence[Values]], Values]
"""Returns the best of some proposals."""


def draw(
    study: optuna.Study,
    trial: Trial,
    space: dict[str, BaseDistribution],
    *,
    others: Sequence[BaseSampler] = (),
    prefer: Preference | None = None,
) -> Values:
    """Return values as Optuna's own suggestions give them, of the choices that a trial has no value for yet: what it
    was queued with, what the study's sampler proposes for all choices together, or for the one.

    Args:
        trial: As it was just asked for.
        others: Propose, too, for a trial that was not queued, in which case the best by `prefer` is returned.
    """
    proposals = [_drawn(study, trial, space, study.sampler, trial.relative_params)]
    stored = as_asked(trial)
    if prefer is None or stored.params or queued_values(trial):
        return proposals[0]
    for sampler in others:
        together = sampler.infer_relative_search_space(study, stored)
        relative = sampler.sample_relative(study, stored, together)
        proposals.append(_drawn(study, trial, space, sampler, relative))
    return prefer(proposals)


def _drawn(
    study: optuna.Study, trial: Trial, space: dict[str, BaseDistribution], sampler: BaseSampler, relative: Values
) -> Values:
    queued, stored, values = queued_values(trial), as_asked(trial), {}
    for name, distribution in space.items():
        if name in stored.params:
            continue
        if name in queued:
            values[name] = queued[name]
        elif name in relative:
            values[name] = relative[name]
        else:
            values[name] = sampler.sample_independent(study, stored, name, distribution)
    return values
