"""What a search is going to cost, reckoned before its first trial."""

import random
from statistics import fmean

from results.wording.counted import counted
from search.loop.costs import Costs
from search.loop.finals import plan
from search.proposals.pruning import PROMOTED
from search.settings import Settings
from search.wording import duration
from space.choices.choices import draw, guess
from space.choices.encoding import design_from
from space.design import Design

_DRAWN = 32  # designs, from whose times those of all are supposed


def preview(settings: Settings, costs: Costs, *, done: int) -> str:
    """Returns it in a line, from designs as the search draws them before it knows any; empty where no rates of this
    machine are known, or no trial is to come. done: trials that the study has already."""
    designs, left = _drawn(settings), settings.trials - done
    if costs.rates is None or not designs or left < 1:
        return ""
    seconds = sorted(map(costs.epoch, designs))
    each, workers = fmean(seconds), settings.workers or 1
    share = PROMOTED if settings.screening else 1.0
    trial = (settings.screening + share * settings.epochs) * each
    trained = round(share * settings.trials)
    finals = plan(
        settings,
        trained=trained,
        pruned=settings.trials - trained,
        seconds=trained * settings.epochs * each,
    )
    of_finals = finals.trainings * settings.epochs * each
    few, many = seconds[len(seconds) // 10], seconds[-1 - len(seconds) // 10]
    epoch = f"an epoch takes {_about(few)} to {_about(many)} here, as designs are drawn at first"
    whole, timeout = (left * trial + of_finals) / workers, settings.timeout
    what = counted(left, "trial") + (" and the finals" if of_finals else "")
    take = "takes" if left == 1 and not of_finals else "take"
    if timeout is None or whole <= timeout:
        return f"{epoch}: {what} {take} about {duration(whole)} on {counted(workers, 'worker')}"
    enough = max(1, round((timeout * workers - of_finals) / trial))
    end = " before the finals" if of_finals else ""
    return f"{epoch}: {duration(timeout)} are enough for about {counted(enough, 'trial')}{end}, of {left:,}"


def _about(seconds: float) -> str:
    return duration(seconds) if seconds >= 10 else f"{seconds:.2g} s"


def _drawn(settings: Settings) -> list[Design]:
    """Draws designs as the sampler does; those that keep to the budget."""
    drawing = guess if settings.sampler == "tpe" else draw
    designs = []
    for number in range(_DRAWN):
        values = drawing(
            settings.space,
            settings.sampling,
            random.Random(f"{settings.seed} {number}"),
            task=settings.task,
            augment=settings.augmentations,
        )
        budget = settings.budget_for(number)
        design = design_from(values, space=settings.space, budget=budget, epochs=settings.epochs, task=settings.task)
        if budget.allows(design.architecture):
            designs.append(design)
    return designs
