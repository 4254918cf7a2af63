"""What a search is going to cost, reckoned before its first trial."""

import math
import random
from statistics import fmean

from results.wording.counted import counted
from search.loop.costs import Costs
from search.loop.finals import plan, seconds_of, workers_of
from search.loop.order import Order
from search.proposals.pruning import PROMOTED
from search.settings import Settings
from search.wording import duration
from space.choices.choices import draw, guess
from space.choices.encoding import design_from
from space.design import Design

_DRAWN = 32  # designs, from whose times those of all are supposed
_SINGLY = 1_000  # trials whose chances are added up one by one


def preview(settings: Settings, costs: Costs, *, done: int) -> str:
    """Returns it in a line, from designs as the search draws them before it knows any; empty where no rates of this
    machine are known, or no trial is to come. done: trials that the study has already."""
    designs, left = _drawn(settings), settings.trials - done
    if costs.rates is None or not designs or left < 1:
        return ""
    seconds = sorted(map(costs.epoch, designs))
    each, workers = fmean(seconds), min(settings.workers or 1, left)
    whole, trained = _whole(settings, done), round(_whole(settings, 0))
    finals = plan(
        settings,
        trained=trained,
        pruned=settings.trials - trained,
        seconds=trained * settings.epochs * each,
    )
    of_finals = seconds_of(finals.rounds, settings.epochs * each, workers_of(settings))
    longest = (settings.screening + min(1.0, whole) * settings.epochs) * each
    of_trials = max((left * settings.screening + whole * settings.epochs) * each / workers, longest)
    few, many = seconds[len(seconds) // 10], seconds[-1 - len(seconds) // 10]
    epoch = f"an epoch takes {_about(few)} to {_about(many)} here, as designs are drawn at first"
    timeout = settings.timeout
    what = counted(left, "trial") + (" and the finals" if of_finals else "")
    take = "takes" if left == 1 and not of_finals else "take"
    on = counted(workers_of(settings) if of_finals else workers, "worker")
    if timeout is None or of_trials + of_finals <= timeout:
        return f"{epoch}: {what} {take} about {duration(of_trials + of_finals)} on {on}"
    enough = max(1, round(left * (timeout - of_finals) / of_trials))
    end = " before the finals" if of_finals else ""
    return f"{epoch}: {duration(timeout)} are enough for about {counted(enough, 'trial')}{end}, of {left:,}"


def _whole(settings: Settings, done: int) -> float:
    """Returns how many of the trials to come are expected to be trained whole, where each is as likely as any other
    of its budget to be among the best."""
    if not settings.screening:
        return settings.trials - done
    order, budgets = Order(settings.deterministic), max(1, len(settings.budgets))
    singly = min(settings.trials, done + _SINGLY)
    known = (number if (told := order.known(number)) is None else told for number in range(done, singly))
    among = [1 + one // budgets for one in known]
    return sum(math.ceil(many * PROMOTED) / many for many in among) + PROMOTED * (settings.trials - singly)


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
