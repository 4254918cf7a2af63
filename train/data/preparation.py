"""`Preparation`: what is done to images before anything sees them."""

from dataclasses import dataclass
from typing import Literal

from train.data.bad_data import BadData

LARGEST = 1024  # pixels a side; networks of a few thousand parameters see nothing more in larger ones


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparation:
    """A value that says what is done to images; it is part of what a data set is.

    Raises:
        BadData: A number is out of its range.

    Attributes:
        image_size: Height and width to which all are resized, in pixels; None: they stay as they are.
        channels: One or three for all; None: as they are, and three for all where some have one.
        limit: Most images of each part (to train on, given to hold out, to test with), drawn by class.
        hold_out: Share of the training images that is held out; None: the part that was given for it, else a sixth.
    """

    image_size: int | None = None
    channels: Literal["gray", "rgb"] | None = None
    limit: int | None = None
    hold_out: float | None = None

    def __post_init__(self) -> None:
        if self.image_size is not None and not 1 <= self.image_size <= LARGEST:
            raise BadData(f"`image_size` must be from 1 to {LARGEST:,} pixels, not {self.image_size:,}")
        if self.limit is not None and self.limit < 1:
            raise BadData(f"`limit_images` must be at least 1, not {self.limit:,}")
        if self.hold_out is not None and not 0 < self.hold_out < 1:
            raise BadData(f"`hold_out` must be between 0 and 1, not {self.hold_out:g}")
