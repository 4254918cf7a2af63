"""`Selection`: which trial of a study is the best, by the one rule, and what is to be said about it.

The rule where scores are noisy is the one-standard-error rule: the smallest of those that are not told apart from the
most accurate (Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984; Hastie, Tibshirani and
Friedman, The Elements of Statistical Learning, 7.10).
"""

from dataclasses import dataclass, replace
from statistics import fmean
from typing import get_args

from results.findings.records import TrialRecord, Verdict, front, trained
from results.findings.shares import standard_error


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """A value that says which trial is the best, and by what.

    Attributes:
        winner: The best trial.
        leader: The one with the highest mean of those that came furthest in the finals, or the highest score where
            there were none; the winner unless a smaller network is tied with it.
        tied: Those that are tied with the winner, the most accurate first.
        error: Standard error of the leader's mean, a share; within it others are tied.
        own: Where the winner is a known design, the best that the sampler found, if it found any.
        smallest: Whether it is the smallest network that is sought, of those that reach a target, and some do.
        later: How many trials that scored higher than the winner were in no finals: they were trained after them, or,
            where the winner is of earlier ones, others of the later ones scored higher still.
        front: Where there are several budgets, the best of each that none of a smaller one is as accurate as, the
            smallest first; the winner is the last of them. Empty where there is one.
    """

    winner: TrialRecord
    leader: TrialRecord
    tied: tuple[TrialRecord, ...]
    error: float
    own: TrialRecord | None
    smallest: bool
    later: int
    front: tuple[TrialRecord, ...] = ()

    @property
    def behind(self) -> float:
        """How far `own` is behind the winner, a share, in as many finals as both were in, or else in the search."""
        assert self.own is not None, "only a known design that won has the search's own behind it"
        finals = min(len(self.winner.finals), len(self.own.finals))
        if finals:
            return fmean(self.winner.finals[:finals]) - fmean(self.own.finals[:finals])
        return (self.winner.score or 0.0) - (self.own.score or 0.0)


def select(records: list[TrialRecord]) -> Selection | None:
    """Returns the best of the trained records; None where there is none."""
    budgets = sorted({record.of_budget for record in trained(records) if record.of_budget is not None})
    if not budgets:
        return _selected(records)
    front: list[Selection] = []
    for budget in budgets:
        one = _selected([record for record in records if record.of_budget == budget])
        if one and all(_more_accurate(one.winner, other.winner) for other in front):
            front.append(one)
    return replace(front[-1], front=tuple(one.winner for one in front))


def front_of(records: list[TrialRecord]) -> list[TrialRecord]:
    """Returns the best of each of several budgets, as `Selection.front` has them, or, where there is one, the trained
    records that no other beats in score with as few parameters; the smallest first."""
    selection = select(records)
    return list(selection.front) if selection and selection.front else front(records)


def _more_accurate(one: TrialRecord, other: TrialRecord) -> bool:
    """Whether one is more accurate than another: in the finals where both had some, else in the search, where the
    figures of both are as optimistic."""
    if one.finals and other.finals:
        return one.accuracy > other.accuracy
    return (one.score or 0.0) > (other.score or 0.0)


def _selected(records: list[TrialRecord]) -> Selection | None:
    """Returns the best of records of one budget."""
    every = sorted(trained(records), key=lambda r: r.rank)
    if not every:
        return None
    leader, *others = every
    error = standard_error(leader.finals or (leader.accuracy,), leader.images, leader.drawn_from)
    equals = [leader, *(other for other in others if _tied(other, leader, error))]
    winner = min(equals, key=lambda r: (r.parameters, r.macs, r.trial))
    own = _selected([record for record in every if not record.known]) if winner.known else None
    return Selection(
        winner=winner,
        leader=leader,
        tied=tuple(record for record in equals if record is not winner),
        error=error,
        own=own.winner if own else None,
        smallest=(smallest := any(record.merit != record.accuracy for record in every)),
        later=0 if smallest else _later(winner, every),
    )


def _tied(other: TrialRecord, leader: TrialRecord, error: float) -> bool:
    """Whether another came as far in the finals and is less than the noise behind, where accuracy counts."""
    by_accuracy = leader.merit == leader.accuracy and other.merit == other.accuracy
    as_far = 0 < len(leader.finals) == len(other.finals)
    return by_accuracy and as_far and leader.accuracy - other.accuracy <= error


def _later(winner: TrialRecord, every: list[TrialRecord]) -> int:
    """Counts those that scored higher than the winner of the finals and were in none."""
    if not winner.finals:
        return 0
    return sum(not record.finals and (record.score or 0.0) > (winner.score or 0.0) for record in every)


def best(records: list[TrialRecord]) -> TrialRecord | None:
    """Returns the winner of `select`; None where there is none."""
    selection = select(records)
    return selection.winner if selection else None


def ranked(records: list[TrialRecord]) -> list[TrialRecord]:
    """Returns the best record first, then the other trained ones, the best of them first, then those by their end."""
    order, first = get_args(Verdict), best(records)
    return sorted(records, key=lambda r: (r is not first, order.index(r.verdict), *r.rank))


def selected(records: list[TrialRecord], *, study: str, command: str) -> Selection:
    """Returns what `select` does; raises NothingFinished, with the command that goes on, where there is none."""
    selection = select(records)
    if selection is None:
        has = _untrained(records)
        nothing = NothingFinished(f"study {study} has {has}; go on with it: {command}")
        nothing.study, nothing.has = study, has
        raise nothing
    return selection


def _untrained(records: list[TrialRecord]) -> str:
    """Tells what a study has that has no trained trial: how its trials ended, and why the last that failed did."""
    verdicts = [record.verdict for record in records]
    ended = ", ".join(f"{verdicts.count(one):,} {one}" for one in ("pruned", "rejected", "failed") if one in verdicts)
    failed = [" ".join(record.reason.split()) for record in records if record.verdict == "failed"]
    why = f", the last: {failed[-1]}" if failed and failed[-1] else ""
    return f"no trained trial yet, but {ended}{why}" if ended else "no trained trial yet"


class NothingFinished(ValueError):
    """An error that says that a study has no trained trial; the message names the command that goes on.

    Attributes:
        study: Its name.
        has: What it has instead, in words that follow on its name.
    """

    study: str = ""
    has: str = ""
