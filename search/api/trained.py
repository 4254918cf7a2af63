"""A trained network by itself: what an estimator predicts with, and all that is left of it in a pickle."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import nn

    from train.model import Network

_BATCH = 256  # images; every batch is as large, so that a sample's probabilities do not depend on its fellows


@dataclass(frozen=True, kw_only=True, slots=True)
class Winner:
    """A value that says which design a search chose.

    Attributes:
        trial: Its number in the study.
        notation: The network.
        recipe: How it was trained, in words.
        parameters: How many it has.
        macs: Multiply-adds for one image.
        score: Mean held-out accuracy of its last epochs, a share in [0, 1]; a little optimistic, as it was chosen by.
        finals: The same in trainings with other seeds, and other held-out images where those are drawn, one a
            round that it was in.
    """

    trial: int
    notation: str
    recipe: str
    parameters: int
    macs: int
    score: float
    finals: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A value from which a trained network follows.

    Attributes:
        notation: The network.
        weights: What a safetensors file has.
        mean, std: Of pixels in [0, 1], one a channel, by which images are normalised.
        order: Which of the network's answers belongs to each label, sorted; empty where they are in that order, as in
            pickles of before.
    """

    notation: str
    weights: bytes
    mean: tuple[float, ...]
    std: tuple[float, ...]
    order: tuple[int, ...] = ()

    def network(self) -> "Network":
        """Returns the network, ready to predict: normalised float32 images (N, C, H, W) to logits (N, K)."""
        from space.architecture import Architecture
        from train.fast.process import prepared
        from train.files.weights import from_bytes
        from train.model import build

        with prepared():  # float32 on the CPU, whatever the caller's default type and device
            network = build(Architecture.parse(self.notation), seed=0)
            network.load_state_dict(from_bytes(self.weights))
        return network.eval()

    def probabilities(self, network: "nn.Module", pictures: np.ndarray) -> np.ndarray:
        """Returns the probabilities (N, K) of each label, sorted, float64, computed on the CPU.

        pictures: uint8 (N, H, W) or (N, H, W, C).
        """
        import torch

        from train.evaluation import normalise, unit_pixels
        from train.fast.process import prepared

        images = pictures[:, None] if pictures.ndim == 3 else np.moveaxis(pictures, 3, 1)
        answers = []
        with prepared(), torch.inference_mode():
            for start in range(0, len(images), _BATCH):
                some = images[start : start + _BATCH]
                batch = np.zeros((_BATCH, *images.shape[1:]), np.uint8)
                batch[: len(some)] = some
                pixels = normalise(unit_pixels(torch.from_numpy(batch)), self.mean, self.std)
                answers.append(network(pixels)[: len(some)].double().softmax(1).numpy())
        every = np.concatenate(answers)
        return every[:, self.order] if self.order else every


def as_plain(state: dict[str, Any]) -> dict[str, Any]:
    """Returns an estimator's state with values of ours as dictionaries: a pickle may be read where modules of
    somebody else's have our packages' names."""
    from dataclasses import asdict

    return {name: asdict(value) if name in _OURS else value for name, value in state.items()}


def from_plain(state: dict[str, Any]) -> dict[str, Any]:
    """Returns the state of which `as_plain` returned this."""
    from train.data.layout import Layout

    kinds = {"_layout": Layout, "_trained": Trained, "best_": Winner}
    return {name: kinds[name](**value) if name in _OURS else value for name, value in state.items()}


_OURS = ("_layout", "_trained", "best_")
