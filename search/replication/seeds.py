"""Train designs with given seeds, outside any study, and store the runs, so that they go on where they were."""

import shutil
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from results.findings.confirmation import SeedRun
from results.wording.percent import percent
from search.errors import UserError
from search.study.locks import alone
from search.study.stored import keep, read
from search.study.writing import writing
from search.wording import duration
from search.workers.messages import LIVES, Ended, Job, Lost, Noted, Scored, Trained, Unwritable
from search.workers.processes import ProcessExecutor
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.design import Design
from train.files.whole import write_whole
from train.scores import EpochScore

_PAUSE_SECONDS = 10.0  # between two lines, those on the ends of runs aside


@dataclass(frozen=True, slots=True)
class Task:
    """A value that says what to train, with which seed, and what people call that."""

    design: Design
    seed: int
    name: str


class SeedRuns:
    """The runs of one workplace, stored in a folder of their own.

    Attributes:
        workers: How many processes train.
        stop: Asks for the end.
        say: Called with a line on each run's end, and on epochs now and then.
    """

    def __init__(
        self, folder: Path, workplace: Workplace, *, workers: int, stop: Stop, say: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self.workplace = workplace
        self.workers = workers
        self.stop = stop
        self.say = say

    def train(self, tasks: Sequence[Task]) -> list[SeedRun]:
        """Train what is missing; return the runs in the order of `tasks`, or fewer where somebody asked to stop.

        Raises:
            UserError: A run cannot be written or read, workers do not start, or another process trains here.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder, f"{self.folder} is being added to", "wait for it"):
            missing = [task for task in tasks if not self._file(task).exists()]
            if missing:
                _Training(self, missing).run()
        return [self._read(task) for task in tasks if self._file(task).exists()]

    def keep(self, task: Task, curve: list[EpochScore], weights: bytes | None, *, diverged: str = "") -> None:
        """Write a run down, whole or not at all; raises UserError where the system does not let us."""
        run = SeedRun(
            seed=task.seed,
            accuracies=tuple(score.accuracy for score in curve),
            training_accuracies=tuple(score.training_accuracy for score in curve),
            seconds=sum(score.seconds for score in curve),
            diverged=diverged,
        )
        with writing(self.folder):
            if weights:
                write_whole(weights, self.weights(task))
            keep(run, self._file(task))
        shutil.rmtree(self.checkpoints(task), ignore_errors=True)

    def weights(self, task: Task) -> Path:
        """Name the safetensors file of a finished run's network; a run that diverged has none."""
        return self._file(task).with_suffix(".safetensors")

    def checkpoints(self, task: Task) -> Path:
        """Name the folder of the checkpoints of a run under way."""
        return self._file(task).with_suffix("")

    def _file(self, task: Task) -> Path:
        return self.folder / task.design.fingerprint / f"seed-{task.seed}.json"

    def _read(self, task: Task) -> SeedRun:
        return _read(self._file(task))


def stored_runs(folder: Path, fingerprint: str) -> list[tuple[SeedRun, Path]]:
    """Read all runs of the design with that fingerprint, by their seeds, each with the file of its weights.

    Raises:
        UserError: One cannot be read.
    """
    files = (folder / fingerprint).glob("seed-*.json")
    runs = [(_read(file), file.with_suffix(".safetensors")) for file in files]
    return sorted(runs, key=lambda run: run[0].seed)


def _read(file: Path) -> SeedRun:
    return read(SeedRun, file, what="a run's record", then="to train it again")


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
        self.scored, self.epochs = 0, sum(task.design.recipe.epochs for task in tasks)

    def run(self) -> None:
        self.executor = ProcessExecutor(min(self.runs.workers, len(self.tasks)), self.runs.workplace)
        try:
            while (self.waiting or self.curves) and not self.runs.stop.requested:
                while self.executor.free and self.waiting:
                    self.submit(self.waiting.popleft())
                for event in self.executor.events(0.5):
                    self.handle(event)
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
            case Scored(number, score):
                self.curves[number].append(score)
                if score.epoch > self.furthest[number]:
                    self.furthest[number], self.deaths[number] = score.epoch, 0
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
            case Ended(number, _, reason) | Unwritable(number, reason):
                raise UserError(f"{self.tasks[number].name} cannot be trained: {reason}")

    def tell(self, number: int, score: EpochScore) -> None:
        task = self.tasks[number]
        epochs = task.design.recipe.epochs
        self.began, self.scored = self.began or time.monotonic(), self.scored + 1
        measured = self.scored - self.executor.size  # epochs whose time lies behind the first scores
        now, last = time.monotonic(), score.epoch == epochs
        if now < self.silent_until and not last:
            return
        self.silent_until = now + _PAUSE_SECONDS
        left = (now - self.began) / measured * (self.epochs - self.scored) if measured > 0 else None
        self.runs.say(
            f"{task.name} epoch {score.epoch} of {epochs}: accuracy {percent(score.accuracy)}, "
            f"{score.seconds:.1f} s; about {duration(left)} left"
        )
