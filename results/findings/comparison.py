"""`Compared`: what is known of a design, beside others."""

from collections.abc import Sequence
from dataclasses import dataclass

from results.findings.estimate import Estimate
from results.findings.records import TrialRecord
from space.design import Design


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A value that has what designs are compared by.

    Attributes:
        name: What the design is called.
        dataset: The name of the images that its accuracies are of; None where it has none.
        images: What tells those images from others: where it is the same, accuracies can be compared.
        record: The trial that it is, if it is one.
        searched: What it reached in the finals of its study, or else on held-out images; None without a score.
        confirmed: What it reached on test images; None where nothing was confirmed.
    """

    name: str
    design: Design
    dataset: str | None
    images: str | None
    record: TrialRecord | None
    searched: Estimate | None
    confirmed: Estimate | None

    @property
    def estimate(self) -> Estimate | None:
        """The least optimistic of its accuracies."""
        return self.confirmed or self.searched


def of_other_images(compared: Sequence[Compared]) -> list[list[Compared]]:
    """Returns the designs that have accuracies by the images that these are of, where they are of several."""
    groups: dict[str, list[Compared]] = {}
    for one in compared:
        if one.estimate and one.images:
            groups.setdefault(one.images, []).append(one)
    return list(groups.values()) if len(groups) > 1 else []


def overlapping(compared: Sequence[Compared]) -> list[Compared]:
    """Returns the most accurate of the confirmed designs, and those whose interval overlaps its own; nothing where
    none does, or where they are of several sets of images."""
    confirmed = [(one, one.confirmed) for one in compared if one.confirmed]
    if len(confirmed) < 2 or len({one.images for one, _ in confirmed}) > 1:
        return []
    ranked = sorted(confirmed, key=lambda pair: -pair[1].accuracy)
    low = ranked[0][1].low
    near = [one for one, estimate in ranked if estimate.high >= low]
    return near if len(near) > 1 else []
