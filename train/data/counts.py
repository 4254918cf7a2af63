"""`Counts`: how many images a data set has, known without reading any."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """A value that says how many images a data set has.

    Attributes:
        training: All that may be trained on, the held-out ones among them.
        held_out: Of these, those that a search scores by and does not train on.
        test: To test with at the end.
    """

    training: int
    held_out: int
    test: int


_USUAL = {
    "mnist": Counts(training=60_000, held_out=10_000, test=10_000),
    "digits": Counts(training=1_500, held_out=250, test=297),
}


def usual_counts(dataset: str) -> Counts:
    """Returns those of MNIST or of the digits, for studies that say no more than that name."""
    return _USUAL[dataset]
