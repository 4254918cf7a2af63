"""`Evidence`: what an exported file says for the network that it holds."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A value that holds what an exported file's head says for its network.

    Attributes:
        scores: Lines on what the network reached.
        found_by: Where it comes from.
        mean: By which pixels in [0, 1] are normalised, with `std`.
        date: ISO 8601.
    """

    title: str
    scores: tuple[str, ...]
    found_by: str
    mean: float
    std: float
    versions: dict[str, str]
    date: str
