"""Tasks of other shapes than MNIST's, with networks for them and pictures that are made of their labels."""

from dataclasses import dataclass

import torch

from space.architecture import Architecture
from space.task import Task
from train.data.images import Images
from train.data.split import Split


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A task and the notation of a network for it, with every kind of layer that knows its map's shape."""

    task: Task
    notation: str

    @property
    def architecture(self) -> Architecture:
        """The network."""
        return Architecture.parse(self.notation)

    def images(self, number: int, *, seed: int = 0) -> Images:
        """Noise about a colour and a place that the label decides, all classes as often as one another."""
        channels, height, width = self.task.image
        generator = torch.Generator().manual_seed(seed)
        labels = torch.arange(number) % self.task.classes
        pixels = torch.randint(0, 120, (number, channels, height, width), generator=generator)
        for image, label in zip(pixels, labels.tolist(), strict=True):
            row, column = label % (height - 4), (7 * label) % (width - 4)
            image[label % channels, row : row + 4, column : column + 4] = 255
        return Images(pixels.to(torch.uint8), labels)

    def split(self, training: int = 120, held_out: int = 60) -> Split:
        """So many images to train on, and others to score by."""
        return Split(
            train=self.images(training, seed=1),
            held_out=self.images(held_out, seed=2),
            mean=self.task.mean,
            std=self.task.std,
        )


def _task(image: tuple[int, int, int], class_names: tuple[str, ...]) -> Task:
    channels = image[0]
    return Task(
        image=image, class_names=class_names, mean=(0.25, 0.24, 0.26)[:channels], std=(0.2, 0.19, 0.21)[:channels]
    )


CIFAR10_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CASES = {
    "colour": Case(
        task=_task((3, 32, 32), CIFAR10_NAMES),
        notation="3x32x32 c8 relu bn mpb [ c8k3p1g8 gbn16 prelu c8k1 bn ] silu c16 relu bn mp c16k3p1 relu gap c10k1",
    ),
    "small grey": Case(
        task=_task((1, 12, 12), ("round", "square", "else")), notation="1x12x12 c6 bn relu mp c8 relu c3k3"
    ),
    "not square": Case(
        task=_task((3, 40, 24), ("a", "b", "c", "d", "e")),
        notation="3x40x24 c8 bn relu mp c8 gbn16 prelu mp [ c8k3p1 relu ] ap2 c12k1 relu gap c5k1b",
    ),
    "hundred": Case(
        task=_task((3, 64, 64), tuple(f"class {number}" for number in range(100))),
        notation="3x64x64 c8 bn relu mp c12 relu bn mp c16 prelu bn mp c24 bn relu gap c100k1",
    ),
}
