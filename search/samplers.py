"""Optuna's samplers and pruners under the names that the command line gives them."""

import hashlib
import warnings

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from search.settings import PrunerName, SamplerName
from space.choices import Choice, Pick, Real, Sampling, Whole, choices

_STARTUP = 10  # trials at random before a model is fitted


def make_sampler(name: SamplerName, *, seed: int, trial: int) -> optuna.samplers.BaseSampler:
    """A sampler for one proposal, its randomness from (study seed, trial number) alone, so that neither
    resuming nor more workers repeat a point."""
    digest = hashlib.sha256(f"{seed} {trial}".encode()).digest()
    drawn = int.from_bytes(digest[:4], "big")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match name:
            case "tpe":
                return optuna.samplers.TPESampler(seed=drawn, n_startup_trials=_STARTUP, multivariate=True)
            case "random":
                return optuna.samplers.RandomSampler(seed=drawn)
            case "gp":
                return optuna.samplers.GPSampler(seed=drawn, n_startup_trials=_STARTUP)
            case "nsga2":
                return optuna.samplers.NSGAIISampler(seed=drawn, population_size=_STARTUP)


def make_pruner(name: PrunerName, *, epochs: int) -> optuna.pruners.BasePruner:
    """A pruner that waits for two thirds of the epochs, because trials whose rate rises first start slowly;
    hyperband, which has its own brackets, for a fifth."""
    late = 2 * epochs // 3
    match name:
        case "percentile":
            return optuna.pruners.PercentilePruner(75.0, n_startup_trials=5, n_warmup_steps=late)
        case "median":
            return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=late)
        case "hyperband":
            return optuna.pruners.HyperbandPruner(
                min_resource=max(1, epochs // 5), max_resource=epochs, reduction_factor=3
            )
        case "none":
            return optuna.pruners.NopPruner()


def distributions(sampling: Sampling) -> dict[str, BaseDistribution]:
    """The search space as Optuna knows it."""
    return {name: _distribution(choice) for name, choice in choices(sampling).items()}


def _distribution(choice: Choice) -> BaseDistribution:
    match choice:
        case Pick(options):
            return CategoricalDistribution(options)
        case Whole(low, high):
            return IntDistribution(low, high)
        case Real(low, high, log):
            return FloatDistribution(low, high, log=log)
