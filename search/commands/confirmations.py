"""Write confirmations and reproductions as lines for people and as JSON objects."""

from collections.abc import Iterator
from statistics import fmean
from typing import Any

from results.findings.confirmation import Confirmation
from results.findings.estimate import estimate_confirmed
from results.wording.counted import counted, last_epochs
from results.wording.percent import hundredths, in_full, percent
from results.wording.selection import estimated
from search.commands.selections import estimate_fields
from search.replication.reproduce import Agreement, Reproduction, preferred_design
from space.design import Design

_TARGET = 0.994  # of reproductions, a share: what the published designs were made for


def confirmation_lines(
    confirmation: Confirmation, *, images: int, target: float | None, search_score: float | None
) -> list[str]:
    """Write a line a seed, then those on all seeds.

    Args:
        images: How many test images the seeds were scored on.
        target: A share; None where the confirmation cannot be compared with one.
        search_score: Likewise.
    """
    c, last = confirmation, last_epochs(confirmation.last_epochs)
    lines = []
    for run, score in zip(c.runs, c.scores, strict=True):
        low, high = (hundredths(end, target=target) for end in (min(c.last(run)), max(c.last(run))))
        diverged = f"; diverged: {run.diverged}" if run.diverged else ""
        lines.append(
            f"seed {run.seed}  test accuracy {percent(score, 3, target)} over {last} ({low} to {high}), "
            f"training {percent(fmean(c.last_training(run)))}, {run.seconds:.0f} s{diverged}"
        )
    reached = estimated(estimate_confirmed(c.scores, images), chosen=False, target=target)
    lines.append(f"{reached}, over {last}; nothing was chosen by it")
    held = "" if target is None else f"; {in_full(target)} held in each of them in {_held(c, target)}"
    lines.append(f"worst of these epochs {percent(c.worst, target=target)}{held}")
    if search_score is not None:
        gap = 100 * (c.mean - search_score)
        lines.append(
            f"the search's score was {percent(search_score)}, on held-out images after training on the others: "
            f"confirmed {abs(gap):.2f} points {'above' if gap >= 0 else 'below'} it"
        )
    return lines


def _held(confirmation: Confirmation, target: float) -> str:
    return f"{confirmation.held(target)} of {counted(len(confirmation.runs), 'seed')}"


def confirmation_objects(
    confirmation: Confirmation, design: Design, *, images: int, target: float | None, **more: object
) -> Iterator[dict[str, Any]]:
    """Yield an object a seed, then one on all seeds, with `more` at its end.

    The interval of `estimate` is the one that people read; `ci95` is Student's over the seeds alone.
    """
    c = confirmation
    for run in c.runs:
        yield {"seed": run.seed, "test_accuracy": list(run.accuracies), "diverged": run.diverged or None}
    yield {
        "last5_mean": c.mean,
        "deviation": c.deviation,
        "ci95": None if c.interval is None else [c.mean - c.interval, c.mean + c.interval],
        "estimate": estimate_fields(estimate_confirmed(c.scores, images)),
        "worst_seed": min(c.scores),
        "worst_epoch": c.worst,
        "target": target,
        "held": None if target is None else c.held(target),
        "seeds": len(c.runs),
        "hold": c.last_epochs,
        "parameters": design.architecture.parameters,
        "notation": design.architecture.notation,
        "recipe": design.recipe.to_json(),
        **more,
    }


def reproduction_lines(reproduction: Reproduction) -> list[str]:
    """Write the published log beside our runs, a line an epoch, and whether they agree."""
    reference, own, preferred = reproduction.reference, reproduction.own, reproduction.preferred
    lines = [f"\n{reference.name}, {reference.origin}", "epoch  published  here, over the seeds"]
    for epoch in range(own.epochs):
        log = reference.test_curve
        published = hundredths(log[epoch]) if epoch < len(log) else "-"
        here = [run.accuracies[epoch] for run in own.runs if epoch < len(run.accuracies)]
        spread = f"{hundredths(min(here))} to {hundredths(max(here))}" if here else "diverged"
        lines.append(f"{epoch + 1:>5}  {published:>9}  {spread}")
    lines += _diverged(own)
    lines.append(verdict(reproduction.agreement))
    if reproduction.dataset != "mnist":
        lines.append(f"what was published is of MNIST, not of {reproduction.dataset}")
    if preferred:
        gain = 100 * (preferred.mean - own.mean)
        lines.append(f"with our recipe {percent(preferred.mean)}, {gain:+.2f} points")
        lines += _diverged(preferred)
    return lines


def _diverged(confirmation: Confirmation) -> list[str]:
    """Tell of each seed that diverged why; in the means it counts with 0 for the epochs that it has not."""
    return [f"seed {run.seed} diverged: {run.diverged}" for run in confirmation.runs if run.diverged]


def reproduction_objects(reproduction: Reproduction) -> Iterator[dict[str, Any]]:
    """Yield the objects of the confirmation with the design's own recipe, then of that with ours."""
    reference, agreement = reproduction.reference, reproduction.agreement
    yield from confirmation_objects(
        reproduction.own,
        reference.design,
        images=reproduction.images,
        target=_TARGET,
        whose_recipe="own",
        published_last5=agreement.published if agreement else reference.published_last5,
        verdict=verdict(agreement),
    )
    if reproduction.preferred:
        design = preferred_design(reference)
        yield from confirmation_objects(
            reproduction.preferred, design, images=reproduction.images, target=_TARGET, whose_recipe="preferred"
        )


def verdict(agreement: Agreement | None) -> str:
    """Say in a line whether the published run is one that ours could have been."""
    if agreement is None:
        return "the published run has no log to compare with"
    return (
        f"{'within noise' if agreement.within_noise else 'NOT within noise'} of what was published: "
        f"{percent(agreement.ours)} here, {percent(agreement.published)} there, "
        f"{100 * agreement.difference:+.2f} points; noise is {100 * agreement.noise:.2f}"
    )
