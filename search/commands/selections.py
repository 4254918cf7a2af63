"""Write which trial is the best, and what it reaches, as lines for people and as fields of a JSON object."""

from shlex import quote
from typing import Any

from results.findings.estimate import Estimate
from results.findings.selection import Selection
from results.wording.counted import last_epochs
from results.wording.limits import limits_in_words
from results.wording.percent import in_full, percent
from results.wording.selection import estimated, notes, rule
from search.loop.status import reaches_target
from search.settings import Settings


def winner_lines(selection: Selection, estimate: Estimate, settings: Settings) -> list[str]:
    """Write what a search found, and how to take it away."""
    best = selection.winner
    every = reaches_target(best, last_epochs=settings.last_epochs, target=settings.target)
    last = f"the mean of {last_epochs(settings.last_epochs)}"
    in_search = (
        "" if estimate.kind == "held-out" else f"{percent(best.score, target=settings.target)} in the search, "
    )
    name, costs = quote(settings.study), {limit: getattr(best, limit) for limit in settings.budget.limits()}
    return [
        f"best: trial {best.trial}, {limits_in_words(costs)}, receptive field {best.receptive_field}",
        f"  {estimated(estimate, chosen=True, target=settings.target)}",
        f"  {in_search}{last}; {in_full(settings.target)} {'' if every else 'not '}held in each",
        *(f"  {note}" for note in notes(selection)),
        f"  {best.notation}",
        f"  {best.recipe.describe() if best.recipe else ''}",
        f"take it away:  python -m search export best --study {name} -o net.py --weights net.safetensors",
    ]


def selection_fields(selection: Selection, estimate: Estimate) -> dict[str, Any]:
    """Return what a JSON object of the best trial has beside the trial's own fields."""
    own = selection.own
    return {
        "estimate": estimate_fields(estimate),
        "tied_with": [record.trial for record in selection.tied],
        "best_of_search": None
        if own is None
        else {"trial": own.trial, "accuracy": own.accuracy, "parameters": own.parameters, "behind": selection.behind},
        "notes": notes(selection),
        "rule": rule(selection),
    }


def estimate_fields(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate as a JSON object."""
    return {
        "of": estimate.kind,
        "accuracy": estimate.accuracy,
        "ci95": [estimate.low, estimate.high],
        "images": estimate.images,
        "trainings": estimate.trainings,
    }
