"""`Facts`: what is known of a data set once it is prepared; loads nothing."""

from dataclasses import dataclass

from space.layers import Shape


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a prepared data set.

    Attributes:
        image: Channels, height and width.
        mean: Of the training pixels in [0, 1], a channel; so is `std`, their deviation.
        class_counts: Training images of each class, those given to hold out among them.
        given: How many images were given to hold out.
        test: How many there are to test with.
        digest: SHA-256 of images, labels and class names, in hexadecimal.
    """

    name: str
    image: Shape
    class_names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    class_counts: tuple[int, ...]
    given: int
    test: int
    digest: str
    notes: tuple[str, ...]
