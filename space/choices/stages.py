"""`Stages`: networks of residual blocks, dense or depthwise-separable, in stages parted by pools."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from space.architecture import Architecture
from space.invalid import InvalidDesign
from space.layers import BatchNorm, Conv, GlobalAvgPool, Layer, MaxPool, Relu, Shape, Skip, Sum

Kind = Literal["dense", "separable"]
Entry = Literal["dense", "separable", "pointwise"]
Order = Literal["norm act", "act norm"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stages:
    """A value that shapes a network of residual stages; each field has its range in `space.choices.choices`.

    A stage is an entry, which sets the width, and residual blocks, which keep it; a max pool stands between two
    stages. The first begins with a 3x3 convolution (the stem), which is its entry where entries stand before pools.

    Attributes:
        stages: How many.
        blocks_1: Residual blocks of the first stage, and so on; at least one behind a pool that follows an entry.
        block: What a residual block convolves with: 3x3, or 3x3 depthwise and then 1x1 across the maps
            (depthwise-separable; Chollet, arXiv 1610.02357).
        convolutions: How many of these one residual block has, 1 or 2.
        entry: What a stage begins with, the first after its stem.
        pool: Whether a pool stands before the entry of the next stage or after it.
        entry_padding: Whether an entry's convolution keeps the map's side.
        stem_padding: Whether the stem does.
        depthwise: Side of the map-by-map convolutions.
        between: What stands between the two convolutions of a separable one: nothing, normalisation, or that and
            an activation.
        order: Of normalisation and activation.
        sum_first: Whether a block's last activation follows the sum, as in He et al. (arXiv 1512.03385), instead
            of preceding it.
        blur: Whether max pools are blurred (`space.layers.MaxPool`).
    """

    stages: Literal[2, 3, 4, 5]
    blocks_1: int
    blocks_2: int
    blocks_3: int
    block: Kind
    convolutions: Literal[1, 2]
    entry: Entry
    pool: Literal["before entry", "after entry"]
    entry_padding: bool
    stem_padding: bool
    depthwise: Literal[3, 5]
    between: Literal["nothing", "norm", "norm act"]
    order: Order
    sum_first: bool
    blur: bool
    blocks_4: int = 0
    blocks_5: int = 0

    def assemble(self, width: Callable[[str], int], *, image: Shape, classes: int) -> Architecture:
        """Builds the network, asking `width` for the maps of `stem`, `stage_1`, `stage_2` and so on.

        What does not fit the map is left out rather than refused: a stem or an entry larger than its map is padded, a
        stage on a map below 2x2 is none.
        """
        side = min(image[1:])
        stem_padding = self.stem_padding or side < 3
        layers: list[Layer] = [Conv(width("stem"), 3, int(stem_padding)), *self._norm_and_activation()]
        side -= 0 if stem_padding else 2
        channels, early = width("stem"), self.pool == "before entry"
        for stage in range(1, self.stages + 1):
            if stage > 1 and side < 4 + self.blur:
                break
            if stage > 1 and early:
                layers.append(MaxPool(blur=self.blur))
                side = (side - self.blur) // 2
            if stage > 1 or early:
                kernel = {"dense": 3, "separable": self.depthwise, "pointwise": 1}[self.entry]
                padded = self.entry_padding or side < kernel + 2 * (not early)  # which leaves enough for the pool
                maps = width(f"stage_{stage}")
                layers += self._convolution(self.entry, channels, maps, padded=padded) + self._norm_and_activation()
                side -= 0 if padded else kernel - 1
                channels = maps
            if stage > 1 and not early:
                layers.append(MaxPool(blur=self.blur))
                side = (side - self.blur) // 2
            least = int(stage > 1 and not early)  # or a pool stood before the head
            for _ in range(max(least, getattr(self, f"blocks_{stage}"))):
                layers += self._block(channels)
        return Architecture((*layers, GlobalAvgPool(), Conv(classes, 1)), image)

    def _norm_and_activation(self) -> list[Layer]:
        """Returns what follows a convolution, in the order chosen."""
        return [BatchNorm(), Relu()] if self.order == "norm act" else [Relu(), BatchNorm()]

    def _block(self, maps: int) -> list[Layer]:
        """Returns the layers of a residual block of that many maps."""
        inner: list[Layer] = []
        for _ in range(self.convolutions):
            inner += self._convolution(self.block, maps, maps, padded=True) + self._norm_and_activation()
        if not self.sum_first:
            return [Skip(), *inner, Sum()]
        inner.pop(len(inner) - 1 - inner[::-1].index(Relu()))
        return [Skip(), *inner, Sum(), Relu()]

    def _convolution(self, kind: Entry, channels: int, maps: int, *, padded: bool) -> list[Layer]:
        """Returns the layers of one convolution of that kind."""
        if kind == "dense":
            return [Conv(maps, 3, int(padded))]
        if kind == "pointwise":
            return [Conv(maps, 1)]
        middle = {"nothing": [], "norm": [BatchNorm()], "norm act": self._norm_and_activation()}[self.between]
        side = self.depthwise
        return [Conv(channels, side, side // 2 if padded else 0, groups=channels), *middle, Conv(maps, 1)]

    def simpler(self) -> Iterator["Stages"]:
        """Yields this, then what it becomes by giving up one thing after another, down to the smallest there is."""
        s = self
        yield s
        for change in (
            {"convolutions": 1},
            *({f"blocks_{n}": 0} for n in (1, 2, 3, 4, 5)),
            {"stages": 2},
            {
                "entry": "separable",
                "pool": "before entry",
                "depthwise": 3,
                "between": "nothing",
                "entry_padding": False,
                "stem_padding": False,
                "blur": False,
            },
        ):
            s = replace(s, **change)
            yield s

    def leaner(self) -> Iterator["Stages"]:
        """Yields this, then what it becomes by giving up what takes multiply-adds and has few parameters, down to
        separable convolutions in three stages, the first without a block."""
        s = self
        yield s
        for change in (
            {"stem_padding": False},
            {"entry_padding": False},
            *({"blocks_1": blocks} for blocks in range(s.blocks_1 - 1, -1, -1)),
            {"pool": "before entry"},
            {"stages": max(3, s.stages)},
            {"entry": "separable"},
            {"block": "separable"},
            {"convolutions": 1},
        ):
            leaner = replace(s, **change)
            if leaner != s:
                yield (s := leaner)


def stages_of(architecture: Architecture) -> tuple[Stages, dict[str, int]]:
    """Finds the stages and the widths by slot that assemble into `architecture`.

    Raises:
        InvalidDesign: There are none.
    """
    stages, widths = _read(architecture.layers)
    try:
        rebuilt = stages.assemble(lambda slot: widths[slot], image=architecture.image, classes=architecture.classes)
    except (InvalidDesign, KeyError):
        rebuilt = None
    if rebuilt != architecture:
        raise InvalidDesign(f"the search space has no network `{architecture.notation}`")
    return stages, widths


def _read(layers: tuple[Layer, ...]) -> tuple[Stages, dict[str, int]]:
    """Finds the stages that `layers` most likely are; the caller compares what they assemble into."""
    parts: list[list[Layer]] = [[]]
    for layer in layers[:-2]:  # without the head
        if isinstance(layer, MaxPool):
            parts.append([])
        else:
            parts[-1].append(layer)
    stem, *rest = parts[0] or [Relu()]
    if not isinstance(stem, Conv) or not 2 <= len(parts) <= 5:
        raise InvalidDesign("a network in stages begins with a convolution and has one to four max pools")
    late = not all(map(_convolutions, map(_before_blocks, parts[1:]))) or not _convolutions(_before_blocks(rest[2:]))
    entries = (
        [_after_blocks(part) for part in (rest[2:], *parts[1:-1])]
        if late
        else [_before_blocks(part) for part in (rest[2:], *parts[1:])]
    )
    blocks = [_inside_blocks(part) for part in parts]
    convs = [_convolutions(entry) for entry in entries]
    if not all(convs):
        raise InvalidDesign("every stage but the first has an entry")
    first = convs[0]
    inner = next((block for several in blocks for block in several), [])
    inner_convs, every = _convolutions(inner), _convolutions(list(layers))
    separable = any(conv.groups > 1 for conv in inner_convs)
    middle = entries[0] if len(convs[0]) > 1 else inner if separable else []
    after = next(iter(layers[layers.index(Sum()) + 1 :]), None) if Sum() in layers else None
    widths = {f"stage_{n}": conv[-1].channels for n, conv in enumerate(convs, start=2 if late else 1)}
    widths["stem"] = stem.channels
    kinds = {(True, False): "separable", (False, True): "pointwise", (False, False): "dense"}
    counts = [len(several) for several in blocks] + [0, 0, 0]
    stages = Stages(
        stages=len(parts),  # type: ignore[arg-type]
        blocks_1=counts[0],
        blocks_2=counts[1],
        blocks_3=counts[2],
        blocks_4=counts[3],
        blocks_5=counts[4],
        block="separable" if separable else "dense",
        convolutions=2 if len(inner_convs) > (2 if separable else 1) else 1,
        entry=kinds[len(first) > 1, len(first) == 1 and first[0].kernel == 1],  # type: ignore[arg-type]
        pool="after entry" if late else "before entry",
        entry_padding=bool(first[0].padding),
        stem_padding=bool(stem.padding),
        depthwise=next((conv.kernel for conv in every if conv.groups > 1 and isinstance(conv.kernel, int)), 3),  # type: ignore[arg-type]
        between=_between(middle),
        order="norm act" if rest and rest[0] == BatchNorm() else "act norm",
        sum_first=after == Relu(),
        blur=MaxPool(blur=True) in layers,
    )
    return stages, widths


def _convolutions(layers: list[Layer]) -> list[Conv]:
    """Returns the convolutions among the layers."""
    return [layer for layer in layers if isinstance(layer, Conv)]


def _after_blocks(part: list[Layer]) -> list[Layer]:
    """Returns what follows the last residual block; all where there is none."""
    return part[len(part) - part[::-1].index(Sum()) :] if Sum() in part else part


def _before_blocks(part: list[Layer]) -> list[Layer]:
    """Returns what precedes the first residual block; all where there is none."""
    return part[: part.index(Skip())] if Skip() in part else part


def _inside_blocks(part: list[Layer]) -> list[list[Layer]]:
    """Returns the layers of each residual block."""
    blocks: list[list[Layer]] = []
    inside = False
    for layer in part:
        if isinstance(layer, Skip):
            inside = True
            blocks.append([])
        elif isinstance(layer, Sum):
            inside = False
        elif inside:
            blocks[-1].append(layer)
    return blocks


def _between(layers: list[Layer]) -> Literal["nothing", "norm", "norm act"]:
    """Says what stands between a depthwise convolution and the 1x1 convolution behind it."""
    places = [place for place, layer in enumerate(layers) if isinstance(layer, Conv)][:2]
    between = layers[places[0] + 1 : places[1]] if len(places) == 2 else []
    return "nothing" if not between else "norm" if len(between) == 1 else "norm act"
