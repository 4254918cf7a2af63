"""Explain a design: train its ladder, step by step from the bare skeleton, for real and on held-out images."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from results.findings.confirmation import Confirmation, SeedRun
from results.findings.ladder import Ladder, Rung
from results.wording.counted import counted
from search.replication.replication import Interrupted, Replication
from search.replication.seeds import SeedRuns, Task, UnderWay
from search.replication.teacher import with_teacher
from search.settings import counted_epochs
from search.study.designs import NamedDesign
from search.study.stored import keep, read
from search.study.writing import writing
from search.wording import duration
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.known.ladder import Step, ladder, leave_one_out
from train.device import choose

_FIRST_SEED = 2001  # apart from those of searches and confirmations


def explain(
    found: NamedDesign,
    replication: Replication,
    *,
    epochs: int | None,
    undo: bool,
    stop: Stop,
    say: Callable[[str], None],
    watch: Callable[[UnderWay], None] | None = None,
) -> Ladder:
    """Train every step with the same seeds, as far as that is not done yet; store the ladder, and return it.

    Args:
        epochs: How long each step is trained; None is as long as the design's recipe says.
        undo: Whether to train the design with each single change undone, too.
        say: Called with lines on what is to be trained, and with a line now and then, or, instead of that, `watch`,
            a few times a second, with how far the trainings are.

    Raises:
        UserError: `epochs` or `last_epochs` is out of range, or a training cannot be done, stored or read.
        BadDevice: The device is not there.
        Interrupted: `stop` asked for the end.
    """
    design = found.lasting(epochs).design
    last_epochs = counted_epochs(replication.last_epochs, epochs := design.recipe.epochs)
    source, seeds = replication.source, replication.seeds
    steps, undone = ladder(design), leave_one_out(design) if undo else ()
    trainings = len(tasks := _tasks((*steps, *undone), seeds)) * seeds
    device, precision = choose(replication.device, replication.precision)
    trained = f"{counted(len(tasks), 'network')} with {counted(seeds, 'seed')}: {counted(trainings, 'training')}"
    say(_plan(f"{found.name} on {source.name}", steps, len(undone), f"{trained} of {counted(epochs, 'epoch')}"))
    workplace: Workplace | None = Workplace(source=source, seed=0, device=device, precision=precision)
    if design.recipe.distillation:
        workplace = with_teacher(workplace, replication.runs, augment=replication.augment, stop=stop, say=say)
    done: list[SeedRun] = []
    if workplace:
        folder = replication.runs / ".explained" / f"{source.split_key}-{precision}"
        training = SeedRuns(folder, workplace, workers=replication.workers, stop=stop, say=say, watch=watch)
        done = training.train([task for some in tasks.values() for task in some])
    if stop.requested:
        raise Interrupted(len(done), trainings)
    runs = {fingerprint: tuple(done[n * seeds : (n + 1) * seeds]) for n, fingerprint in enumerate(tasks)}

    def rung(step: Step) -> Rung:
        trained = runs[step.design.fingerprint]
        return as_rung(step, Confirmation(runs=trained, epochs=epochs, last_epochs=last_epochs))

    story = Ladder(
        name=found.name,
        dataset=source.name,
        seeds=seeds,
        epochs=epochs,
        hold=last_epochs,
        rungs=tuple(map(rung, steps)),
        without=tuple(map(rung, undone)),
        images=source.counts.held_out,
    )
    _store(story, ladder_file(replication.runs, found.design.fingerprint, source.split_key))
    say(f"trained in {duration(sum(one.seconds for one in done))} of computing; reports of this design show it now")
    return story


def _plan(what: str, steps: Sequence[Step], undone: int, trainings: str) -> str:
    """Say what is to be trained, and list the steps."""
    undoing = f" and {counted(undone, 'change')} undone" if undone else ""
    return "\n".join([f"{what}: {counted(len(steps), 'step')}{undoing}, {trainings}", *_numbered(steps)])


def _numbered(steps: Sequence[Step]) -> list[str]:
    """List the steps with their sizes, a line each."""
    return [
        f"  {number:>2}  {step.name:<24} {step.design.architecture.parameters:>7,} parameters"
        for number, step in enumerate(steps)
    ]


def _tasks(steps: Sequence[Step], seeds: int) -> dict[str, list[Task]]:
    """List the trainings of each network by its design's fingerprint; steps that are the same are trained once."""
    return {
        step.design.fingerprint: [
            Task(step.design, _FIRST_SEED + n, f"{step.name}, seed {n + 1}") for n in range(seeds)
        ]
        for step in steps
    }


def _store(story: Ladder, file: Path) -> None:
    """Write the ladder down for reports; raises UserError where the system does not let us."""
    with writing(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        keep(story, file, of=file.name)


def ladder_file(runs: Path, fingerprint: str, images_key: str) -> Path:
    """Name the file of the ladder of the design with that fingerprint.

    images_key: The `Dataset.split_key` of the images that it was trained on.
    """
    return runs / ".explained" / f"{images_key}-{fingerprint}.json"


def stored_ladder(runs: Path, fingerprint: str, images_key: str) -> Ladder | None:
    """Read the ladder that was made last; None stands for none.

    Raises:
        UserError: It cannot be read.
    """
    file = ladder_file(runs, fingerprint, images_key)
    if not file.exists():
        return None
    return read(Ladder, file, of=file.name, what="a ladder's record", then="and explain the design again")


def as_rung(step: Step, runs: Confirmation) -> Rung:
    """Join a step with what its trainings came to."""
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
