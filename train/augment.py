"""Augments a batch in one vectorised pass, every image with parameters of its own.

Consecutive rotations and affine maps of one interpolation are composed into one matrix and resampled once,
which costs less and blurs less than one after the other.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

from space.augmentations import Affine, Augmentation, Interpolation, Jitter, Rotation


@dataclass(frozen=True, slots=True)
class Warp:
    """A resampling of images; matrix: (N, 2, 3), from output to input coordinates in pixels about the centre."""

    matrix: Tensor
    interpolation: Interpolation


@dataclass(frozen=True, kw_only=True, slots=True)
class Tint:
    """A change of brightness and contrast: a factor (N,) of each, and (N,) whether contrast comes first."""

    brightness: Tensor
    contrast: Tensor
    contrast_first: Tensor


def sample(
    steps: Sequence[Augmentation], n: int, side: int, generator: Generator, strength: Tensor | float = 1.0
) -> list[Warp | Tint]:
    """Draws parameters for `n` images of `side` pixels; `strength`, in [0, 1], scales every range."""
    drawn: list[Warp | Tint] = []
    for step in steps:
        if isinstance(step, Jitter):
            drawn.append(
                Tint(
                    brightness=1 + step.brightness * strength * _uniform(n, generator),
                    contrast=1 + step.contrast * strength * _uniform(n, generator),
                    contrast_first=torch.rand(n, generator=generator, device=generator.device) < 0.5,
                )
            )
            continue
        warp = _draw_warp(step, n, side, generator, strength)
        if drawn and isinstance(drawn[-1], Warp) and drawn[-1].interpolation == warp.interpolation:
            warp = Warp(_compose(drawn.pop().matrix, warp.matrix), warp.interpolation)  # type: ignore[union-attr]
        drawn.append(warp)
    return drawn


def _uniform(n: int, generator: Generator) -> Tensor:
    """Draws (N,) numbers in [-1, 1)."""
    return torch.rand(n, generator=generator, device=generator.device) * 2 - 1


def _draw_warp(step: Rotation | Affine, n: int, side: int, generator: Generator, strength: Tensor | float) -> Warp:
    def drawn(reach: float) -> Tensor:
        return reach * strength * _uniform(n, generator)

    angle = drawn(step.degrees)
    if isinstance(step, Rotation):
        still = torch.zeros_like(angle)
        return Warp(inverse_matrix(angle, still, still, still + 1, still), step.interpolation)
    x, y = (drawn(step.translate * side) for _ in range(2))
    scale, shear = 1 + drawn(step.scale), drawn(step.shear)
    return Warp(inverse_matrix(angle, x, y, scale, shear), step.interpolation)


def inverse_matrix(angle: Tensor, x: Tensor, y: Tensor, scale: Tensor, shear: Tensor) -> Tensor:
    """Returns the matrices, (N, 2, 3), by which an affine map is resampled: from output to input coordinates.

    It is the inverse of turning by `angle` (degrees, clockwise), moving by x and y (pixels), scaling, and shearing
    along x by `shear` (degrees), as torchvision composes them
    (torchvision.transforms.functional._get_inverse_affine_matrix with shear along y 0).
    """
    rot, sx = angle * (math.pi / 180), shear * (math.pi / 180)
    a, b = torch.cos(rot), -torch.cos(rot) * torch.tan(sx) - torch.sin(rot)
    c, d = torch.sin(rot), -torch.sin(rot) * torch.tan(sx) + torch.cos(rot)
    # Of the matrix scale * ((a, b), (c, d)), whose determinant is scale ** 2.
    inverse = torch.stack([d, -b, -c, a], 1).view(-1, 2, 2) / scale.view(-1, 1, 1)
    moved = inverse @ torch.stack([-x, -y], 1).unsqueeze(2)
    return torch.cat([inverse, moved], 2)


def _compose(first: Tensor, second: Tensor) -> Tensor:
    """Returns the warp that does `first`, then `second`: output coordinates pass the later one first."""
    linear = first[:, :, :2] @ second[:, :, :2]
    offset = first[:, :, :2] @ second[:, :, 2:] + first[:, :, 2:]
    return torch.cat([linear, offset], 2)


def apply(images: Tensor, drawn: Sequence[Warp | Tint]) -> Tensor:
    """Returns the images augmented, float (N, 1, S, S) in [0, 1] as they came; black comes in from outside."""
    for step in drawn:
        images = _warp(images, step) if isinstance(step, Warp) else _tint(images, step)
    return images


def _warp(images: Tensor, warp: Warp) -> Tensor:
    n, _, _, side = images.shape
    # One matrix product for the batch, where affine_grid's takes one an image: 0.4 ms less for 128 images.
    grid = (warp.matrix.reshape(-1, 3) @ _pixels(side, images.device)).view(n, 2, side, side).permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid * (2 / side), mode=warp.interpolation, align_corners=False)


@functools.cache
def _pixels(side: int, device: torch.device) -> Tensor:
    """Returns x and y of every pixel about the centre, and 1, as (3, side * side)."""
    line = torch.arange(side, device=device) - (side - 1) / 2
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x.reshape(-1), y.reshape(-1), torch.ones(side * side, device=device)])


def _tint(images: Tensor, tint: Tint) -> Tensor:
    brightness, contrast = tint.brightness.view(-1, 1, 1, 1), tint.contrast.view(-1, 1, 1, 1)

    def contrasted(x: Tensor) -> Tensor:
        mean = x.mean((1, 2, 3), keepdim=True)
        return (contrast * x + (1 - contrast) * mean).clamp_(0, 1)

    brighter_first = contrasted((images * brightness).clamp_(0, 1))
    contrast_first = (contrasted(images) * brightness).clamp_(0, 1)
    return torch.where(tint.contrast_first.view(-1, 1, 1, 1), contrast_first, brighter_first)
