"""The finals after a search: its best designs again, with fresh seeds and other held-out images (the same ones where
those were given), half of them round by round.

One training's score is noisy, and the best of many is so by luck as well as by merit: the winner is named by scores
that did not choose the finalists (successive halving over seeds; Jamieson and Talwalkar, arXiv 1502.07943).
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from results.findings.confirmation import Confirmation
from results.findings.records import TrialRecord, trained
from results.wording.counted import counted
from results.wording.percent import percent
from search.loop.status import Finals, Running
from search.replication.seeds import SeedRuns, Task, UnderWay
from search.replication.teacher import with_teacher
from search.settings import Settings
from search.study.folder import StudyFolder
from search.wording import duration
from search.workers.room import parse_workers
from search.workers.stopping import Stop
from search.workers.workplace import Workplace

_TRIALS_PER_FINALIST = 4  # a search of fewer trials has fewer finalists
_FEWEST = 2  # finalists, among whom there is something to choose
SHARE = 0.25  # of a limited time that finals may take


@dataclass(frozen=True, slots=True)
class Plan:
    """How many designs the finals have, fewer than two being none; why these are fewer than `finals` asks for, empty
    where they are not; among how many budgets they are divided."""

    designs: int
    reason: str
    budgets: int = 1

    @property
    def of_each(self) -> int:
        """How many designs each budget has: an equal part, two at least."""
        return max(_FEWEST, self.designs // self.budgets) if self.designs >= _FEWEST else 0

    @property
    def rounds(self) -> tuple[int, ...]:
        """How many designs of all budgets together are left in each round."""
        return tuple(self.budgets * left for left in rounds(self.of_each))

    @property
    def shortage(self) -> str:
        """A line on finals that are skipped or short; empty where they are neither."""
        if not self.reason:
            return ""
        if self.designs < _FEWEST:
            return f"the finals, of {_FEWEST} designs at least, were skipped: {self.reason}"
        return f"the finals were short, of {self.designs} designs: {self.reason}"


def finalists(records: list[TrialRecord], settings: Settings) -> list[list[TrialRecord]]:
    """Returns the trained trials that the search liked best, of each budget as many as `plan` says."""
    every, share = _best_first(records, settings), plan_for(records, settings).of_each
    budgets = settings.budgets or (None,)
    return [[record for record in every if record.of_budget == budget][:share] for budget in budgets]


def shortage(records: list[TrialRecord], settings: Settings) -> str:
    """Says why finals of these trials are skipped or short; empty where they are neither."""
    planned = plan_for(records, settings)
    if not settings.budgets or planned.designs < _FEWEST:
        return planned.shortage
    sizes = [len(group) for group in finalists(records, settings)]
    designs, reason = sum(size for size in sizes if size >= _FEWEST), planned.reason
    if max(sizes) < _FEWEST:
        reason = "of no budget more than 1 trial was trained to the end"
    elif min(sizes) < planned.of_each:
        reason = f"of a budget {_trained(min(sizes))}"
    elif designs >= settings.finals:
        return ""
    elif designs > planned.designs:
        reason += f"; each budget has {_FEWEST} at least"
    return Plan(designs, reason).shortage


def _best_first(records: list[TrialRecord], settings: Settings) -> list[TrialRecord]:
    return sorted(trained(records), key=lambda r: (-settings.objective.merit(r.score or 0.0, r.parameters), r.trial))


def plan_for(records: list[TrialRecord], settings: Settings) -> Plan:
    """Returns what finals these trials have."""
    every = _best_first(records, settings)
    pruned = sum(record.verdict == "pruned" for record in records)
    each = seconds_each([record.seconds for record in every], settings)
    return plan(settings, trained=len(every), pruned=pruned, seconds=len(every) * each)


def seconds_each(best_first: Sequence[float], settings: Settings) -> float:
    """Returns the seconds that a training of the finals takes, where the trained trials took so many seconds; 0
    without any."""
    finalists = best_first[: max(_FEWEST, settings.finals)]
    return fmean(finalists) if finalists else 0.0


def plan(settings: Settings, *, trained: int, pruned: int, seconds: float) -> Plan:
    """Finals of `finals` designs, of one for every four trials, or of as many as a quarter of `timeout` is enough for
    where the trained ones took `seconds` together, of all budgets."""
    asked, by_trials = settings.finals, (trained + pruned) // _TRIALS_PER_FINALIST
    budgets = max(1, len(settings.budgets))
    most, reason = asked, "" if asked >= _FEWEST else f"`finals` is {asked}"
    if trained < most:
        most, reason = trained, _trained(trained)
    if by_trials < most:
        many = counted(trained + pruned, "trial")
        most, reason = by_trials, f"{many} trained or pruned, and they have a design for every {_TRIALS_PER_FINALIST}"
    if settings.timeout is not None and seconds:
        each, workers = seconds / trained, workers_of(settings)
        while seconds_of(Plan(most, reason, budgets).rounds, each, workers) > SHARE * settings.timeout:
            most -= 1
            reason = f"more take longer than a quarter of the {duration(settings.timeout)} of `timeout`"
    return Plan(most, reason, budgets)


def workers_of(settings: Settings) -> int:
    """Counts the processes that train the finals, on this machine, whatever has trained the trials."""
    if settings.ray is None:
        return settings.workers or 1
    here = parse_workers("auto")
    return min(settings.workers or here, here)


def _trained(trials: int) -> str:
    if not trials:
        return "no trial was trained to the end"
    return f"only {counted(trials, 'trial')} {'was' if trials == 1 else 'were'} trained to the end"


def seconds_of(rounds: Sequence[int], each: float, workers: int) -> float:
    """Returns what rounds of so many trainings take, of so many seconds each: workers train in turns, and a round
    begins when the last training of the one before is over."""
    return each * sum(-(-trainings // workers) for trainings in rounds)


def rounds_of(groups: Sequence[Sequence[TrialRecord]]) -> tuple[int, ...]:
    """Counts the designs of all groups together that are left in each round."""
    each = (rounds(len(group)) for group in groups)
    return tuple(map(sum, itertools.zip_longest(*each, fillvalue=0)))


def rounds(finalists: int) -> tuple[int, ...]:
    """Counts the designs that are left in each round."""
    left = []
    while finalists > 1:
        left.append(finalists)
        finalists = -(-finalists // 2)
    return tuple(left)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the finals are.

    Attributes:
        scored: Epochs of this round that were trained so far.
        epochs_left: Of each training of this round that is not over.
        later: How many designs there are in each round after this one.
    """

    finals: Finals
    running: tuple[Running, ...]
    scored: int
    epochs_left: tuple[int, ...]
    later: tuple[int, ...]


def run_finals(
    records: list[TrialRecord],
    settings: Settings,
    folder: StudyFolder,
    place: Workplace,
    *,
    stop: Stop,
    say: Callable[[str], None],
    watch: Callable[[Progress], None] = lambda _: None,
) -> dict[int, list[float]] | None:
    """Trains the finalists; returns the scores of each by its trial, or None where somebody asked to stop, after
    which the next call goes on. watch: called with how far they are, a few times a second."""
    groups = finalists(records, settings)
    scores: dict[int, list[float]] = {record.trial: [] for group in groups if len(group) > 1 for record in group}
    planned = rounds_of(groups)
    for number, left in enumerate(planned, start=1):
        alive = [record for group in groups if len(group) > 1 for record in group]
        others = "" if settings.source.held_out_given else " and other held-out images"
        say(f"finals, round {number} of {len(planned)}: {left} designs with a fresh seed{others}")
        seed = settings.seed + number  # of training and split
        there = replace(place, seed=seed)
        if any(record.design.recipe.distillation for record in alive):
            there = with_teacher(
                there, folder.runs, augment=settings.augmentations, stop=stop, say=say
            )  # which has not seen these held-out images either
        if there is None:
            return None
        runs = SeedRuns(
            folder.path / "finals",
            there,
            workers=workers_of(settings),
            stop=stop,
            say=say,
            watch=lambda under_way, number=number: watch(_progress(planned, number, under_way)),
        ).train([Task(record.design, seed, f"trial {record.trial}") for record in alive])
        if stop.requested:
            return None
        for record, run in zip(alive, runs, strict=True):
            scores[record.trial] += Confirmation(
                runs=(run,), epochs=settings.epochs, last_epochs=settings.last_epochs
            ).scores
        reached = ", ".join(f"trial {record.trial} {percent(scores[record.trial][-1])}" for record in alive)
        say(f"finals, round {number} of {len(planned)}: {reached}")
        for group in groups:
            if len(group) > 1:
                group.sort(key=lambda r: -settings.objective.merit(fmean(scores[r.trial]), r.parameters))
                del group[-(-len(group) // 2) :]
    return scores


def together(
    before: Mapping[str, Sequence[float]],
    now: Mapping[int, Sequence[float]],
    records: list[TrialRecord],
    settings: Settings,
) -> dict[int, list[float]]:
    """Returns the scores of finals that were held before and of those of now, by trial: the longer of each, as the
    seeds are the same.

    Who came further before stays above the best of now only if it is better by the seeds that both have; else it
    keeps no more scores than that one has.
    """
    merged = {int(trial): list(scores) for trial, scores in before.items()}
    merged |= {trial: list(scores) for trial, scores in now.items() if len(scores) >= len(merged.get(trial, ()))}
    of = {record.trial: record for record in records}

    def merit(trial: int, scores: Sequence[float]) -> float:
        return settings.objective.merit(fmean(scores), of[trial].parameters)

    for budget in {of[trial].of_budget for trial in now}:
        group = [trial for trial in merged if trial in of and of[trial].of_budget == budget]
        first = max((trial for trial in group if trial in now), key=lambda t: (len(now[t]), merit(t, now[t])))
        reached = len(merged[first])
        for trial in group:
            if len(merged[trial]) > reached and merit(trial, merged[trial][:reached]) < merit(first, merged[first]):
                del merged[trial][reached:]
    return merged


def _progress(planned: tuple[int, ...], number: int, now: UnderWay) -> Progress:
    """Returns how far the finals are in round `number`."""
    this = planned[number - 1]
    epochs = [task.design.recipe.epochs for task in now.tasks]
    running = tuple(
        Running(
            trial=int(task.name.removeprefix("trial ")),
            stage="final",
            notation=task.design.architecture.notation,
            parameters=task.design.architecture.parameters,
            epoch=len(now.curves[place]),
            epochs=epochs[place],
            accuracy=now.curves[place][-1].accuracy if now.curves[place] else None,
        )
        for place, task in enumerate(now.tasks)
        if place in now.curves
    )
    left = [epochs[place] - len(now.curves.get(place, ())) for place in (*now.curves, *now.waiting)]
    over = this - len(left)
    return Progress(
        finals=Finals(
            round=number,
            rounds=len(planned),
            done=sum(planned[: number - 1]) + over,
            trainings=sum(planned),
        ),
        running=running,
        scored=now.scored,
        epochs_left=tuple(left),
        later=planned[number:],
    )
