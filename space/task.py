"""`Task`: all that a design must know of the data, and `DIGITS`, the task that is taken where none is named.

Where images come from is `train.data`'s to know.
"""

from dataclasses import dataclass

from space.layers import Shape


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A value that says what a network takes and what it tells apart.

    Attributes:
        image: Channels, height and width of one image.
        class_names: The classes by their names, in the order of the labels from 0.
        mean: Of the training pixels in [0, 1], one a channel; by it and `std` images are normalised.
        std: Their deviation, likewise.
    """

    image: Shape
    class_names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def classes(self) -> int:
        """How many classes there are, which is how many logits a network gives."""
        return len(self.class_names)

    @property
    def colour(self) -> bool:
        """Whether images have more than one channel."""
        return self.image[0] > 1


DIGITS = Task(image=(1, 28, 28), class_names=tuple("0123456789"), mean=(0.1307,), std=(0.3081,))
"""Grey handwritten digits with the moments of MNIST's training pixels, as published everywhere."""
