"""Measures how well a network classifies images, and has the loss that training and evaluation share."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from train.data.images import Images

_PIXELS = {"cpu": 500 * 28 * 28, "cuda": 10_000 * 28 * 28}  # of images that are evaluated at once, by kind of device
_LEAST = {"cpu": 32, "cuda": 1}  # images: a block of the engine takes as long whatever it has of them


def evaluate(
    model: nn.Module, images: Images, mean: tuple[float, ...], std: tuple[float, ...]
) -> tuple[float, float]:
    """Returns the share classified correctly, in [0, 1], and the mean cross-entropy, in nats.

    mean, std: Of pixels in [0, 1], one a channel. `model` is left in evaluation mode.
    """
    loss, correct = evaluation_sums(model, images, mean, std).tolist()
    return correct / len(images), loss / len(images)


def evaluation_sums(model: nn.Module, images: Images, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Returns the sum of cross-entropies and the number of right answers, (2,) float64; waits for no device."""
    model.eval()
    kind = images.images.device.type
    size = max(_LEAST[kind], _PIXELS[kind] // images.images[0, 0].numel())
    total = torch.zeros(2, dtype=torch.float64, device=images.images.device)
    with torch.inference_mode():
        for x, y in zip(images.images.split(size), images.labels.split(size), strict=True):
            logits = model(normalise(unit_pixels(x), mean, std))  # (N, classes)
            losses = cross_entropies(logits, y)
            total += torch.stack([losses.double().sum(), (logits.argmax(1) == y).double().sum()])
    return total


def unit_pixels(images: Tensor) -> Tensor:
    """Returns uint8 pixels as floats in [0, 1]."""
    return images.float().mul_(1 / 255)


def normalise(pixels: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Returns pixels (N, C, H, W) in [0, 1], which it changes, less their channel's mean over its deviation."""
    # Numbers a channel, not a tensor of them: a CUDA graph cannot hold the copy that would make one, and CUDA divides
    # by a number in another way, which is that of the scores of every study so far.
    for channel, (centre, width) in enumerate(zip(mean, std, strict=True)):
        pixels[:, channel].sub_(centre).div_(width)
    return pixels


def cross_entropies(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Returns the cross-entropy of each image, (N,), in nats. logits: (N, classes); labels: (N,)."""
    # The axis of one at the end has torch reduce over an inner axis, which rounds otherwise than over the last:
    # the scores of every study so far were computed so, and come out equal to all digits only like this.
    return functional.cross_entropy(
        logits.unsqueeze(2), labels.unsqueeze(1), reduction="none", label_smoothing=label_smoothing
    ).squeeze(1)
