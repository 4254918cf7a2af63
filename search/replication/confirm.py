"""The commands `confirm` and `reproduce`: one design over several seeds, on all training images, against the test
set, which nothing is chosen by."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from results.findings.answers import Answers
from results.findings.confirmation import Confirmation
from results.wording.percent import percent
from search.commands.views import printer
from search.replication.answers import kept_answers
from search.replication.seeds import SeedRuns, Task, kept_runs
from search.replication.teacher import taught
from search.settings import check_range, last_epochs
from search.study.designs import Found
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.architecture import Architecture
from space.design import Design
from space.known.references import Reference
from space.recipe import DEFAULT_RECIPE
from train.data.dataset import Source
from train.device import DeviceName, Precision, PrecisionName, choose

_FIRST_SEED = 1001  # far from those that searches are begun with
_PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16")  # the reference first
_PUBLISHED_DEVIATION = 0.0004  # between two runs of a published design, where ours are too few to tell (docs/log.md)


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """How designs are trained here. hold: last epochs that count, or None for 5, or all of fewer."""

    source: Source
    seeds: int
    hold: int | None
    workers: int
    device: DeviceName
    precision: PrecisionName
    as_json: bool
    runs: Path


def confirm(found: Found, terms: Terms, *, target: float) -> int:
    """Trains the design, prints what it reaches, and returns the exit code."""
    stop = Stop()
    stop.install()
    confirmation = _runs(found.design, found.name, terms, stop)
    if stop.requested:
        return _interrupted(confirmation, terms, stop)
    assert confirmation
    search_score = found.record.score if found.record else None
    if terms.as_json:
        _print_objects(confirmation, found.design, target, {"search_score": search_score})
    else:
        for line in _lines(confirmation, target, search_score):
            print(line)
    sys.stdout.flush()
    kept = kept_confirmation(found.design, terms.source.name, runs=terms.runs, hold=confirmation.hold)
    if kept:  # what it gets wrong, for reports, as torch and the images are at hand
        kept.answers(found.design.architecture, terms.source)
    return 0


def reproduce(reference: Reference, terms: Terms, *, preferred: bool) -> int:
    """Trains a published design with its own recipe, prints its log beside ours and whether they agree, then trains
    it with our recipe; returns the exit code."""
    recipes = {"own": reference.recipe}
    if preferred:
        recipes["preferred"] = replace(DEFAULT_RECIPE, epochs=reference.recipe.epochs)
    stop = Stop()
    stop.install()
    found: dict[str, Confirmation] = {}
    for name, recipe in recipes.items():
        design = Design(reference.design.architecture, recipe)
        label = f"{reference.name} with {'its own' if name == 'own' else 'our'} recipe"
        confirmation = _runs(design, label, terms, stop)
        if stop.requested:
            return _interrupted(confirmation, terms, stop)
        assert confirmation
        found[name] = confirmation
    verdict = judge(reference, found["own"])
    if terms.as_json:
        for name, confirmation in found.items():
            published = {"published_last5": reference.published_last5, "verdict": verdict} if name == "own" else {}
            design = Design(reference.design.architecture, recipes[name])
            _print_objects(confirmation, design, 0.994, {"whose_recipe": name} | published)
        return 0
    print(f"\n{reference.name}, {reference.origin}")
    for line in _beside(reference, found["own"]):
        print(line)
    print(verdict)
    if preferred:
        gain = 100 * (found["preferred"].mean - found["own"].mean)
        print(f"with our recipe {percent(found['preferred'].mean)}, {gain:+.2f} points")
    return 0


def judge(reference: Reference, ours: Confirmation) -> str:
    """Whether the published run is one that ours could have been: within two deviations of a difference between one
    run and the mean of ours."""
    published = reference.published_last5
    if published is None:
        return "the published run has no log to compare with"
    deviation = max(ours.deviation or 0.0, _PUBLISHED_DEVIATION)
    allowed = 2 * deviation * (1 + 1 / len(ours.runs)) ** 0.5
    difference = ours.mean - published
    within = abs(difference) <= allowed
    return (
        f"{'within noise' if within else 'NOT within noise'} of what was published: {percent(ours.mean)} here, "
        f"{percent(published)} there, {100 * difference:+.2f} points; noise is {100 * allowed:.2f}"
    )


def _runs(design: Design, name: str, terms: Terms, stop: Stop) -> Confirmation | None:
    epochs = design.recipe.epochs
    check_range("seeds", terms.seeds, 1, 100)
    hold = last_epochs(terms.hold, epochs)
    device, precision = choose(terms.device, terms.precision)
    place = Workplace(source=terms.source, seed=0, device=device, precision=precision, whole=True)
    say = printer(as_json=terms.as_json)
    say(
        f"{name} on all training images of {terms.source.name}, {terms.seeds} seeds of {epochs} epochs, {device} "
        f"{precision}: {design.architecture.parameters:,} parameters\n  {design.architecture.notation}\n  "
        f"{design.recipe.describe()}"
    )
    folder = kept_in(terms.runs, terms.source.name, precision)
    if design.recipe.distillation:
        found = taught(place, terms.runs, stop=stop, say=say)
        if found is None:
            return None
        place = found
    seeds = SeedRuns(folder, place, workers=terms.workers, stop=stop, say=say)
    numbers = range(_FIRST_SEED, _FIRST_SEED + terms.seeds)
    runs = seeds.train([Task(design, number, f"seed {number}") for number in numbers])
    return Confirmation(runs=tuple(runs), epochs=epochs, hold=hold) if runs else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A confirmation that was made before, and for each of its runs the place of the weights."""

    confirmation: Confirmation
    precision: Precision
    weights: tuple[Path, ...]

    def answers(self, architecture: Architecture, source: Source | None) -> Answers | None:
        """Of its first run with weights to the test images; None where there are none, or no images. Raises as
        `search.replication.answers` does."""
        for run, file in zip(self.confirmation.runs, self.weights, strict=True):
            if file.exists():
                return kept_answers(architecture, file, run.seed, source)
        return None


def kept_confirmation(design: Design, dataset: str, *, runs: Path, hold: int | None) -> Kept | None:
    """All runs of the design that `confirm` has kept, of the first precision that it has any of; raises UserError
    where one cannot be read."""
    for precision in _PRECISIONS:
        if found := kept_runs(kept_in(runs, dataset, precision), design.fingerprint):
            seeds, weights = zip(*found, strict=True)
            epochs = design.recipe.epochs
            return Kept(
                confirmation=Confirmation(runs=seeds, epochs=epochs, hold=last_epochs(hold, epochs)),
                precision=precision,
                weights=weights,
            )
    return None


def kept_in(runs: Path, dataset: str, precision: Precision) -> Path:
    """The folder of all confirmations on these images."""
    return runs / ".confirmed" / f"{dataset}-{precision}"


def _interrupted(confirmation: Confirmation | None, terms: Terms, stop: Stop) -> int:
    done = len(confirmation.runs) if confirmation else 0
    print(f"{done} of {terms.seeds} seeds are done; the same command goes on", file=sys.stderr)
    return stop.exit_code


def _lines(confirmation: Confirmation, target: float, search_score: float | None) -> list[str]:
    c, last = confirmation, f"last {confirmation.hold} epochs"
    lines = []
    for run, score in zip(c.runs, c.scores, strict=True):
        few = c.last(run)
        diverged = f"; diverged: {run.diverged}" if run.diverged else ""
        lines.append(
            f"seed {run.seed}  test accuracy {100 * score:.3f} % over the {last} ({100 * min(few):.2f} to "
            f"{100 * max(few):.2f}), training {percent(run.training_accuracies[-1] if run.accuracies else None)}, "
            f"{run.seconds:.0f} s{diverged}"
        )
    spread = f" ± {100 * c.interval:.3f} (95 %)" if c.interval is not None else ""
    lines.append(
        f"mean {100 * c.mean:.3f} %{spread} over {len(c.runs)} seeds, of the {last}; nothing was chosen by it"
    )
    lines.append(
        f"worst of these epochs {percent(c.worst)}; {100 * target:g} % held in each of them in {c.held(target)} of "
        f"{len(c.runs)} seeds"
    )
    if search_score is not None:
        gap = 100 * (c.mean - search_score)
        lines.append(
            f"the search's score was {percent(search_score)}, on held-out images after training on five sixths of "
            f"the others: confirmed {abs(gap):.2f} points {'above' if gap >= 0 else 'below'} it"
        )
    return lines


def _beside(reference: Reference, ours: Confirmation) -> list[str]:
    """Test accuracies a line an epoch: published, ours from the lowest to the highest."""
    lines = ["epoch  published  here, over the seeds"]
    for epoch in range(ours.epochs):
        log = reference.test_curve
        published = f"{100 * log[epoch]:.2f}" if epoch < len(log) else "-"
        here = [run.accuracies[epoch] for run in ours.runs if epoch < len(run.accuracies)]
        spread = f"{100 * min(here):.2f} to {100 * max(here):.2f}" if here else "diverged"
        lines.append(f"{epoch + 1:>5}  {published:>9}  {spread}")
    return lines


def _print_objects(confirmation: Confirmation, design: Design, target: float, more: Mapping[str, object]) -> None:
    """A line of JSON a seed, then one on all of them."""
    c = confirmation
    for run in c.runs:
        print(json.dumps({"seed": run.seed, "test_accuracy": list(run.accuracies)}))
    summary = {
        "last5_mean": c.mean,
        "deviation": c.deviation,
        "ci95": None if c.interval is None else [c.mean - c.interval, c.mean + c.interval],
        "worst_seed": min(c.scores),
        "worst_epoch": c.worst,
        "target": target,
        "held": c.held(target),
        "seeds": len(c.runs),
        "hold": c.hold,
        "parameters": design.architecture.parameters,
        "notation": design.architecture.notation,
        "recipe": design.recipe.to_json(),
    }
    print(json.dumps({**summary, **more}))
