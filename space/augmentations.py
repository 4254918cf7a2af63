"""Augmentations: how the images that a network is trained on are changed at random."""

from dataclasses import dataclass
from typing import Literal, get_args

from space.invalid import require

Interpolation = Literal["nearest", "bilinear"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """An augmentation that turns each image by an angle from [-degrees, degrees] about its centre, black outside."""

    degrees: float
    interpolation: Interpolation = "nearest"

    def __post_init__(self) -> None:
        require(0 <= self.degrees <= 180, "a rotation is within 0 to 180 degrees", self.degrees)
        _require_interpolation(self.interpolation)


@dataclass(frozen=True, kw_only=True, slots=True)
class Affine:
    """An augmentation that turns, moves, scales and shears (along x) each image about its centre, black outside.

    Attributes:
        degrees: The angle is drawn from [-degrees, degrees].
        translate: Shift along x and y, each drawn from [-translate, translate], a share of the side.
        scale: The factor is drawn from [1 - scale, 1 + scale].
        shear: The angle along x is drawn from [-shear, shear] degrees.
    """

    degrees: float
    translate: float
    scale: float
    shear: float
    interpolation: Interpolation = "nearest"

    def __post_init__(self) -> None:
        require(0 <= self.degrees <= 180, "an affine rotation is within 0 to 180 degrees", self.degrees)
        require(0 <= self.translate <= 1, "an affine shift is a share in [0, 1]", self.translate)
        require(0 <= self.scale < 1, "an affine scale range is in [0, 1)", self.scale)
        require(0 <= self.shear < 90, "an affine shear is within 0 to 90 degrees", self.shear)
        _require_interpolation(self.interpolation)


def _require_interpolation(name: str) -> None:
    """Raises InvalidDesign where that is no interpolation."""
    choices = get_args(Interpolation)
    require(name in choices, f"interpolation is one of {', '.join(choices)}", name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Jitter:
    """An augmentation that scales each image's brightness and contrast, in an order drawn for the image.

    It is torchvision's ColorJitter, whose saturation and hue do nothing on one channel.

    Attributes:
        brightness: The factor is drawn from [1 - brightness, 1 + brightness].
        contrast: Likewise, about the image's mean.
    """

    brightness: float
    contrast: float

    def __post_init__(self) -> None:
        require(0 <= self.brightness <= 1, "a brightness range is in [0, 1]", self.brightness)
        require(0 <= self.contrast <= 1, "a contrast range is in [0, 1]", self.contrast)


Augmentation = Rotation | Affine | Jitter
