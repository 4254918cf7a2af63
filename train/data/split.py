"""Parts training images from held-out ones."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from train.data.drawing import held_out
from train.data.drawn import in_order
from train.data.images import Images

if TYPE_CHECKING:
    from torch import Tensor

    from train.data.dataset import Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """A part of the images to train on and another to score by, disjoint.

    Attributes:
        train: To train on.
        held_out: To score by: of the training images in a search, the test images in a final training.
        mean: Of pixels in [0, 1], one a channel; by it and `std` both parts are normalised.
        std: The pixels' deviation, one a channel.
    """

    train: Images
    held_out: Images
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def to(self, device: str) -> "Split":
        """Returns the same on another device."""
        return replace(self, train=self.train.to(device), held_out=self.held_out.to(device))


def split(dataset: "Dataset", *, seed: int) -> Split:
    """Parts the training images: the part that was given is held out, or else one in six, drawn by `seed` alone.

    The drawn ones are a share of each class where a class has fewer than 100 images.

    Raises:
        BadData: The images are not on this machine as they were.
    """
    images, count = dataset.training(), dataset.counts.held_out
    if dataset.held_out_given:
        train, held = _part(images, slice(None, -count)), _part(images, slice(-count, None))
    else:
        order = _order(images.labels, dataset, seed)
        ordered = in_order(images, order, dataset.arrays())
        train, held = _part(ordered, slice(count, None)), _part(ordered, slice(None, count))
    return Split(train=train, held_out=held, mean=dataset.task.mean, std=dataset.task.std)


def whole(dataset: "Dataset", *, tests: bool = True) -> Split:
    """Returns all training images to train on, and the test images in the part of held-out ones.

    tests: Without it the test images are not read, and that part has images that are trained on, too.

    Raises:
        BadData: The images are not on this machine as they were.
    """
    task = dataset.task
    scored = dataset.test() if tests else split(dataset, seed=0).held_out
    return Split(train=dataset.training(), held_out=scored, mean=task.mean, std=task.std)


def _order(labels: "Tensor", dataset: "Dataset", seed: int) -> "Tensor":
    """Returns the places of all training images in an order drawn by the seed, those that are held out first."""
    import torch

    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    wanted = held_out(dataset.class_counts, dataset.preparation.hold_out)
    if isinstance(wanted, int):
        return order
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    for label, count in enumerate(wanted):
        chosen[order[labels[order] == label][:count]] = True
    return torch.cat([order[chosen[order]], order[~chosen[order]]])


def _part(images: Images, which: slice) -> Images:
    return Images(images.images[which], images.labels[which])
