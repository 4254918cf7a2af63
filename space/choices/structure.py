"""`Structure`: the form of networks that people make by hand, and what it becomes with widths."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from space.architecture import Architecture
from space.layers import AvgPool, BatchNorm, Conv, Dropout, GlobalAvgPool, Layer, MapDropout, MaxPool, Relu, Shape

Follower = Literal["bare", "relu", "block"]
Head = Literal["gap then 1x1", "class maps 1x1", "class maps 3x3", "full map"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    """A value that shapes a network as people make them; each field has its range in `space.choices.choices`.

    A block is a 3x3 convolution with its normalisation, ReLU and dropout. The attributes have the names of the
    parameters in the databases of studies, so they stay.

    Attributes:
        first_pool_field: Receptive field in front of the first max pool: 5, 7 or 9 for 2, 3 or 4 blocks.
        blocks_after_pool: How many blocks follow it; those that no longer fit the map are left out.
        second_pool: Behind how many of them a second max pool stands; 0 for none.
        third_pool: Behind how many more a third stands, and so on; 0 for none.
        transition: Where a 1x1 convolution stands: nowhere, or on one side of the first pool.
        transition_dress: What follows the transition: nothing, a ReLU, or all that follows a block.
        normalisation: Batch normalisation off, in front of the ReLU, or behind it.
        dropout: Off, of single elements or of whole maps, closing each block it is placed in.
        dropout_place: In every block, or only in the last in front of the first pool.
        padding: Which blocks are padded by 1: none, the first, the last or all.
        head: How maps become logits: mean of each map and a 1x1 convolution; 1x1 or 3x3 convolution to
            class maps and their means; or a convolution as large as the map, where that is square.
        hidden: Hidden 1x1 convolutions between the means and the last 1x1 convolution.
        head_dress: What follows a hidden convolution (as for the transition) or the class maps
            (`block`: normalisation and ReLU, never dropout).
        mean_crop: Rows and columns that the mean over a map leaves out, 0 or 2.
    """

    first_pool_field: Literal[5, 7, 9]
    blocks_after_pool: int
    second_pool: int
    transition: Literal["none", "before pool", "after pool"]
    transition_dress: Follower
    normalisation: Literal["none", "bn relu", "relu bn"]
    dropout: Literal["none", "element", "map"]
    dropout_rate: float
    dropout_place: Literal["every block", "before first pool"]
    padding: Literal["none", "first", "last", "all"]
    head: Head
    hidden: int
    head_dress: Follower
    mean_crop: Literal[0, 2]
    third_pool: int = 0
    fourth_pool: int = 0

    @property
    def blocks_before_pool(self) -> int:
        """How many blocks give the first pool its receptive field."""
        return (self.first_pool_field - 1) // 2

    def assemble(self, width: Callable[[str], int], *, image: Shape, classes: int) -> Architecture:
        """Builds the network, asking `width` for the maps of each slot.

        The slots are `before_1` ... in front of the first pool, `transition`, `after_1` ... behind it, `hidden_1` ...
        in the head. What does not fit the map is left out rather than refused, so that every structure is a network:
        blocks that leave the first pool less than 2x2 (the first of all is padded there), blocks on a map below 3x3,
        pools below 4x4; 3x3 class maps below 3x3 become 1x1, and a convolution as large as a map that is not square
        the mean and a 1x1 convolution.
        """
        s = self
        net = _Assembly(s, width, image)
        before = s.blocks_before_pool
        everywhere = s.dropout_place == "every block"

        for block in range(1, before + 1):
            padded = s.padding == "all" or (s.padding == "first" and block == 1)
            tight = net.shorter < 4 and not padded
            if block == 1 or not tight:
                net.block(f"before_{block}", padding=int(padded or tight), drop=everywhere or block == before)

        def transition() -> None:
            net.conv(net.width("transition"), kernel=1)
            net.follow(s.transition_dress, drop=everywhere)

        if s.transition == "before pool":
            transition()
        if net.shorter >= 2:
            net.pool()
        if s.transition == "after pool":
            transition()

        after, pools = _blocks_that_fit(s, net.shorter)
        for block in range(1, after + 1):
            padded = s.padding == "all" or (s.padding == "last" and block == after)
            net.block(f"after_{block}", padding=int(padded), drop=everywhere)
            if block in pools:
                net.pool()
        net.head(classes, drop=everywhere)
        return Architecture(tuple(net.layers), image)

    def simpler(self) -> Iterator["Structure"]:
        """Yields this, then what it becomes by giving up one thing after another, the costliest first.

        The last is the smallest network there is: for budgets that its narrowest form does not meet.
        """
        s = self
        yield s
        for change in (
            {"head": "gap then 1x1"} if s.head == "full map" else {},
            {"head": "class maps 1x1"} if s.head == "class maps 3x3" else {},
            {"hidden": 0},
            {"transition": "none"},
            *({"blocks_after_pool": n} for n in range(s.blocks_after_pool - 1, 0, -1)),
            *({"first_pool_field": field} for field in (7, 5) if field < s.first_pool_field),
            {"normalisation": "none", "padding": "none"},
        ):
            s = replace(s, **change)
            yield s

    def leaner(self) -> Iterator["Structure"]:
        """Yields this, then what it becomes by giving up what takes multiply-adds and has few parameters, down to
        blocks that are not padded and two pools as early as can be."""
        s = self
        yield s
        for change in (
            {"padding": "none"},
            *({"first_pool_field": field} for field in (7, 5) if field < s.first_pool_field),
            *({"second_pool": blocks} for blocks in (2, 1) if blocks < (s.second_pool or 3)),
        ):
            leaner = replace(s, **change)
            if leaner != s:
                yield (s := leaner)


class _Assembly:
    """A network under construction: its layers, and height and width of the map that leaves them."""

    def __init__(self, structure: Structure, width: Callable[[str], int], image: Shape) -> None:
        self.structure = structure
        self.width = width
        self.layers: list[Layer] = []
        self.sides = image[1:]

    @property
    def shorter(self) -> int:
        """The shorter side of the map."""
        return min(self.sides)

    @property
    def square(self) -> bool:
        """Whether the map is as high as it is wide."""
        height, width = self.sides
        return height == width

    def conv(self, channels: int, kernel: int = 3, padding: int = 0) -> None:
        """Adds a convolution."""
        self.layers.append(Conv(channels, kernel, padding))
        height, width = self.sides
        self.sides = height + 2 * padding - kernel + 1, width + 2 * padding - kernel + 1

    def pool(self) -> None:
        """Adds a max pool."""
        self.layers.append(MaxPool())
        height, width = self.sides
        self.sides = height // 2, width // 2

    def follow(self, follower: Follower, *, drop: bool) -> None:
        """Adds what follows a convolution; with `drop`, a block's dropout too."""
        s = self.structure
        if follower == "bare":
            return
        if follower == "relu" or s.normalisation == "none":
            self.layers.append(Relu())
        else:
            self.layers += [BatchNorm(), Relu()] if s.normalisation == "bn relu" else [Relu(), BatchNorm()]
        if follower == "block" and drop and s.dropout != "none":
            self.layers.append((Dropout if s.dropout == "element" else MapDropout)(s.dropout_rate))

    def block(self, slot: str, *, padding: int, drop: bool) -> None:
        """Adds a 3x3 convolution with all that follows it."""
        self.conv(self.width(slot), padding=padding)
        self.follow("block", drop=drop)

    def mean(self) -> None:
        """Adds the mean over the map, cropped where that was chosen and the map is square and large enough."""
        crop = self.structure.mean_crop
        # A cropped mean is one window only where the map is more than twice as large as the crop.
        cropped = crop and self.square and self.shorter > 2 * crop
        self.layers.append(AvgPool(self.shorter - crop) if cropped else GlobalAvgPool())
        self.sides = 1, 1

    def head(self, classes: int, *, drop: bool) -> None:
        """Adds what makes logits of the map; with `drop`, the dropout of hidden convolutions too."""
        s = self.structure
        if s.head == "full map" and self.square:
            self.conv(classes, kernel=self.shorter)
        elif s.head.startswith("class maps"):
            self.conv(classes, kernel=3 if s.head == "class maps 3x3" and self.shorter >= 3 else 1)
            self.follow(s.head_dress, drop=False)
            self.mean()
        else:
            self.mean()
            for layer in range(1, s.hidden + 1):
                self.conv(self.width(f"hidden_{layer}"), kernel=1)
                self.follow(s.head_dress, drop=drop)
            self.conv(classes, kernel=1)


def _blocks_that_fit(s: Structure, side: int) -> tuple[int, set[int]]:
    """Counts the blocks behind the first pool that fit a map of shorter side `side`; names those before pools."""
    counts = (s.second_pool, s.third_pool, s.fourth_pool)
    wanted, pools = set(itertools.accumulate(count for count in counts if count)), set()
    for block in range(1, s.blocks_after_pool + 1):
        padded = s.padding == "all" or (s.padding == "last" and block == s.blocks_after_pool)
        if side < 3 and not padded:
            return block - 1, pools
        side -= 0 if padded else 2
        if block in wanted and side >= 4:
            pools.add(block)
            side //= 2
    return s.blocks_after_pool, pools
