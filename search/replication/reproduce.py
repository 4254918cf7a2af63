"""Reproduce a published design: train it with its own recipe to compare with its log, and with ours."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean

from results.findings.confirmation import Confirmation
from search.errors import UserError
from search.replication.confirm import confirm
from search.replication.replication import Replication
from search.workers.stopping import Stop
from space.design import Design
from space.known.references import Reference
from space.notation import format_shape
from space.recipe import DEFAULT_RECIPE

_PUBLISHED_DEVIATION = 0.0004  # between two runs of a published design, where ours are too few to tell (docs/log.md)


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """A comparison of the published run with ours. All figures are shares in [0, 1].

    Attributes:
        published: Mean test accuracy of the published run in its last epochs, of as many as count in ours.
        ours: Mean of ours.
        noise: How far apart they may be by chance: two deviations of a difference between one run and the mean of
            ours.
    """

    published: float
    ours: float
    noise: float

    @property
    def difference(self) -> float:
        """Ours minus the published accuracy."""
        return self.ours - self.published

    @property
    def within_noise(self) -> bool:
        """Whether the published run is one that ours could have been."""
        return abs(self.difference) <= self.noise


@dataclass(frozen=True, kw_only=True, slots=True)
class Reproduction:
    """A published design, trained again.

    Attributes:
        own: What it reaches with the recipe that was published with it.
        preferred: What it reaches with our recipe, or None where that was not asked for.
        images: How many test images each of both is scored on.
        dataset: Of which these are; what was published is MNIST's.
    """

    reference: Reference
    own: Confirmation
    preferred: Confirmation | None
    images: int
    dataset: str

    @property
    def agreement(self) -> Agreement | None:
        """The comparison with the published run, or None where it has no log."""
        return compare(self.reference, self.own)


def reproduce(
    reference: Reference, replication: Replication, *, preferred: bool, stop: Stop, say: Callable[[str], None]
) -> Reproduction:
    """Train a published design with its own recipe and, where `preferred`, with ours, for as many epochs.

    Raises:
        UserError, BadDevice, Interrupted: As `confirm` does; `Interrupted` counts the trainings with one recipe.
    """
    network, task = reference.design.architecture, replication.source.task
    if (network.image, network.classes) != (task.image, task.classes):
        raise UserError(
            f"{reference.name} is for {format_shape(network.image)} images of {network.classes} classes, and these "
            f"are {format_shape(task.image)} of {task.classes}; name other images with `dataset`"
        )
    own = confirm(reference.design, replication, name=f"{reference.name} with its own recipe", stop=stop, say=say)
    with_ours = None
    if preferred:
        design = preferred_design(reference)
        with_ours = confirm(design, replication, name=f"{reference.name} with our recipe", stop=stop, say=say)
    source = replication.source
    return Reproduction(
        reference=reference, own=own, preferred=with_ours, images=source.counts.test, dataset=source.name
    )


def preferred_design(reference: Reference) -> Design:
    """Give the published network our recipe, of as many epochs as its own."""
    return Design(reference.design.architecture, replace(DEFAULT_RECIPE, epochs=reference.recipe.epochs))


def compare(reference: Reference, ours: Confirmation) -> Agreement | None:
    """Compare the published run with ours, over the same epochs; None where there is no log of them."""
    published = _published(reference, ours.last_epochs)
    if published is None:
        return None
    deviation = max(ours.deviation or 0.0, _PUBLISHED_DEVIATION)
    return Agreement(
        published=published,
        ours=ours.mean,
        noise=2 * deviation * (1 + 1 / len(ours.runs)) ** 0.5,
    )


def _published(reference: Reference, last_epochs: int) -> float | None:
    """Return the published run's mean test accuracy in the last epochs of its recipe, as far as that is known."""
    epochs = reference.recipe.epochs
    if (epochs, last_epochs) == (15, 5) or reference.published_last5 is None:
        return reference.published_last5
    log = reference.test_curve[:epochs]
    return fmean(log[-last_epochs:]) if len(log) == epochs else None
