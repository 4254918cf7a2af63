"""Parts training images from held-out ones, and has the moments of pixels by which both are normalised."""

from dataclasses import dataclass, replace

from train.data.dataset import Source, load_test
from train.data.images import Images

HELD_OUT = 6  # one image in so many is held out: 10,000 of MNIST's 60,000
MNIST_MOMENTS = ((0.1307,), (0.3081,))  # mean and deviation of its training pixels, as published everywhere


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """A part of the images to train on and another to score by, disjoint.

    Attributes:
        train: To train on.
        held_out: To score by: of the training images in a search, the test images in a final training.
        mean: Of pixels in [0, 1], one a channel; by it and `std` both parts are normalised.
        std: The pixels' deviation, likewise.
    """

    train: Images
    held_out: Images
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def to(self, device: str) -> "Split":
        """Returns the same on another device."""
        return replace(self, train=self.train.to(device), held_out=self.held_out.to(device))


def split(images: Images, *, seed: int, source: Source) -> Split:
    """Parts training images: one in six is held out, drawn by `seed` alone."""
    import torch

    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    held_out, others = order[: len(images) // HELD_OUT], order[len(images) // HELD_OUT :]
    mean, std = moments(images, source)
    return Split(
        train=Images(images.images[others].contiguous(), images.labels[others]),
        held_out=Images(images.images[held_out].contiguous(), images.labels[held_out]),
        mean=mean,
        std=std,
    )


def whole(images: Images, source: Source) -> Split:
    """Returns all training images to train on, and the test images in the part of held-out ones."""
    mean, std = moments(images, source)
    return Split(train=images, held_out=load_test(source), mean=mean, std=std)


def moments(images: Images, source: Source) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns mean and deviation of the training pixels in [0, 1], one a channel."""
    if source.name == "mnist":
        return MNIST_MOMENTS
    pixels = images.images.double() / 255
    mean, std = (
        tuple(round(one.item(), 4) for one in moment) for moment in (pixels.mean((0, 2, 3)), pixels.std((0, 2, 3)))
    )
    return mean, std
