"""The command `explain`: the ladder of a design, each step trained for real on held-out images."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from results.findings.confirmation import Confirmation, SeedRun
from results.findings.ladder import Ladder, Rung
from results.wording.ladder import analysis, as_markdown
from search.commands.views import printer
from search.outputs.files import check_target, write_text
from search.replication.seeds import SeedRuns, Task
from search.replication.teacher import taught
from search.settings import check_range, last_epochs
from search.study.designs import Found
from search.study.folder import writing
from search.study.stored import keep, read
from search.wording import duration
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.known.ladder import Step, ladder, leave_one_out
from train.data.dataset import Source
from train.device import DeviceName, PrecisionName, choose

_FIRST_SEED = 2001  # apart from those of searches and confirmations


def explain(
    found: Found,
    *,
    source: Source,
    epochs: int | None,
    seeds: int,
    hold: int | None,
    undo: bool,
    workers: int,
    device: DeviceName,
    precision: PrecisionName,
    output: Path | None,
    force: bool,
    as_json: bool,
    runs: Path,
) -> int:
    """Trains every step with the same seeds, writes the ladder down for reports, prints it or writes it as Markdown,
    and returns the exit code. What is trained already is not trained again."""
    design = found.lasting(epochs).design
    epochs = design.recipe.epochs
    check_range("seeds", seeds, 1, 100)
    hold = last_epochs(hold, epochs)
    if output:
        check_target(output, force=force)
    stop, say = Stop(), printer(as_json=True)  # standard output is the story's
    stop.install()
    steps, less = ladder(design), leave_one_out(design) if undo else ()
    tasks = {
        step.design.fingerprint: [
            Task(step.design, _FIRST_SEED + n, f"{step.name}, seed {n + 1}") for n in range(seeds)
        ]
        for step in (*steps, *less)
    }
    chosen, bits = choose(device, precision)
    place: Workplace | None = Workplace(source=source, seed=0, device=chosen, precision=bits)
    say(
        f"{found.name} on {source.name}: {len(steps)} steps"
        + (f" and {len(less)} changes undone" if less else "")
        + f", {len(tasks)} networks with {seeds} seeds: {len(tasks) * seeds} trainings of {epochs} epochs"
    )
    for number, step in enumerate(steps):
        say(f"  {number:>2}  {step.name:<24} {step.design.architecture.parameters:>7,} parameters")
    if design.recipe.distillation:
        place = taught(place, runs, stop=stop, say=say)
    done: list[SeedRun] = []
    if place:
        training = SeedRuns(runs / ".explained" / f"{source.name}-{bits}", place, workers=workers, stop=stop, say=say)
        done = training.train([task for some in tasks.values() for task in some])
    if stop.requested:
        print(f"{len(done)} of {len(tasks) * seeds} trainings are done; the same command goes on", file=sys.stderr)
        return stop.exit_code
    trained = {name: done[n * seeds : (n + 1) * seeds] for n, name in enumerate(tasks)}

    def rung(step: Step) -> Rung:
        return as_rung(step, Confirmation(runs=tuple(trained[step.design.fingerprint]), epochs=epochs, hold=hold))

    story = Ladder(
        name=found.name,
        dataset=source.name,
        seeds=seeds,
        epochs=epochs,
        hold=hold,
        rungs=tuple(map(rung, steps)),
        without=tuple(map(rung, less)),
    )
    kept = ladder_file(runs, found.design.fingerprint, source.name)
    with writing(kept.parent):
        kept.parent.mkdir(parents=True, exist_ok=True)
        keep(story, kept)
    say(f"trained in {duration(sum(run.seconds for run in done))} of computing; reports of this design show it now")
    if as_json:
        for number, one in enumerate(story.rungs):
            before = story.rungs[number - 1] if number else None
            print(json.dumps({"step": number, **asdict(one), "analysis": analysis(one, before)}))
        for one in story.without:
            print(json.dumps({"step": None, **asdict(one), "analysis": analysis(one, story.rungs[-1])}))
    if output:
        write_text(as_markdown(story), output, force=force)
        say(f"wrote {output}")
    elif not as_json:
        print(as_markdown(story), end="")
    return 0


def ladder_file(runs: Path, fingerprint: str, dataset: str) -> Path:
    """Where the ladder of the design of that fingerprint is kept."""
    return runs / ".explained" / f"{dataset}-{fingerprint}.json"


def kept_ladder(runs: Path, fingerprint: str, dataset: str) -> Ladder | None:
    """The ladder that was made last, or None.

    Raises:
        UserError: It cannot be read.
    """
    file = ladder_file(runs, fingerprint, dataset)
    if not file.exists():
        return None
    return read(Ladder, file, what="a ladder's record", then="and explain the design again")


def as_rung(step: Step, runs: Confirmation) -> Rung:
    """A step, trained."""
    architecture = step.design.architecture
    return Rung(
        name=step.name,
        target=step.target,
        notation=architecture.notation,
        recipe=step.design.recipe.describe(),
        parameters=architecture.parameters,
        macs=architecture.macs,
        receptive_field=architecture.receptive_field,
        best_training=tuple(max(run.training_accuracies, default=0.0) for run in runs.runs),
        training=tuple(fmean(runs.last_training(run)) for run in runs.runs),
        best_held_out=tuple(max(run.accuracies, default=0.0) for run in runs.runs),
        held_out=tuple(runs.scores),
        seconds=fmean(run.seconds for run in runs.runs),
        diverged=sum(bool(run.diverged) for run in runs.runs),
    )
