"""`Logger`: a callback that keeps a run for each trial in another tool's log, and never costs the search anything."""

import hashlib
import importlib.util
import logging
import os
import re
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from results.findings.records import TrialRecord
from search.errors import UserError
from search.loop.callbacks import Callback
from search.loop.status import Running
from search.settings import Settings
from search.study.begun import settings_of
from search.study.folder import StudyFolder
from space.architecture import Architecture
from space.recipe import Recipe
from train.scores import EpochScore

Value = str | int | float | bool
_taking = threading.Lock()


class Logger(Callback, ABC):
    """A callback that writes to a log of another tool, whose every run is a trial and whose group is the study.

    A run has the scalars of `scalars` an epoch, those of a short training by which the design was screened under
    `screening/`, and at the end the facts of `facts` and of `outcome`. Rejected proposals have no run. The epochs of
    a screening are written when it is over or the trial has ended, as one that was interrupted is told again from its
    beginning. A search that goes on, goes on in the same runs.

    Where something cannot be written, `noted` is told so once, and the search goes on without this log.

    Attributes:
        title: What people call the tool.
        package: What is imported.
        extra: Of this program, that installs it.
        noted: Called with a line for people; a warning of Python's logging, unless another is put in its place.
    """

    title: ClassVar[str]
    package: ClassVar[str]
    extra: ClassVar[str]

    def __init__(self) -> None:
        """Raises UserError where the tool's package is not installed."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:  # a folder of that name, which the tool may have made, is no package
            raise UserError(f"a log for {self.title} needs its package: pip install 'thimble[{self.extra}]'")
        self.noted: Callable[[str], None] = logging.getLogger("thimble").warning
        self._taken = False
        self._stopped = False
        self._begun: set[int] = set()  # trials whose runs are open
        self._screenings: dict[int, dict[int, EpochScore]] = {}  # by trial and epoch, not written yet
        self._study = ""

    @abstractmethod
    def look(self, folder: StudyFolder) -> str:
        """Returns the command by which a person looks at the study's runs."""

    @abstractmethod
    def open(self, folder: StudyFolder) -> None:
        """Opens the log of the study."""

    @abstractmethod
    def begin(self, trial: int, network: Mapping[str, Value]) -> None:
        """Opens the trial's run, or goes on in it."""

    @abstractmethod
    def write(self, trial: int, values: Mapping[str, float], epoch: int) -> None:
        """Writes scalars of an epoch: either all of a screening or none."""

    @abstractmethod
    def end(self, trial: int, facts: Mapping[str, Value], outcome: Mapping[str, Value]) -> None:
        """Writes what is known of a trial that has ended, and closes its run."""

    @abstractmethod
    def close(self) -> None:
        """Closes the runs of trials that have not ended, and the log."""

    def take(self) -> None:
        """Keeps the log for one search until its end; raises UserError where another has it, whose trials would get
        into one another's runs."""
        with _taking:
            if self._taken:
                name = type(self).__name__
                raise UserError(
                    f"`callbacks` has a log that a search is writing; give each a thimble.{name}() of its own"
                )
            self._taken = True

    def key(self, trial: int) -> str:
        """Returns what the trial's run is called among those of all studies."""
        return f"{self._study}-{trial}"

    def on_start(self, settings: Settings, folder: StudyFolder) -> None:  # noqa: ARG002
        """Opens the log of the study."""
        self._stopped = False
        self._begun.clear()
        self._screenings.clear()
        self._guarded(self._on_start, folder)

    def on_epoch(self, trial: Running, score: EpochScore) -> None:
        """Writes an epoch down; one of a screening with the last of them."""
        if trial.stage != "screening":
            self._guarded(self._on_epoch, trial, score)
        elif trial.trial not in self._begun:  # or it is told again, as its worker was lost after it
            self._screenings.setdefault(trial.trial, {})[score.epoch] = score
            if score.epoch == trial.epochs:
                self._guarded(self._begin, trial.trial, trial.notation)

    def on_trial(self, record: TrialRecord) -> None:
        """Writes down what became of a trial, unless it was rejected."""
        if record.verdict != "rejected" and record.recipe is not None:
            self._guarded(self._on_trial, record, record.recipe)

    def on_end(self) -> None:
        """Closes the log, and leaves it to the next search."""
        self._guarded(self.close)
        self._taken = False

    def _on_start(self, folder: StudyFolder) -> None:
        began = f"{folder.name} {settings_of(folder)['created']}"
        self._study = hashlib.sha256(began.encode()).hexdigest()[:12]
        self.open(folder)

    def _on_epoch(self, trial: Running, score: EpochScore) -> None:
        self._begin(trial.trial, trial.notation)
        self.write(trial.trial, scalars(score), score.epoch)

    def _on_trial(self, record: TrialRecord, recipe: Recipe) -> None:
        self._begin(record.trial, record.notation)
        self.end(record.trial, facts(record, recipe), outcome(record))
        self._begun.remove(record.trial)

    def _begin(self, trial: int, notation: str) -> None:
        """Opens the trial's run unless it is open, and writes its screening if there was one."""
        if trial not in self._begun:
            self._begun.add(trial)
            self.begin(trial, network(notation))
        for epoch, score in sorted(self._screenings.pop(trial, {}).items()):
            self.write(trial, {f"screening/{name}": value for name, value in scalars(score).items()}, epoch)

    def _guarded(self, step: Callable[..., None], *arguments: Any) -> None:
        """Does a step; where it fails, says so and does none after it."""
        if self._stopped:
            return
        try:
            step(*arguments)
        except Exception as error:
            self._stopped = True
            why = without_secrets(" ".join(str(error).split())) or type(error).__name__
            self.noted(f"the log for {self.title} ends here ({why}); the search goes on without it")
            with suppress(Exception):
                self.close()


def without_secrets(text: str) -> str:
    """Returns the text with the passwords of its addresses left out."""
    return re.sub(r"(://[^\s:/@]*):[^\s/@]*@", r"\1:***@", text)


@contextmanager
def as_before(**defaults: str) -> Iterator[None]:
    """Has these variables in the environment, unless it has them already, and puts the environment, `sys.excepthook`
    and `sys.exit` back, which belong to the caller's process."""
    variables, hooks = dict(os.environ), (sys.excepthook, sys.exit)
    os.environ.update({name: value for name, value in defaults.items() if name not in variables})
    try:
        yield
    finally:
        sys.excepthook, sys.exit = hooks
        for name in os.environ.keys() - variables.keys():
            del os.environ[name]
        os.environ.update(variables)


def scalars(score: EpochScore) -> dict[str, float]:
    """Returns an epoch's figures: accuracies as shares in [0, 1], losses in nats, the learning rate at the epoch's
    first step, and the wall-clock seconds that it took."""
    return {
        "held_out/accuracy": score.accuracy,
        "held_out/loss": score.held_loss,
        "training/accuracy": score.training_accuracy,
        "training/loss": score.loss,
        "learning_rate": score.learning_rate,
        "seconds": score.seconds,
    }


def network(notation: str) -> dict[str, Value]:
    """Returns what is known of a trial before it has trained."""
    architecture = Architecture.parse(notation)
    return {
        "notation": notation,
        "parameters": architecture.parameters,
        "multiply_adds": architecture.macs,
        "receptive_field": architecture.receptive_field,
    }


def facts(record: TrialRecord, recipe: Recipe) -> dict[str, Value]:
    """Returns the design of a trial that has ended, and where it came from.

    The fields of the recipe's schedule and of its augmentations are named after them, as `schedule.warmup` and
    `augmentation.Affine.degrees`.
    """
    given = recipe.to_json()
    schedule, augmentation = given.pop("schedule"), given.pop("augmentation")
    given["schedule"] = schedule.pop("kind")
    given |= {f"schedule.{name}": value for name, value in schedule.items()}
    given["augmentation"] = ", ".join(one["kind"] for one in augmentation) or "none"
    for one in augmentation:
        given |= {f"augmentation.{one['kind']}.{name}": value for name, value in one.items() if name != "kind"}
    return network(record.notation) | {"origin": record.origin} | given


def outcome(record: TrialRecord) -> dict[str, Value]:
    """Returns how a trial ended: its verdict, why it was pruned or failed, its score and the held-out accuracy by
    which it was screened, each a share in [0, 1], and its training time in seconds; what there is of them."""
    known: dict[str, Value | None] = {
        "verdict": record.verdict,
        "reason": record.reason or None,
        "score": record.score,
        "screened": record.screened,
        "trained_seconds": record.seconds,
    }
    return {name: value for name, value in known.items() if value is not None}
