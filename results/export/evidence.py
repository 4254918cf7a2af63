"""`Evidence`: what an exported file says for the network that it holds."""

from dataclasses import dataclass

from space.task import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A value that holds what an exported file's head says for its network, and what the network is for.

    Attributes:
        scores: Lines on what the network reached.
        found_by: Where it comes from.
        dataset: The name of the data that it is for; `mnist` alone stands for MNIST's idx files.
        task: Of that data: image shape, class names, and the moments by which pixels in [0, 1] are normalised.
        date: ISO 8601.
        last_epochs: How many last epochs of its training are scored, by their mean.
        pixels: How the numbers that it learned from became pixels in [0, 1]; empty where they were pixels already.
    """

    title: str
    scores: tuple[str, ...]
    found_by: str
    dataset: str
    task: Task
    versions: dict[str, str]
    date: str
    last_epochs: int
    pixels: str = ""
