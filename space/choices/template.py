"""`Template`: layers of somebody's own in the notation, some of whose widths are free.

In a template `?` stands for a number that is found: behind `c` and `fc` it is a width, the same everywhere where the
network needs the same (what a residual block adds up, the branches that it joins); behind `g` of a convolution it is
as many groups as maps come in, and as many maps leave; behind `gn` it is a group a map, and behind `se` a quarter of
the maps. A template that ends in maps is followed by `gap cNk1`, and one that ends in `flatten` by `fcN`; of others
the last width is the number of classes.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from space.architecture import Architecture
from space.choices.maps import Maps, divide, unify
from space.choices.widths import NARROWEST
from space.invalid import InvalidDesign
from space.layers import (
    Again,
    Branch,
    Conv,
    Flatten,
    Fork,
    GlobalAvgPool,
    GroupNorm,
    Layer,
    LayerNorm,
    Linear,
    Mark,
    PRelu,
    Shape,
    Skip,
    SqueezeExcite,
    Sum,
)
from space.notation import parse_layers
from space.tracing import named

_SQUEEZED = 4  # times as many maps as a squeeze-excite gate has between its convolutions
_MOST = 120  # layers, so that proposals are made as quickly as others


@dataclass(frozen=True, slots=True)
class Template:
    """A value that stands for all networks with these layers; raises InvalidDesign where a token is none.

    text: In the notation, with `?` for what is free.
    """

    text: str

    def __post_init__(self) -> None:
        _parts(self.text)

    def assemble(self, width: Callable[[str], int], *, image: Shape, classes: int) -> Architecture:
        """Builds the network, asking `width` for the maps of `free_1`, `free_2` and so on.

        A width is rounded to what the groups of its layers divide.

        Raises:
            InvalidDesign: It is none for such images and so many classes.
        """
        return _bound(self.text, image, classes).network(width)

    def simpler(self) -> Iterator["Template"]:
        """Yields this: there is nothing to give up."""
        yield self

    def leaner(self) -> Iterator["Template"]:
        """Yields this, unless gates or groups round its widths, so that costs are no polynomials of them."""
        layers = [part.layer for part in _parts(self.text) if not part.each]
        divided = any(layer.groups > 1 for layer in layers if isinstance(layer, Conv | GroupNorm))
        if not divided and not any(isinstance(layer, SqueezeExcite) for layer in layers):
            yield self

    def slots(self, image: Shape, classes: int) -> tuple[str, ...]:
        """Names its free widths; raises InvalidDesign where some of them make no network."""
        return _bound(self.text, image, classes).checked

    def widths_of(self, architecture: Architecture) -> dict[str, int]:
        """Finds the widths by slot that assemble into `architecture`.

        Raises:
            InvalidDesign: There are none.
        """
        bound = _bound(self.text, architecture.image, architecture.classes)
        widths = bound.read(architecture.layers)
        if bound.network(lambda slot: widths.get(slot, 1)) != architecture:
            raise InvalidDesign(f"the template `{self.text}` has no network `{architecture.notation}`")
        return widths


@dataclass(frozen=True, slots=True)
class _Part:
    """One layer of a template. free: whether its width is; each: whether it has as many groups as maps."""

    layer: Layer
    free: bool
    each: bool


@lru_cache(maxsize=256)
def _parts(text: str) -> tuple[_Part, ...]:
    """Reads the layers; raises InvalidDesign, which names the layer by its place, from 1."""
    tokens = text.split()
    if len(tokens) > _MOST:
        raise InvalidDesign(f"a template has at most {_MOST} layers, not {len(tokens)}")
    plain = []
    for place, token in enumerate(tokens, start=1):
        groups = re.search(r"g(\d{1,9})", token)
        read = re.sub(r"^(c|fc|se|gn)\?", rf"\g<1>{groups[1] if groups else 1}", token, flags=re.ASCII)
        read = re.sub(r"^(c\d.*)g\?", r"\1g1", read, flags=re.ASCII)
        if "?" in read:
            raise InvalidDesign(
                f"layer {place} `{token[:40]}`: `?` stands for the number behind `c`, `fc`, `se` or `gn`, or behind "
                f"the `g` of a convolution"
            )
        plain.append(read)
    layers = parse_layers(" ".join(plain))
    return tuple(
        _Part(layer, free=bool(re.match(r"(c|fc|se|gn)\?", token)), each="g?" in token)
        for layer, token in zip(layers, tokens, strict=True)
    )


@dataclass(slots=True)
class _Now:
    """What is between two layers: its maps, and the rows and columns of each."""

    maps: Maps
    sides: tuple[int, int]


@dataclass(slots=True)
class _Block:
    """A block that is open. ends: of its branches that are whole."""

    entered: _Now
    ends: list[_Now] = field(default_factory=list)


class _Bound:
    """A template for images of one shape and one number of classes."""

    def __init__(self, text: str, image: Shape, classes: int) -> None:
        self._image, self._classes, self._parts = image, classes, list(_parts(text))
        self._widths: list[tuple[Maps, Maps]] = []  # that come in and leave, of each layer
        self._named: dict[str, tuple[_Part, tuple[Maps, Maps]]] = {}
        self._blocks: list[_Block] = []
        self._now = _Now(Maps(number=image[0]), (image[1], image[2]))
        names = named([part.layer for part in self._parts])
        for place, (part, name) in enumerate(zip(self._parts, names, strict=True), start=1):
            self._pass(place, part, name)
        for part in self._head() if not self._blocks else ():
            self._parts.append(part)
            self._pass(len(self._parts), part, "")
        unify(self._now.maps, Maps(number=classes))
        every = dict.fromkeys(leaf for pair in self._widths for maps in pair for leaf in maps.leaves())
        for number, maps in enumerate(every, start=1):
            maps.slot = f"free_{number}"
        self._units = {maps.slot: maps.unit for maps in every}

    def _head(self) -> tuple[_Part, ...]:
        """Returns what follows a template that does not say itself how its maps become the classes."""
        if self._now.sides != (1, 1):
            return _Part(GlobalAvgPool(), free=False, each=False), _Part(Conv(1, 1), free=True, each=False)
        mixing = [part.layer for part in self._parts if isinstance(part.layer, Conv | Linear | Flatten)]
        return (_Part(Linear(1), free=True, each=False),) if mixing and isinstance(mixing[-1], Flatten) else ()

    def _pass(self, place: int, part: _Part, name: str) -> None:
        before, layer = self._now, part.layer
        if isinstance(layer, Mark):
            self._mark(layer)
        elif isinstance(layer, Again):
            if layer.name in self._named:
                own, (came, left) = self._named[layer.name]
                if own.layer != PRelu(one_slope=True):  # which fits whatever comes in
                    unify(came, before.maps)
                    self._now = _Now(left, self._sides(place, own.layer))
        else:
            self._now = _Now(self._leaves(part), self._sides(place, layer))
            self._named[name] = part, (before.maps, self._now.maps)
        self._widths.append((before.maps, self._now.maps))

    def _sides(self, place: int, layer: Layer) -> tuple[int, int]:
        if isinstance(layer, Mark | Again | LayerNorm):
            return self._now.sides
        try:
            _, height, width = layer.output((2 * getattr(layer, "groups", 1), *self._now.sides))
        except InvalidDesign as error:
            raise InvalidDesign(f"layer {place} `{layer.token}`: {error}") from None
        return height, width

    def _leaves(self, part: _Part) -> Maps:
        """Returns the maps that leave a layer."""
        came, layer = self._now.maps, part.layer
        if isinstance(layer, Conv):
            left = Maps() if part.free else Maps(number=layer.channels)
            if part.each:
                unify(left, came)
            else:
                divide(came, layer.groups)
                divide(left, layer.groups)
            return left
        if isinstance(layer, Linear):
            return Maps() if part.free else Maps(number=layer.features)
        if isinstance(layer, Flatten):
            return Maps(parts=(came,), times=math.prod(self._now.sides))
        if isinstance(layer, GroupNorm) and not part.free:
            divide(came, layer.groups)
        return came

    def _mark(self, layer: Mark) -> None:
        now = self._now
        if isinstance(layer, Skip | Fork):
            self._blocks.append(_Block(now))
        elif self._blocks and isinstance(layer, Branch):
            self._blocks[-1].ends.append(now)
            self._now = self._blocks[-1].entered
        elif self._blocks:
            block = self._blocks.pop()
            ends = [*block.ends, now] if block.ends else [block.entered, now]
            if isinstance(layer, Sum):
                for end in ends[:-1]:
                    unify(end.maps, now.maps)
            else:
                self._now = _Now(Maps(parts=tuple(end.maps for end in ends)), now.sides)

    @cached_property
    def _fixed(self) -> tuple[bool, ...]:
        return tuple(not part.free and not part.each for part in self._parts)

    @cached_property
    def checked(self) -> tuple[str, ...]:
        """The free widths in the order of the layers; raises InvalidDesign where some of them make no network.

        What must be equal is a sum of widths, so that it is whatever they are where it is with each alone wider.
        """
        narrow = dict.fromkeys(self._units, NARROWEST)
        self.network(narrow.__getitem__)
        for slot, unit in self._units.items():
            self.network((narrow | {slot: NARROWEST + 2 * unit}).__getitem__)
        return tuple(self._units)

    def network(self, width: Callable[[str], int]) -> Architecture:
        """Builds the network of these widths; raises InvalidDesign."""
        known: dict[Maps, int] = {}
        layers = (
            part.layer if fixed else _made(part, came.value(width, known), left.value(width, known))
            for part, fixed, (came, left) in zip(self._parts, self._fixed, self._widths, strict=True)
        )
        network = Architecture(tuple(layers), self._image)
        if network.classes != self._classes:
            raise InvalidDesign(
                f"it leaves {network.classes} number{'s' * (network.classes != 1)}, and there are {self._classes} "
                "classes; write `?` for the last width"
            )
        return network

    def read(self, layers: tuple[Layer, ...]) -> dict[str, int]:
        """Reads the widths of a network's layers, as far as they are like these."""
        widths: dict[str, int] = {}
        for part, layer, (_, left) in zip(self._parts, layers, self._widths, strict=False):
            if (slot := left.root().slot) and part.free and isinstance(layer, Conv | Linear):
                widths[slot] = layer.channels if isinstance(layer, Conv) else layer.features
        return widths


def _made(part: _Part, came: int, left: int) -> Layer:
    """Returns the layer of a part between so many maps."""
    layer = part.layer
    match layer:
        case Conv():
            return replace(layer, channels=left, groups=came if part.each else layer.groups)
        case Linear():
            return replace(layer, features=left)
        case GroupNorm():
            return GroupNorm(came)
        case SqueezeExcite():
            return replace(layer, squeezed=max(1, round(came / _SQUEEZED)))
        case _:
            return layer


@lru_cache(maxsize=256)
def _bound(text: str, image: Shape, classes: int) -> _Bound:
    return _Bound(text, image, classes)
