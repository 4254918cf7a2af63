"""`Rates`: how long training takes on a machine, predicted from the work that a design is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from space.design import Design
from space.work import KINDS, work

_TRUST = 0.15  # how firmly rates keep to those that are usual: relative error of a timing over that of a usual rate
_LEAST = 0.01  # of the usual rate, so that no work is for nothing


@dataclass(frozen=True, slots=True)
class Rates:
    """A value that predicts times: seconds for each kind of work (`space.work.KINDS`), done once, by one worker.

    Raises:
        ValueError: A kind is missing, or a rate is not above 0.
    """

    seconds: Mapping[str, float]

    def __post_init__(self) -> None:
        if self.seconds.keys() != KINDS.keys() or not all(0 < rate < 1e3 for rate in self.seconds.values()):
            raise ValueError(f"rates are seconds, above 0, of {', '.join(KINDS)}")

    def of(self, done: Mapping[str, float]) -> float:
        """Returns the seconds that so much of each kind of work takes."""
        return sum(self.seconds[kind] * number for kind, number in done.items())

    def epoch(self, design: Design, *, images: int, held_out: int) -> float:
        """Returns the seconds of an epoch of so many images, and of scoring so many held-out ones."""
        return self.of(work(design, images=images, held_out=held_out))

    def fitted(self, timings: Iterable[tuple[Mapping[str, float], float]]) -> "Rates":
        """Returns the rates of a machine on which so much work took so many seconds; these where nothing was timed.

        They minimise the squares of the relative errors, with none below 0 (Lawson and Hanson's non-negative least
        squares), and keep to these rates, made faster or slower all together, as far as the timings leave it open.
        """
        timed = [(done, seconds) for done, seconds in timings if seconds > 0 and any(done.values())]
        if not timed:
            return self
        import numpy as np
        from scipy.optimize import nnls

        usual = np.array([self.seconds[kind] for kind in KINDS])
        done = np.array([[counts.get(kind, 0.0) for kind in KINDS] for counts, _ in timed])  # (timings, kinds)
        shares = done * usual / np.array([[seconds] for _, seconds in timed])  # of the time, as is usual
        usual /= (speed := median(shares.sum(1).tolist()))
        kept = _TRUST * np.eye(len(usual))
        times, _ = nnls(
            np.vstack([shares / speed, kept]), np.concatenate([np.ones(len(timed)), _TRUST * np.ones(len(usual))])
        )
        return Rates(dict(zip(KINDS, (usual * np.maximum(times, _LEAST)).tolist(), strict=True)))


USUAL = Rates(
    {
        "dense": 2.6e-11,
        "pointwise": 2.4e-11,
        "grouped": 6.0e-11,
        "maps": 1.6e-10,
        "norm": 1.0e-9,
        "activation": 5.2e-10,
        "silu": 9.1e-10,
        "dropout": 1.1e-9,
        "pool": 9.4e-10,
        "sum": 1.3e-9,
        "warp": 1.3e-8,
        "recolour": 1.0e-9,
        "pixels": 1.2e-9,
        "step": 9.7e-4,
        "convolution": 5.5e-5,
        "layer": 3.0e-5,
        "parameters": 1.5e-8,
        "muon": 1.7e-4,
    }
)
"""Those of a core with AVX-512 in fp32, of 180 designs (docs/log.md): what is supposed where nothing was timed."""
USUAL_OF_GPU = Rates(
    dict.fromkeys(KINDS, 5e-12)
    | dict.fromkeys(("dense", "pointwise", "grouped"), 1e-13)
    | {"step": 4e-4, "convolution": 5e-5, "layer": 2.5e-5, "muon": 2e-4}
)
"""Likewise of a GPU, where a step takes as long as its launches."""
