"""The finals after a search: its best designs again, with fresh seeds and other held-out images, half of them round
by round.

One training's score is noisy, and the best of many is so by luck as well as by merit: the winner is named by scores
that did not choose the finalists (successive halving over seeds; Jamieson and Talwalkar, arXiv 1502.07943).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import fmean

from results.findings.confirmation import Confirmation
from results.findings.records import TrialRecord, trained
from search.replication.seeds import SeedRuns, Task
from search.replication.teacher import with_teacher
from search.settings import Settings
from search.study.folder import StudyFolder
from search.workers.stopping import Stop
from search.workers.workplace import Workplace

_TRIALS_PER_FINALIST = 4  # a search of fewer trials has fewer finalists
_SHARE = 0.25  # of a limited time that finals may take


def finalists(records: list[TrialRecord], settings: Settings) -> list[TrialRecord]:
    """The trained trials that the search liked best, as many as `count` says."""
    every = sorted(trained(records), key=lambda r: (-settings.objective.merit(r.score or 0.0, r.parameters), r.trial))
    pruned = sum(record.verdict == "pruned" for record in records)
    return every[: count(settings, trained=len(every), pruned=pruned, seconds=sum(r.seconds for r in every))]


def count(settings: Settings, *, trained: int, pruned: int, seconds: float) -> int:
    """How many finalists there are: `finals`, a quarter of the trials, or what a quarter of `timeout` is enough
    for where the trained ones took `seconds` together."""
    most = min(settings.finals, trained, (trained + pruned) // _TRIALS_PER_FINALIST)
    if settings.timeout is not None and seconds:
        allowed = _SHARE * settings.timeout * (settings.workers or 1) * trained / seconds
        while trainings(most) > allowed:
            most -= 1
    return most


def trainings(finalists: int) -> int:
    """How many trainings the rounds take."""
    return sum(_rounds(finalists))


def _rounds(finalists: int) -> Iterator[int]:
    """How many designs are left in each round."""
    while finalists > 1:
        yield finalists
        finalists = -(-finalists // 2)


def run_finals(
    records: list[TrialRecord],
    settings: Settings,
    folder: StudyFolder,
    place: Workplace,
    *,
    stop: Stop,
    say: Callable[[str], None],
) -> dict[int, list[float]] | None:
    """Trains the finalists; returns the scores of each by its trial, or None where somebody asked to stop, after
    which the next call goes on."""
    alive = finalists(records, settings)
    scores: dict[int, list[float]] = {record.trial: [] for record in alive}
    for number, left in enumerate(_rounds(len(alive)), start=1):
        say(f"finals, round {number}: {left} designs with a fresh seed and other held-out images")
        seed = settings.seed + number  # of training and split
        there = replace(place, seed=seed)
        if any(record.design.recipe.distillation for record in alive):
            there = with_teacher(
                there, folder.runs, stop=stop, say=say
            )  # which has not seen these held-out images either
        if there is None:
            return None
        runs = SeedRuns(
            folder.path / "finals",
            there,
            workers=settings.workers or 1,
            stop=stop,
            say=say,
        ).train([Task(record.design, seed, f"trial {record.trial}") for record in alive])
        if stop.requested:
            return None
        for record, run in zip(alive, runs, strict=True):
            scores[record.trial] += Confirmation(
                runs=(run,), epochs=settings.epochs, last_epochs=settings.last_epochs
            ).scores
        alive.sort(key=lambda r: -settings.objective.merit(fmean(scores[r.trial]), r.parameters))
        del alive[-(-left // 2) :]
    return scores
