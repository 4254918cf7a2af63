"""Augmentations: how the images that a network is trained on are changed at random."""

from dataclasses import dataclass
from typing import Literal, get_args

from space.invalid import require

Interpolation = Literal["nearest", "bilinear"]
Fill = Literal["black", "mirror"]


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
        translate: Shift along x and y, each drawn from [-translate, translate], a share of width and height.
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


@dataclass(frozen=True, slots=True)
class Flip:
    """An augmentation that mirrors half of the images, left to right. It has no range, so it never fades."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crop:
    """An augmentation that cuts the image's size out of the padded image, at a place drawn for each image.

    It is torchvision's RandomCrop of the image's own size, which moves the image by -padding to padding whole pixels
    along x and y, each drawn.

    Attributes:
        padding: Pixels that are added on each side; as it fades, the nearest whole number.
        fill: What they are: black, or the image mirrored at its outermost pixels, which are not repeated (an image
            must be larger than the padding then).
    """

    padding: int
    fill: Fill = "black"

    def __post_init__(self) -> None:
        require(self.padding >= 0, "a crop's padding is 0 pixels or more", self.padding)
        require(self.fill in get_args(Fill), f"a crop's padding is one of {', '.join(get_args(Fill))}", self.fill)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutout:
    """An augmentation that blackens a square of each image (DeVries and Taylor, arXiv 1708.04552).

    The square's centre is drawn from the whole image, so that some of the square may lie outside; the pixels whose
    centres lie within the square are black.

    Attributes:
        share: The square's side over the image's shorter side.
    """

    share: float

    def __post_init__(self) -> None:
        require(0 <= self.share <= 1, "a cutout's share of the side is in [0, 1]", self.share)


@dataclass(frozen=True, kw_only=True, slots=True)
class ColourJitter:
    """An augmentation that scales each image's brightness, contrast and saturation, in an order drawn for the image.

    It is torchvision's ColorJitter without hue, of red, green and blue.

    Attributes:
        brightness: The factor is drawn from [1 - brightness, 1 + brightness].
        contrast: Likewise, about the mean of the image's grey values, 0.2989 R + 0.587 G + 0.114 B.
        saturation: Likewise, about the grey value of each pixel.
    """

    brightness: float
    contrast: float
    saturation: float

    def __post_init__(self) -> None:
        require(0 <= self.brightness <= 1, "a brightness range is in [0, 1]", self.brightness)
        require(0 <= self.contrast <= 1, "a contrast range is in [0, 1]", self.contrast)
        require(0 <= self.saturation <= 1, "a saturation range is in [0, 1]", self.saturation)


Augmentation = Rotation | Affine | Jitter | Flip | Crop | Cutout | ColourJitter
