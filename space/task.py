"""`Task`: all that a design must know of the data, and the one task that there is, `DIGITS`.

Where images come from, and by which moments they are normalised, is `train.data`'s to know.
"""

from dataclasses import dataclass

from space.layers import Shape


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A value that says what a network takes and what it tells apart.

    Attributes:
        image: Channels, height and width of one image.
        class_names: The classes by their names, in the order of the labels from 0.
    """

    image: Shape
    class_names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """How many classes there are, which is how many logits a network gives."""
        return len(self.class_names)


DIGITS = Task(image=(1, 28, 28), class_names=tuple("0123456789"))
"""Grey handwritten digits, MNIST's and those of scikit-learn, which are brought to the same size."""
