"""A trial's attributes in the database: their names, and the one way in and the one way out.

The dashboard shows them under these names. What a trial has beside them, its state, its values and the scores of its
epochs, Optuna keeps in tables of its own.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, get_type_hints

from optuna.trial import FrozenTrial, Trial
from pydantic import ConfigDict, Field, FiniteFloat, Strict, ValidationError, create_model

from results.findings.records import Verdict
from search.errors import UserError
from search.study.leases import Lease
from search.study.parsing import Share, complaint
from search.wording import printable
from space.design import Design
from space.recipe import Recipe
from train.scores import EpochScore

Count = Annotated[int, Field(ge=0, le=10**15)]
Seconds = Annotated[float, Field(ge=0, le=10**12)]
Token = Annotated[str, Field(pattern=r"^[ -~]*$")]  # on one line, in ASCII
_LIST = Strict(False)  # of a tuple, which JSON has as a list


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributes:
    """A value that has what the database says of a trial beside Optuna's own tables; None where it says nothing.

    Attributes:
        origin: Name of the known design that the trial was queued for.
        budget: Most parameters that it could have when it was proposed.
        recipe_in_words: For people.
        recipe_text: The recipe in JSON.
        screening_seconds: Of its short training.
        losses: Mean training loss of each epoch, in nats; `training_accuracies` likewise, shares.
        seconds: Of its whole training, without the short one.
        score: Mean held-out accuracy of the last epochs, a share.
        weights_sha256: Of the file of the trained network's weights.
    """

    origin: str | None = None
    lease: Lease | None = None
    notation: Token | None = None
    parameters: Count | None = None
    budget: Count | None = None
    macs: Count | None = None
    receptive_field: Count | None = None
    recipe_in_words: str | None = None
    recipe_text: str | None = None
    fingerprint: Token | None = None
    screening_seconds: Seconds | None = None
    verdict: Verdict | None = None
    reason: str | None = None
    losses: Annotated[tuple[FiniteFloat, ...], _LIST] | None = None
    training_accuracies: Annotated[tuple[Share, ...], _LIST] | None = None
    seconds: Seconds | None = None
    score: Share | None = None
    weights_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @property
    def recipe(self) -> Recipe | None:
        """Read the recipe; raise BadAttribute where it is none."""
        try:
            return Recipe.from_json(json.loads(self.recipe_text)) if self.recipe_text else None
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            raise BadAttribute(_NAMES["recipe_text"], "is no recipe", self.recipe_text) from None


class BadAttribute(ValueError):
    """An error: an attribute of a trial is not what was written; the message names it, without the trial."""

    def __init__(self, name: str, problem: str, value: object) -> None:
        shown = repr(value)
        super().__init__(f"its attribute {name!r} {problem}: {shown if len(shown) <= 60 else shown[:60] + '…'}")


_OTHER_NAMES = {  # that people read, where a field's own is none for them
    "macs": "multiply-adds",
    "receptive_field": "receptive field",
    "recipe_in_words": "recipe",
    "recipe_text": "recipe json",
    "screening_seconds": "screening seconds",
    "training_accuracies": "training accuracies",
    "weights_sha256": "weights sha256",
}
_NAMES = {field.name: _OTHER_NAMES.get(field.name, field.name) for field in fields(Attributes)}
_FOR_PEOPLE = ("origin", "recipe_in_words", "reason")
IN_NO_RECORD = tuple(_NAMES[name] for name in ("lease", "budget", "recipe_in_words"))
"""Names of those that `search.study.reading.record` does not need, the largest one among them."""
_HINTS = get_type_hints(Attributes, include_extras=True)
_FIELDS: dict[str, Any] = {
    name: (Annotated[_HINTS[name], Field(alias=_NAMES[name])], None) for name in _NAMES if name != "lease"
}
_Stored = create_model("_Stored", __config__=ConfigDict(strict=True), **_FIELDS)


def to_attributes(values: Attributes) -> dict[str, Any]:
    """Name the values as the database does, without those that are None; each can be written in JSON."""
    attributes = {}
    for field_name, name in _NAMES.items():
        value = getattr(values, field_name)
        if value is None:
            continue
        if isinstance(value, Lease):
            value = value.to_json()
        attributes[name] = list(value) if isinstance(value, tuple) else value
    return attributes


def from_trial(trial: Trial | FrozenTrial) -> Attributes:
    """Read the attributes of a trial; raise UserError, which names trial and attribute, where one cannot be."""
    with of_trial(trial.number):
        return from_attributes(trial.user_attrs)


@contextmanager
def of_trial(number: int) -> Iterator[None]:
    """Raise UserError in the place of a BadAttribute in the block, naming the trial."""
    try:
        yield
    except BadAttribute as error:
        raise UserError(f"trial {number} cannot be read: {error}; put the database back as it was") from None


def from_attributes(attributes: dict[str, Any]) -> Attributes:
    """Read what `to_attributes` wrote.

    A lease that is none counts as missing; names of others are passed over. Of words for people, characters that
    would command a terminal are written out.

    Raises:
        BadAttribute: Something else was written.
    """
    try:
        values: dict[str, Any] = vars(_Stored.model_validate(attributes))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadAttribute(str(first["loc"][0]), complaint(error)[1], first["input"]) from None
    if None in attributes.values():
        for field_name, name in _NAMES.items():
            if name in attributes and attributes[name] is None and field_name != "lease":
                raise BadAttribute(name, "is empty", None)
    values |= {name: printable(words) for name in _FOR_PEOPLE if (words := values[name])}
    return Attributes(**values, lease=Lease.from_json(attributes.get(_NAMES["lease"])))


def of_design(design: Design, *, parameters: int, budget: int) -> Attributes:
    """Return what the database says of a trial's design. parameters: as the referee counts them; budget: the most."""
    architecture = design.architecture
    return Attributes(
        notation=architecture.notation,
        parameters=parameters,
        budget=budget,
        macs=architecture.macs,
        receptive_field=architecture.receptive_field,
        recipe_in_words=design.recipe.describe(),
        recipe_text=json.dumps(design.recipe.to_json()),
        fingerprint=design.fingerprint,
    )


def of_end(
    verdict: Verdict, curve: Sequence[EpochScore], *, reason: str, score: float | None, weights_sha256: str = ""
) -> Attributes:
    """Return what the database says of a trial's end. curve: of its whole training, as far as it came."""
    ended = Attributes(verdict=verdict, reason=reason or None, score=score, weights_sha256=weights_sha256 or None)
    if not curve:
        return ended
    return replace(
        ended,
        losses=tuple(epoch.loss for epoch in curve),
        training_accuracies=tuple(epoch.training_accuracy for epoch in curve),
        seconds=sum(epoch.seconds for epoch in curve),
    )
