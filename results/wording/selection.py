"""Which trial is the best, and what it reaches, in words."""

from results.findings.estimate import Estimate
from results.findings.records import TrialRecord
from results.findings.selection import Selection
from results.wording.counted import counted
from results.wording.percent import hundredths, percent, points

_BEST = (
    "the one with the highest mean of those that came furthest in the finals; where others are within one standard "
    "error of it, which is a tie, the one of them with the fewest parameters; without finals, the one with the "
    "highest held-out score"
)

RULE = f"The best trial is {_BEST}."
"""`results.findings.selection.select` in a sentence."""

RULE_OF_BUDGETS = (
    f"Of each budget the best trial is {_BEST}; the best of all is that of the largest budget that is more accurate "
    "than those of all smaller ones, in the finals or, where one of two had none, in the search."
)
"""The same where there are several budgets."""

RULE_OF_SMALLEST = (
    "The best trial is the smallest network that reaches the target, of those that came furthest in the finals, or "
    "without finals of all; where none reaches it, it is the most accurate, and in a tie, within one standard error "
    "of it in the finals, the one with the fewest parameters."
)
"""The same where the smallest network is sought."""


def rule(selection: Selection) -> str:
    """Returns the rule by which the trial was selected, in a sentence."""
    if selection.front:
        return RULE_OF_BUDGETS
    return RULE_OF_SMALLEST if selection.smallest else RULE


def sure(estimate: Estimate) -> str:
    """Tells between which accuracies it lies."""
    return f"95 % interval {hundredths(estimate.low)} to {percent(estimate.high)}"


def estimated(estimate: Estimate, *, chosen: bool, target: float | None = None) -> str:
    """Tells how accurate a design is, of how many images, and how sure that is.

    Args:
        chosen: Whether it is the best.
        target: An accuracy that it stands beside.
    """
    accuracy = percent(estimate.accuracy, 3 if estimate.kind == "confirmed" else 2, target)
    images, trainings, interval = estimate.images, estimate.trainings, sure(estimate)
    match estimate.kind:
        case "confirmed":
            of = f"{counted(images, 'test image')}, mean of {counted(trainings, 'seed')}"
            return f"{accuracy} of {of} ({interval})"
        case "finals":
            of = f"{counted(images, 'held-out image')}{' each' if trainings > 1 else ''}"
            return f"{accuracy} in {counted(trainings, 'final')} on {of} ({interval})"
        case "held-out":
            by = "chosen by this figure" if chosen else "by which the search chooses"
            of = counted(images, "held-out image")
            return f"{accuracy} of {of} ({interval}), {by}, so optimistic"


def notes(selection: Selection) -> list[str]:
    """Tells in a sentence each what must be known beside the figure: a tie, a known design that won, later trials."""
    told = [_front(selection), _tie(selection), _known(selection), _later(selection)]
    return [note for note in told if note]


def _front(selection: Selection) -> str:
    if not selection.front:
        return ""
    mixed = len({bool(record.finals) for record in selection.front}) > 1
    each = [f"at most {record.of_budget or 0:,}: {_placed(record, mixed=mixed)}" for record in selection.front]
    return f"the best of each budget that no smaller one is as accurate as: {'; '.join(each)}"


def _placed(record: TrialRecord, *, mixed: bool) -> str:
    """Tells a trial of a front by what it was compared by. mixed: whether another of the front had no finals."""
    if not record.finals:
        return _shown(record, " in the search")
    return _shown(record, f" in the finals, {percent(record.score)} in the search" if mixed else "")


def _tie(selection: Selection) -> str:
    if not selection.tied:
        return ""
    others = ", ".join(_shown(record) for record in selection.tied)
    return (
        f"tied with {others}: their means in the finals differ by less than the standard error of "
        f"{points(selection.error)}, so {_taken(selection)} is taken"
    )


def _taken(selection: Selection) -> str:
    winner, tied = selection.winner, selection.tied
    if all(record.parameters > winner.parameters for record in tied):
        return "the smallest" if len(tied) > 1 else "the smaller network"
    if all((record.parameters, record.macs) > (winner.parameters, winner.macs) for record in tied):
        return "the one of as few parameters with the fewest multiply-adds"
    return "the earliest of the smallest"


def _known(selection: Selection) -> str:
    winner, own = selection.winner, selection.own
    if not winner.known:
        return ""
    head = f"{winner.origin}, a design that was known before the search, won; of what the search proposed itself"
    if own is None:
        return f"{head} nothing was trained to its end"
    behind, finals = selection.behind, min(len(winner.finals), len(own.finals))
    where = f"in {'the same ' if finals else ''}{counted(finals, 'final')}" if finals else "in held-out accuracy"
    far = f"{points(abs(behind))} {'behind' if behind > 0 else 'ahead'}"
    if points(abs(behind)) == points(0.0):
        far = "as accurate"
    return f"{head} the best is {_shown(own)}, {far} {where}"


def _later(selection: Selection) -> str:
    if not selection.later:
        return ""
    they, were = ("it", "was") if selection.later == 1 else ("they", "were")
    return (
        f"{counted(selection.later, 'trial')} with a higher held-out score {were} not in the finals: "
        f"{they} {were} trained after them, or others scored higher still"
    )


def _shown(record: TrialRecord, where: str = "") -> str:
    return f"trial {record.trial} ({percent(record.accuracy)}{where}, {counted(record.parameters, 'parameter')})"


def sentence(note: str) -> str:
    """Writes a note as a sentence; the name of a design that it begins with stays as it is."""
    first = note.partition(" ")[0]
    return (note if "/" in first else note[:1].upper() + note[1:]) + "."
