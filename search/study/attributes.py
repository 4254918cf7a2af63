"""A trial's attributes in the database: their names, and the one way in and the one way out.

The dashboard shows them under these names. What a trial has beside them, its state, its values and the scores of its
epochs, Optuna keeps in tables of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from optuna.trial import FrozenTrial, Trial

from results.findings.records import Verdict
from search.study.leases import Lease
from space.design import Design
from space.recipe import Recipe
from train.scores import EpochScore


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
    notation: str | None = None
    parameters: int | None = None
    budget: int | None = None
    macs: int | None = None
    receptive_field: int | None = None
    recipe_in_words: str | None = None
    recipe_text: str | None = None
    fingerprint: str | None = None
    screening_seconds: float | None = None
    verdict: Verdict | None = None
    reason: str | None = None
    losses: tuple[float, ...] | None = None
    training_accuracies: tuple[float, ...] | None = None
    seconds: float | None = None
    score: float | None = None
    weights_sha256: str | None = None

    @property
    def recipe(self) -> Recipe | None:
        """Read the recipe."""
        return Recipe.from_json(json.loads(self.recipe_text)) if self.recipe_text else None


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
_TUPLES = ("losses", "training_accuracies")


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
    """Read the attributes of a trial."""
    return from_attributes(trial.user_attrs)


def from_attributes(attributes: dict[str, Any]) -> Attributes:
    """Read what `to_attributes` wrote. A lease that is none counts as missing; names of others are passed over."""
    values = {field_name: attributes.get(name) for field_name, name in _NAMES.items()}
    values["lease"] = Lease.from_json(values["lease"])
    values |= {name: tuple(numbers) for name in _TUPLES if (numbers := values[name]) is not None}
    return Attributes(**values)


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
