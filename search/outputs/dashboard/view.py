"""`View`: a study as the dashboard shows it, all of it while it is short, and of a long one what matters.

Optuna's dashboard sends every trial with all that it has, each choice with its whole range: 383 MB for 20,000 trials
of 80 choices, of which a design uses half. Here a trial comes in full, with the choices that its design used; or,
where there are too many, in short: its number, state, value and times. None is missing, because the page asks for
what is new by how many trials it has.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from results.findings.records import TrialRecord
from results.findings.selection import best
from results.wording.percent import percent
from results.wording.recipe import recipe_lines
from search.errors import UserError
from search.proposals.optuna_private import study_id, trial_id
from search.proposals.pruning import SCREENING
from search.settings import stored_space
from search.study.attributes import from_trial, of_trial
from search.study.checking import checked
from search.study.outline import Outline, read_outlines
from search.study.reading import check_network, objective_of, record
from search.study.storage import Storage
from space.architecture import Architecture
from space.choices.idle import idle
from space.choices.search_space import SearchSpace
from space.invalid import InvalidDesign

_FULL = 250  # trials at most that are shown in full
_LATEST = 100  # of these, before all others
_FRESH = 1.0  # seconds for which what was read counts as new
_HIDDEN = (
    "lease",
    "recipe json",
    "losses",
    "training accuracies",
    "weights sha256",
)  # for programs, and as a picture
_STATES = {TrialState.RUNNING: 0, TrialState.WAITING: 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A value that has the trials of a study, as they were at one moment.

    Attributes:
        outlines: Of all of them, in order.
        full: Those that are shown in full, in order.
        order: The numbers of these, what matters most first.
        records: Of these, by number; None where what the database says of a trial cannot be read.
        winner: The best trial, of which there is none in the beginning.
    """

    outlines: tuple[Outline, ...]
    full: tuple[FrozenTrial, ...]
    order: tuple[int, ...]
    records: dict[int, TrialRecord | None]
    winner: TrialRecord | None


class View:
    """The trials of a study, read anew when somebody asks and a second has gone; by any number of threads."""

    def __init__(self, storage: Storage, study: optuna.Study) -> None:
        self._storage = storage
        self._study = study
        self._lock = threading.Lock()
        self._ended: list[Outline] = []  # the first trials of the study, up to one that has no end
        self._full: dict[int, tuple[FrozenTrial, TrialRecord | None]] = {}  # by number; of trials that have ended
        self._finals: dict[str, list[float]] = {}
        self._shown: Shown | None = None
        self._read_at = 0.0

    def __call__(self) -> Shown:
        """Returns the study as it is, or was a second ago."""
        with self._lock:
            if self._shown is None or time.monotonic() - self._read_at > _FRESH:
                self._shown = self._read()
                self._read_at = time.monotonic()
            return self._shown

    def trials(self) -> list[FrozenTrial]:
        """Returns the trials that are shown in full."""
        return list(self().full)

    def best(self) -> FrozenTrial:
        """Returns the best trial; raises ValueError where there is none."""
        shown = self()
        for trial in shown.full:
            if shown.winner and trial.number == shown.winner.trial:
                return trial
        raise ValueError("no trial has been trained yet")

    def record(self, number: int) -> TrialRecord | None:
        """Returns the record of a trial, whether it is shown in full or not; None where it cannot be read."""
        shown = self()
        if number in shown.records or not 0 <= number < len(shown.outlines):
            return shown.records.get(number)
        return self.read([number])[0]

    def read(self, numbers: Sequence[int]) -> list[TrialRecord | None]:
        """Reads the records of trials; None for one that cannot be read."""
        attributes = self.attributes()
        trials = self._storage.read_trials(study_id(self._study), whole=False, numbers=numbers)
        return [self._record(trial, attributes) for trial in trials]

    def attributes(self) -> dict[str, Any]:
        """Returns the study's attributes; raises UserError where they are not what a study has."""
        return checked(self._study.user_attrs, of=self._study.study_name)

    def _read(self) -> Shown:
        attributes = self.attributes()
        finals = attributes.get("finals", {})
        if finals != self._finals:
            self._finals = finals
            self._full.clear()
        outlines = self._outlines()
        order = chosen(outlines, self._finals)
        missing = [number for number in order if number not in self._full]
        full = {number: self._full[number] for number in order if number in self._full}
        space = stored_space(attributes["settings"]["space"]) if "settings" in attributes else "wide"
        for trial in self._storage.read_trials(study_id(self._study), whole=True, numbers=missing):
            full[trial.number] = as_shown(trial, space), self._record(trial, attributes)
        self._full = {number: pair for number, pair in full.items() if pair[0].state.is_finished()}
        records = {number: about for number, (_, about) in full.items()}
        return Shown(
            outlines=tuple(outlines),
            full=tuple(full[number][0] for number in sorted(full)),
            order=tuple(number for number in order if number in full),
            records=records,
            winner=best([about for about in records.values() if about]),
        )

    def _outlines(self) -> list[Outline]:
        """Reads how all trials stand; of those that have ended once."""
        outlines = [*self._ended, *read_outlines(self._storage, study_id(self._study), start=len(self._ended))]
        for outline in outlines[len(self._ended) :]:
            if not outline.state.is_finished():
                break
            self._ended.append(outline)
        return outlines

    def _record(self, trial: FrozenTrial, attributes: dict[str, Any]) -> TrialRecord | None:
        try:
            about = record(trial, objective_of(attributes["settings"]), self._finals)
            if about.recipe:
                check_network(about)
        except UserError:  # somebody has written something else there
            return None
        return about


def chosen(outlines: Sequence[Outline], finals: Mapping[str, Sequence[float]]) -> list[int]:
    """Returns the numbers of the trials that are shown in full, what matters most first. finals: scores by trial.

    The one with the highest value, the latest, those that were in the finals, who came furthest first, of which the
    best is one; those that are being trained, those that no other beats with as few parameters, those with the
    highest values, and then the others, the latest first.
    """
    trained = [outline for outline in outlines if outline.state == TrialState.COMPLETE and outline.value is not None]
    going = sorted((o for o in outlines if o.state in _STATES), key=lambda o: (_STATES[o.state], o.number))
    by_value = sorted(trained, key=lambda outline: (-(outline.value or 0.0), outline.number))
    numbers = {outline.number for outline in outlines}
    furthest = map(int, sorted(finals, key=lambda number: -len(finals[number])))
    ordered = (
        *(outline.number for outline in by_value[:1]),
        *(outline.number for outline in reversed(outlines[-_LATEST:])),
        *(number for number in furthest if number in numbers),
        *(outline.number for outline in going),
        *_front(trained),
        *(outline.number for outline in by_value[:_FULL]),
        *(outline.number for outline in reversed(outlines[-_FULL:])),
    )
    return list(dict.fromkeys(ordered))[:_FULL]


def _front(trained: Sequence[Outline]) -> Iterator[int]:
    most = float("-inf")
    for outline in sorted(trained, key=lambda o: (o.parameters or 0, -(o.value or 0.0))):
        if (outline.value or 0.0) > most:
            most = outline.value or 0.0
            yield outline.number


def as_shown(trial: FrozenTrial, space: SearchSpace) -> FrozenTrial:
    """Returns a trial with what people want to see of it: used choices, epochs from 1, a recipe in words."""
    unused = _idle(trial, space)
    return FrozenTrial(
        number=trial.number,
        state=trial.state,
        value=trial.value,
        datetime_start=trial.datetime_start,
        datetime_complete=trial.datetime_complete,
        params={name: value for name, value in trial.params.items() if name not in unused},
        distributions={name: kind for name, kind in trial.distributions.items() if name not in unused},
        user_attrs=_attributes(trial),
        system_attrs={key: value for key, value in trial.system_attrs.items() if key.startswith("artifacts:")},
        intermediate_values={step: v for step, v in trial.intermediate_values.items() if step != SCREENING},
        trial_id=trial_id(trial),
    )


def _idle(trial: FrozenTrial, space: SearchSpace) -> set[str]:
    try:
        network = Architecture.parse(from_trial(trial).notation or "")
        return idle(trial.params, space=space, image=network.image, classes=network.classes)
    except (KeyError, TypeError, ValueError):  # of a study of another version, or that somebody has changed
        return set()


def _attributes(trial: FrozenTrial) -> dict[str, Any]:
    shown = {name: value for name, value in trial.user_attrs.items() if name not in _HIDDEN}
    with contextlib.suppress(UserError, InvalidDesign), of_trial(trial.number):  # it stays as it stands there
        own = from_trial(trial)
        if own.recipe and own.notation:
            shown["recipe"] = ". ".join(recipe_lines(own.recipe, Architecture.parse(own.notation))) + "."
    if SCREENING in trial.intermediate_values:
        shown["accuracy in screening"] = percent(trial.intermediate_values[SCREENING])
    return shown
