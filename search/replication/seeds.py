"""Train designs with given seeds, outside any study, and store the runs, so that they go on where they were."""

import contextlib
import shutil
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from results.findings.confirmation import SeedRun
from results.wording.percent import percent
from search.errors import UserError
from search.study.locks import alone
from search.study.stored import keep, read
from search.study.writing import writing
from search.wording import duration
from search.workers.messages import LIVES, Ended, Job, Lost, Noted, Scored, Trained, Uncompiled, Unwritable
from search.workers.processes import ProcessExecutor
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.design import Design
from train.fast.uncompiled import CannotCompile
from train.files.digests import Damaged, digest, read_known
from train.files.whole import write_whole
from train.scores import EpochScore

_PAUSE_SECONDS = 10.0  # between two lines, those on the ends of runs aside


@dataclass(frozen=True, slots=True)
class Task:
    """A value that says what to train, with which seed, and what people call that."""

    design: Design
    seed: int
    name: str


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How far trainings are.

    Attributes:
        tasks: What is trained now, and was not before.
        curves: The scores of those in training, by their place in `tasks`.
        waiting: The places of those that have not begun.
        scored: Epochs that were trained now, those of trainings that are over included.
    """

    tasks: Sequence[Task]
    curves: Mapping[int, Sequence[EpochScore]]
    waiting: Sequence[int]
    scored: int


class SeedRuns:
    """The runs of one workplace, stored in a folder of their own.

    Attributes:
        workers: How many processes train.
        stop: Asks for the end.
        say: Called with a line on each run's end, and on epochs now and then.
        watch: Called a few times a second with how far they are, instead of `say` with a line on epochs.
    """

    def __init__(
        self,
        folder: Path,
        workplace: Workplace,
        *,
        workers: int,
        stop: Stop,
        say: Callable[[str], None],
        watch: Callable[[UnderWay], None] | None = None,
    ) -> None:
        self.folder = folder
        self.workplace = workplace
        self.workers = workers
        self.stop = stop
        self.say = say
        self.watch = watch

    def train(self, tasks: Sequence[Task]) -> list[SeedRun]:
        """Train what is missing; return the runs in the order of `tasks`, or fewer where somebody asked to stop.

        Raises:
            Taken: Another process trains here.
            CannotCompile: A worker cannot store the compiled engine.
            UserError: A run cannot be written or read, or workers do not start.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder, f"{self.folder} is being added to", "wait for it"):
            missing = []
            for task in tasks:
                if self.trained(task):
                    self._read(task)  # before hours of training
                else:
                    missing.append(task)
            if missing:
                _Training(self, missing).run()
        return [self._read(task) for task in tasks if self.trained(task)]

    def trained(self, task: Task) -> bool:
        """Say whether the run is finished and stored."""
        return self._file(task).exists()

    def keep(self, task: Task, curve: list[EpochScore], weights: bytes | None, *, diverged: str = "") -> None:
        """Write a run down, whole or not at all; raises UserError where the system does not let us."""
        run = SeedRun(
            seed=task.seed,
            accuracies=tuple(score.accuracy for score in curve),
            training_accuracies=tuple(score.training_accuracy for score in curve),
            seconds=sum(score.seconds for score in curve),
            diverged=diverged,
            weights_sha256=digest(weights) if weights else "",
        )
        file = self._file(task)
        with writing(self.folder):
            file.parent.mkdir(parents=True, exist_ok=True)
            if weights:
                write_whole(weights, weights_of(file))
            keep(run, file, of=run_name(file))
        shutil.rmtree(self.checkpoints(task), ignore_errors=True)

    def weights(self, task: Task) -> bytes:
        """Read the safetensors file of a finished run's network; raise UserError where it cannot be used."""
        file = self._file(task)
        return _weights(file, _read(file))

    def checkpoints(self, task: Task) -> Path:
        """Name the folder of the checkpoints of a run under way."""
        return self._file(task).with_suffix("")

    def _file(self, task: Task) -> Path:
        return _file(self.folder, task.design.fingerprint, task.seed)

    def _read(self, task: Task) -> SeedRun:
        return _read(self._file(task))


def stored_seconds(folder: Path, runs: Iterable[tuple[str, int]]) -> float:
    """Return what runs in the folder took, each by its design's fingerprint and its seed, as far as they are there
    and can be read."""
    seconds = 0.0
    for fingerprint, seed in runs:
        with contextlib.suppress(UserError):
            seconds += _read(_file(folder, fingerprint, seed)).seconds
    return seconds


def stored_runs(folder: Path, fingerprint: str) -> list[tuple[SeedRun, Path]]:
    """Read all runs of the design with that fingerprint, by their seeds, each with the file of its weights.

    Raises:
        UserError: One cannot be read.
    """
    files = (folder / fingerprint).glob("seed-*.json")
    runs = [(_read(file), weights_of(file)) for file in files]
    return sorted(runs, key=lambda run: run[0].seed)


def weights_of(record: Path) -> Path:
    """Name the file of a run's weights by that of its record; a run that diverged has none."""
    return record.with_suffix(".safetensors")


def _file(folder: Path, fingerprint: str, seed: int) -> Path:
    return folder / fingerprint / f"seed-{seed}.json"


def _read(file: Path) -> SeedRun:
    """Read a run's record; raise UserError where it, or the weights that it has beside it, are not as written."""
    run = read(SeedRun, file, of=run_name(file), what="a run's record", then="to train it again")
    if run.weights_sha256 and weights_of(file).exists():
        _weights(file, run)
    return run


def _weights(file: Path, run: SeedRun) -> bytes:
    weights = weights_of(file)
    try:
        return read_known(weights, run.weights_sha256)
    except (OSError, Damaged) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"the weights {weights} are not used ({why}); remove {file} to train the run again") from None


def run_name(file: Path) -> str:
    """Say which run a record is of: folder, design, seed. A study's own folder may be renamed, so it is not in it."""
    return "/".join(file.parts[-3:])


class _Training:
    """The trainings that are under way. Tasks have numbers, by which workers know them."""

    def __init__(self, runs: SeedRuns, tasks: Sequence[Task]) -> None:
        self.runs = runs
        self.tasks = tasks
        self.waiting = deque(range(len(tasks)))
        self.curves: dict[int, list[EpochScore]] = {}
        self.deaths: Counter[int] = Counter()  # since the furthest epoch
        self.furthest: Counter[int] = Counter()
        self.began: float | None = None
        self.silent_until = 0.0
        self.trained = 0  # epochs, those of a checkpoint that are said again left out

    def run(self) -> None:
        self.executor = ProcessExecutor(min(self.runs.workers, len(self.tasks)), self.runs.workplace)
        try:
            while (self.waiting or self.curves) and not self.runs.stop.requested:
                while self.executor.free and self.waiting:
                    self.submit(self.waiting.popleft())
                if self.runs.watch:
                    self.runs.watch(UnderWay(self.tasks, self.curves, self.waiting, self.trained))
                for event in self.executor.events(0.25 if self.runs.watch else 0.5):
                    self.handle(event)
            if self.runs.watch:
                self.runs.watch(UnderWay(self.tasks, self.curves, self.waiting, self.trained))
        finally:
            self.executor.close()

    def submit(self, number: int) -> None:
        task = self.tasks[number]
        self.curves[number] = []
        self.executor.submit(
            Job(trial=number, design=task.design, seed=task.seed, checkpoints=self.runs.checkpoints(task))
        )

    def handle(self, event: object) -> None:
        match event:
            case Scored(number, score, again):
                self.curves[number].append(score)
                if score.epoch > self.furthest[number]:
                    self.furthest[number], self.deaths[number] = score.epoch, 0
                if not again:
                    self.trained += 1
                    self.tell(number, score)
                if score.epoch < self.tasks[number].design.recipe.epochs:
                    self.executor.proceed(number)
            case Trained(number, weights):
                self.runs.keep(self.tasks[number], self.curves.pop(number), weights)
            case Ended(number, True, reason):
                self.runs.keep(self.tasks[number], self.curves.pop(number), None, diverged=reason)
            case Lost(number, reason):
                self.deaths[number] += 1
                if self.deaths[number] == LIVES:
                    raise UserError(f"{self.tasks[number].name} cannot be trained: {reason}, {LIVES} times")
                self.submit(number)
            case Noted(number, text):
                self.runs.say(f"{self.tasks[number].name}: {text}")
            case Uncompiled(_, reason):
                raise CannotCompile(reason)
            case Ended(number, _, reason) | Unwritable(number, reason):
                raise UserError(f"{self.tasks[number].name} cannot be trained: {reason}")

    def tell(self, number: int, score: EpochScore) -> None:
        task = self.tasks[number]
        epochs = task.design.recipe.epochs
        now, last = time.monotonic(), score.epoch == epochs
        self.began = now if self.began is None else self.began
        measured = self.trained - self.executor.size  # epochs whose time lies behind the first scores
        if self.runs.watch:
            return
        if now < self.silent_until and not last:
            return
        self.silent_until = now + _PAUSE_SECONDS
        said = "; time left not known yet" if self.epochs_left else ""
        if measured > 0 and self.epochs_left:
            said = f"; about {duration((now - self.began) / measured * self.epochs_left)} left"
        self.runs.say(
            f"{task.name} epoch {score.epoch} of {epochs}: accuracy {percent(score.accuracy)}, "
            f"{score.seconds:.1f} s{said}"
        )

    @property
    def epochs_left(self) -> int:
        """How many epochs are still to be trained."""
        numbers = (*self.curves, *self.waiting)
        whole = sum(self.tasks[number].design.recipe.epochs for number in numbers)
        return whole - sum(map(len, self.curves.values()))
