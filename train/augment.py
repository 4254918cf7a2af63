"""Augments a batch in one vectorised pass, every image with parameters of its own.

Consecutive rotations and affine maps of one interpolation are composed into one matrix and resampled once,
which costs less and blurs less than one after the other.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import torch
from torch import Generator, Tensor
from torch.nn import functional

from space.augmentations import (
    Affine,
    Augmentation,
    ColourJitter,
    Crop,
    Cutout,
    Fill,
    Flip,
    Interpolation,
    Jitter,
    Rotation,
)

Size = tuple[int, int]
"""Height and width of images in pixels."""

_GREY = (0.2989, 0.587, 0.114)  # of red, green and blue, as torchvision's rgb_to_grayscale weighs them


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


@dataclass(frozen=True, slots=True)
class Mirror:
    """A change of images; mirrored: (N,) which are, left to right."""

    mirrored: Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """A move of images by whole pixels, (N,) int64 of each: a pixel comes from `down` below it and `right` of it."""

    down: Tensor
    right: Tensor
    fill: Fill


@dataclass(frozen=True, slots=True)
class Hole:
    """A blackening of parts of images; black: (N, 1, H, W) which pixels are."""

    black: Tensor


@dataclass(frozen=True, slots=True)
class Colouring:
    """A change of colours; factors (N, 3) of brightness, contrast and saturation, and (N, 3) which of them is done
    first, second and third."""

    factors: Tensor
    order: Tensor


Change = Warp | Tint | Mirror | Shift | Hole | Colouring


def sample(
    steps: Sequence[Augmentation], n: int, size: Size, generator: Generator, strength: Tensor | float = 1.0
) -> list[Change]:
    """Draws parameters for `n` images of that size; `strength`, in [0, 1], scales every range."""
    drawn: list[Change] = []
    for step in steps:
        change = _draw(step, n, size, generator, strength)
        last = drawn[-1] if drawn else None
        if isinstance(change, Warp) and isinstance(last, Warp) and last.interpolation == change.interpolation:
            drawn[-1] = Warp(_compose(last.matrix, change.matrix), change.interpolation)
        else:
            drawn.append(change)
    return drawn


def _draw(step: Augmentation, n: int, size: Size, generator: Generator, strength: Tensor | float) -> Change:
    match step:
        case Rotation() | Affine():
            return _draw_warp(step, n, size, generator, strength)
        case Jitter(brightness=brightness, contrast=contrast):
            return Tint(
                brightness=1 + brightness * strength * _uniform(n, generator),
                contrast=1 + contrast * strength * _uniform(n, generator),
                contrast_first=_shares(n, generator) < 0.5,
            )
        case Flip():
            return Mirror(_shares(n, generator) < 0.5)
        case Crop(padding=padding, fill=fill):
            down, right = (_whole(padding * strength, n, generator) for _ in range(2))
            return Shift(down=down, right=right, fill=fill)
        case Cutout(share=share):
            return _draw_hole(share * min(size) * strength, n, size, generator)
        case ColourJitter(brightness=brightness, contrast=contrast, saturation=saturation):
            ranges = (brightness, contrast, saturation)
            factors = torch.stack([1 + reach * strength * _uniform(n, generator) for reach in ranges], 1)
            order = torch.rand(n, 3, generator=generator, device=generator.device).argsort(1)
            return Colouring(factors, order)
        case _:
            assert_never(step)


def _shares(n: int, generator: Generator) -> Tensor:
    """Draws (N,) numbers in [0, 1)."""
    return torch.rand(n, generator=generator, device=generator.device)


def _uniform(n: int, generator: Generator) -> Tensor:
    """Draws (N,) numbers in [-1, 1)."""
    return _shares(n, generator) * 2 - 1


def _whole(reach: Tensor | float, n: int, generator: Generator) -> Tensor:
    """Draws (N,) whole numbers from -reach to reach, rounded."""
    reach = torch.as_tensor(reach, device=generator.device).round()
    return ((2 * reach + 1) * _shares(n, generator) - reach).floor().clamp(max=reach).long()


def _draw_hole(side: Tensor | float, n: int, size: Size, generator: Generator) -> Hole:
    """Draws the places of squares whose side is that many pixels."""

    def within(pixels: int) -> Tensor:
        centre = pixels * _shares(n, generator)
        return (torch.arange(pixels, device=generator.device) + 0.5 - centre.view(-1, 1)).abs() < side / 2

    rows, columns = map(within, size)
    return Hole((rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1))


def _draw_warp(step: Rotation | Affine, n: int, size: Size, generator: Generator, strength: Tensor | float) -> Warp:
    def drawn(reach: float) -> Tensor:
        return reach * strength * _uniform(n, generator)

    angle = drawn(step.degrees)
    if isinstance(step, Rotation):
        still = torch.zeros_like(angle)
        return Warp(inverse_matrix(angle, still, still, still + 1, still), step.interpolation)
    height, width = size
    x, y = drawn(step.translate * width), drawn(step.translate * height)
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


def apply(images: Tensor, drawn: Sequence[Change]) -> Tensor:
    """Returns the images augmented, float (N, C, H, W) in [0, 1] as they came; black comes in from outside."""
    for change in drawn:
        images = _apply(images, change)
    return images


def _apply(images: Tensor, change: Change) -> Tensor:
    match change:
        case Warp():
            return _warp(images, change)
        case Tint():
            return _tint(images, change)
        case Mirror(mirrored):
            return torch.where(mirrored.view(-1, 1, 1, 1), images.flip(3), images)
        case Shift(down=down, right=right, fill=fill):
            return _shift(_shift(images, 2, down, fill), 3, right, fill)
        case Hole(black):
            return images.masked_fill(black, 0.0)
        case Colouring():
            return _colour(images, change)
        case _:
            assert_never(change)


def _warp(images: Tensor, warp: Warp) -> Tensor:
    n, _, height, width = images.shape
    # One matrix product for the batch, where affine_grid's takes one an image: 0.4 ms less for 128 images.
    pixels, scale = _pixels(height, width, images.device)
    grid = ((warp.matrix.reshape(-1, 3) @ pixels).view(n, 2, height, width) * scale).permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid, mode=warp.interpolation, align_corners=False)


@functools.cache
def _pixels(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Returns x and y of every pixel about the centre, and 1, as (3, height * width), and by what x and y are
    multiplied to lie in [-1, 1], as (2, 1, 1)."""
    down, right = (torch.arange(side, device=device) - (side - 1) / 2 for side in (height, width))
    y, x = torch.meshgrid(down, right, indexing="ij")
    pixels = torch.stack([x.reshape(-1), y.reshape(-1), torch.ones(height * width, device=device)])
    return pixels, torch.tensor([2 / width, 2 / height], device=device).view(2, 1, 1)


def _shift(images: Tensor, axis: int, by: Tensor, fill: Fill) -> Tensor:
    """Moves each image along an axis; what comes in is black, or the image mirrored at its outermost pixel."""
    last = images.shape[axis] - 1
    place = torch.arange(last + 1, device=images.device) + by.view(-1, 1)  # (N, side), where each pixel comes from
    within = (last - (last - place.abs()).abs()) if fill == "mirror" else place.clamp(0, last)
    shape = [1, 1, 1, 1]
    shape[0], shape[axis] = place.shape
    moved = images.gather(axis, within.view(shape).expand_as(images))
    return moved if fill == "mirror" else moved.masked_fill((place != within).view(shape), 0.0)


def _tint(images: Tensor, tint: Tint) -> Tensor:
    brightness, contrast = tint.brightness.view(-1, 1, 1, 1), tint.contrast.view(-1, 1, 1, 1)

    def contrasted(x: Tensor) -> Tensor:
        mean = x.mean((1, 2, 3), keepdim=True)
        return (contrast * x + (1 - contrast) * mean).clamp_(0, 1)

    brighter_first = contrasted((images * brightness).clamp_(0, 1))
    contrast_first = (contrasted(images) * brightness).clamp_(0, 1)
    return torch.where(tint.contrast_first.view(-1, 1, 1, 1), contrast_first, brighter_first)


def _colour(images: Tensor, colouring: Colouring) -> Tensor:
    """Blends each image three times: with black, with the mean of its grey values, and with its grey values."""
    for turn in range(3):
        what = colouring.order[:, turn].view(-1, 1, 1, 1)
        factor = colouring.factors.gather(1, what.view(-1, 1)).view(-1, 1, 1, 1)
        grey = _grey(images)
        contrast = torch.where(what == 1, grey.mean((1, 2, 3), keepdim=True), grey)
        images = (factor * images + (1 - factor) * torch.where(what == 0, 0.0, contrast)).clamp_(0, 1)
    return images


def _grey(images: Tensor) -> Tensor:
    """Returns the grey values of images in red, green and blue, (N, 1, H, W)."""
    red, green, blue = images.unbind(1)
    return (_GREY[0] * red + _GREY[1] * green + _GREY[2] * blue).unsqueeze(1)
