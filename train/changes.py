"""Changes of images by augmentation: values that have the parameters of each image of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from torch import Tensor

from space.augmentations import Fill, Interpolation


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


def of_images(drawn: Sequence[Change], images: slice) -> list[Change]:
    """Returns the changes of some of the images that they were drawn for."""
    return [
        replace(change, **{name: value[images] for name, value in _tensors(change)})  # type: ignore[arg-type]
        for change in drawn
    ]


def _tensors(change: Change) -> list[tuple[str, Tensor]]:
    every = [(field.name, getattr(change, field.name)) for field in fields(change)]
    return [(name, value) for name, value in every if isinstance(value, Tensor)]
