"""Optuna's samplers under the names that the command line gives them."""

import copy
import hashlib
import heapq
import random
import warnings
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Container
from functools import cache
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from search.proposals.optuna_private import PartOfStudy
from search.settings import Settings
from space.choices.augment_sets import Augment
from space.choices.choices import Sampling, choices, guess
from space.choices.kinds import Choice, Pick, Real, Whole
from space.choices.search_space import SearchSpace
from space.task import Task

_STARTUP = 16  # trials before a model is fitted
_BEST, _LATEST = 50, 150  # trials that TPE models in a long study


class _Tpe(optuna.samplers.TPESampler):
    """TPE in a space that is the same for all trials, by the best and the latest trials of a long study; before
    there are enough of them, a first guess.

    TPE models the best trials, 25 of them at most, beside all others; a few hundred of those tell the two
    apart, and ten thousand would take seconds for each proposal.
    """

    def __init__(self, settings: Settings, *, seed: int) -> None:
        super().__init__(seed=seed, n_startup_trials=_STARTUP, multivariate=True)
        every = distributions(settings)
        self._of_budget = settings.objective.of_budget
        self._space = {name: kind for name, kind in sorted(every.items()) if not kind.single()}
        self._guess = guess(
            settings.space,
            settings.sampling,
            random.Random(seed),
            task=settings.task,
            augment=settings.augmentations,
        )

    def infer_relative_search_space(self, *_: object) -> dict[str, BaseDistribution]:
        return self._space

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        shown = BestAndLatest(study, self._of_budget)
        return super().sample_relative(shown, trial, search_space) or self._guess


class _Gp(optuna.samplers.GPSampler):
    """A Gaussian process that is told each limit once, and warns of no choice that it leaves alone: those are of a
    single value."""

    def __init__(self, *, seed: int) -> None:
        super().__init__(seed=seed, n_startup_trials=_STARTUP, warn_independent_sampling=False)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return super().sample_relative(_LimitsOnce(study), trial, search_space)


class _LimitsOnce(PartOfStudy):
    """A study whose trials have each limit once, by its name, and not in the older list for the dashboard, too."""

    def shown(self, states: Container[TrialState] | None, *, use_cache: bool) -> list[FrozenTrial]:
        """Return copies of the trials in these states, without the list."""
        return [_without_list(trial) for trial in self.all_trials(states, use_cache=use_cache)]


def _without_list(trial: FrozenTrial) -> FrozenTrial:
    shown = copy.copy(trial)
    shown.system_attrs = {name: value for name, value in trial.system_attrs.items() if name != "constraints"}
    return shown


class BestAndLatest(PartOfStudy):
    """A study without the trials that are neither among its best nor among its latest; of Hyperband's, which shows a
    sampler those of one bracket, without the others of the bracket. Where there are several budgets, of which
    `of_budget` names each trial's by its number, ranks among those of one budget stand in place of scores."""

    def __init__(self, study: optuna.Study, of_budget: Callable[[int], int | None]) -> None:
        super().__init__(study)
        trials = study.get_trials(deepcopy=False)
        if of_budget(0) is not None:
            trials = _ranked(trials, of_budget)
        earlier = [trial for trial in trials[:-_LATEST] if trial.state == TrialState.COMPLETE]
        best = heapq.nlargest(_BEST, earlier, key=lambda trial: trial.values[0])
        self._chosen = sorted(best, key=lambda trial: trial.number) + trials[-_LATEST:]

    def shown(self, states: Container[TrialState] | None, *, use_cache: bool) -> list[FrozenTrial]:  # noqa: ARG002
        """Return the best and the latest trials in these states, in order."""
        return [trial for trial in self._chosen if states is None or trial.state in states]


def _ranked(trials: list[FrozenTrial], of_budget: Callable[[int], int | None]) -> list[FrozenTrial]:
    """Return the trials with ranks, shares in (0, 1), in place of scores: among those of their budget that ended at
    the same step, so that what is good in a small network is learned from small ones."""
    fellows: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    scored: dict[int, tuple[tuple[Any, ...], float]] = {}
    for trial in trials:
        if trial.state == TrialState.COMPLETE:
            score, step = trial.values[0], None
        elif trial.state == TrialState.PRUNED and (step := trial.last_step) is not None:
            score = trial.intermediate_values[step]
        else:
            continue
        scored[trial.number] = key, _ = (of_budget(trial.number), step), score
        fellows[key].append(score)
    for scores in fellows.values():
        scores.sort()
    return [
        _with_rank(trial, fellows, *scored[trial.number]) if trial.number in scored else trial for trial in trials
    ]


def _with_rank(
    trial: FrozenTrial, fellows: dict[tuple[Any, ...], list[float]], key: tuple[Any, ...], score: float
) -> FrozenTrial:
    scores, ranked = fellows[key], copy.copy(trial)
    rank = (bisect_left(scores, score) + bisect_right(scores, score)) / (2 * len(scores))
    if trial.state == TrialState.COMPLETE:
        ranked.values = [rank]
    else:
        ranked.intermediate_values = {key[1]: rank}
    return ranked


def make_sampler(settings: Settings, *, trial: int, proposal: int = 0) -> optuna.samplers.BaseSampler:
    """Make a sampler for one proposal, its randomness from (study seed, trial number) alone, so that neither
    resuming nor more workers repeat a point. proposal: its number among several for the trial."""
    digest = hashlib.sha256(f"{settings.seed} {trial}{f' {proposal}' if proposal else ''}".encode()).digest()
    drawn = int.from_bytes(digest[:4], "big")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match settings.sampler:
            case "tpe":
                return _Tpe(settings, seed=drawn)
            case "random":
                return optuna.samplers.RandomSampler(seed=drawn)
            case "gp":
                return _Gp(seed=drawn)
            case "nsga2":
                return optuna.samplers.NSGAIISampler(seed=drawn, population_size=_STARTUP)


def distributions(settings: Settings) -> dict[str, BaseDistribution]:
    """Return a search space as Optuna knows it."""
    return _distributions(settings.space, settings.sampling, settings.task, settings.augmentations)


@cache
def _distributions(
    space: SearchSpace, sampling: Sampling, task: Task, augment: Augment
) -> dict[str, BaseDistribution]:
    every = choices(space, sampling, task=task, augment=augment)
    return {name: _distribution(choice) for name, choice in every.items()}


def _distribution(choice: Choice) -> BaseDistribution:
    match choice:
        case Pick(options):
            return CategoricalDistribution(options)
        case Whole(low, high):
            return IntDistribution(low, high)
        case Real(low, high, log):
            return FloatDistribution(low, high, log=log)
