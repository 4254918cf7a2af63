"""Follows an image through the layers of a network: the shape that each leaves, its cost, what it reads and sees."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from space.invalid import InvalidDesign
from space.layers import (
    Again,
    Branch,
    Concat,
    Conv,
    Flatten,
    Fork,
    Layer,
    LayerNorm,
    Linear,
    Mark,
    Own,
    PRelu,
    Shape,
    Skip,
    Sum,
)
from space.layers.seen import Seen
from space.layers.sides import LARGEST_SIDE

_BYTES = 4  # of one float32
_INPUT = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerCost:
    """A value that says what one layer makes of its input and what it costs.

    Attributes:
        token: The layer in the notation.
        shape: Channels, height, width that leave it; of a row of numbers how many, 1 and 1.
        parameters: Numbers it learns.
        macs: Multiply-adds for one image, of convolutions, fully connected layers and gates, without biases.
        receptive_field: Side, in input pixels, of what one element that leaves it has seen, not clipped
            to the image; the larger one where rows and columns differ.
        activation_bytes: Its input and output together for one float32 image, and what waits for the end of
            a block; 0 for a layer that works in place (normalisation, activation, dropout, gate, sum).
        fields: The receptive field along rows (its height) and along columns.
        reads: The places, from 1, of the layers whose outputs it is made of; 0 is the image. A mark where a block or
            a branch begins hands on what it reads.
        flat: Whether a row of numbers leaves it, and not maps.
    """

    token: str
    shape: Shape
    parameters: int
    macs: int
    receptive_field: int
    activation_bytes: int
    fields: tuple[int, int]
    reads: tuple[int, ...]
    flat: bool


def named(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Returns the layers' names in order: `conv1`, `bn1`, `relu1`, `conv2`, ..."""
    counts: dict[str, int] = {}
    names = []
    for layer in layers:
        counts[layer.kind] = counts.get(layer.kind, 0) + 1
        names.append(f"{layer.kind}{counts[layer.kind]}")
    return tuple(names)


@dataclass(frozen=True, slots=True)
class _Signal:
    """What is between two layers: its shape, what it sees, how far that reaches, and the place of its layer."""

    shape: Shape
    rows: Seen
    columns: Seen
    fields: tuple[int, int]
    flat: bool
    place: int

    def __str__(self) -> str:
        return f"{self.shape[0]} number{'s' * (self.shape[0] != 1)}" if self.flat else "x".join(map(str, self.shape))

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(slots=True)
class _Block:
    """A block that is open. branches: how many it has."""

    opened: int
    mark: Skip | Fork
    entered: _Signal
    branches: int
    ends: list[_Signal] = field(default_factory=list)  # of its branches that are whole
    began: int = 0  # the place of the mark where the branch that is open begins

    def waits(self) -> tuple[_Signal, ...]:
        """Returns what is needed after the branch that is open, and must be kept until then."""
        last = 1 < self.branches == len(self.ends) + 1
        return (*self.ends, *(() if last else (self.entered,)))


def _branches(layers: Sequence[Layer]) -> dict[int, int]:
    """Counts the branches of each block, by the place where it opens."""
    counts: dict[int, int] = {}
    opened: list[int] = []
    for place, layer in enumerate(layers, start=1):
        if isinstance(layer, Skip | Fork):
            opened.append(place)
            counts[place] = 1
        elif opened and isinstance(layer, Branch):
            counts[opened[-1]] += 1
        elif opened and isinstance(layer, Sum | Concat):
            opened.pop()
    return counts


class Trace:
    """An image on its way through a network.

    Attributes:
        costs: Of the layers that it has passed.
        seen: What the elements that leave each of them see, along rows and along columns.
    """

    def __init__(self, layers: Sequence[Layer], image: Shape) -> None:
        self.costs: list[LayerCost] = []
        self.seen: list[tuple[Seen, Seen]] = []
        if max(image[1:]) > LARGEST_SIDE:
            raise InvalidDesign(
                f"an image has at most {LARGEST_SIDE:,} rows and columns, not {max(image[1:]):,}; write its shape as "
                "channels, height and width, such as 3x32x32"
            )
        rows = Seen.of_image(image[1])
        columns = rows if image[1] == image[2] else Seen.of_image(image[2])
        self._signal = _Signal(image, rows, columns, (1, 1), flat=False, place=_INPUT)
        self._blocks: list[_Block] = []
        self._branches = _branches(layers)
        self._named: dict[str, tuple[Own, _Signal]] = {}
        for place, (layer, name) in enumerate(zip(layers, named(layers), strict=True), start=1):
            try:
                self._pass(place, layer, name)
            except InvalidDesign as error:
                raise InvalidDesign(f"layer {place} `{layer.token}`: {error}") from None
        if self._blocks:
            block = self._blocks[-1]
            closing = "]" if isinstance(block.mark, Skip) else "}"
            raise InvalidDesign(f"layer {block.opened} `{block.mark.token}`: no `{closing}` closes it")

    def _pass(self, place: int, layer: Layer, name: str) -> None:
        if isinstance(layer, Mark):
            self._mark(place, layer)
        elif isinstance(layer, Again):
            self._compute(place, layer, self._again(layer))
        else:
            self._named[name] = layer, self._signal
            self._compute(place, layer, layer)

    def _again(self, layer: Again) -> Own:
        """Returns the layer whose weights are used once more."""
        if layer.name not in self._named:
            weighty = [name for name, (own, came) in self._named.items() if own.parameters(came.shape)]
            known = f"with weights are {', '.join(weighty[:12])}" if weighty else "none before it has weights"
            raise InvalidDesign(f"no layer before it is called {layer.name}; {known}")
        own, came = self._named[layer.name]
        now = self._signal
        if not own.parameters(came.shape):
            raise InvalidDesign(f"{layer.name} has no weights to share; write `{own.token}`")
        if own == PRelu(one_slope=True):  # which fits whatever comes in
            return own
        fits = came.shape == now.shape if isinstance(own, LayerNorm) else came.shape[0] == now.shape[0]
        if not fits or came.flat != now.flat:
            raise InvalidDesign(f"the weights of {layer.name} are for {came}, and {now} comes in")
        return own

    def _compute(self, place: int, layer: Layer, own: Own) -> None:
        before = self._signal
        _check_form(own, before)
        shape = own.output(before.shape)
        rows, columns = own.seen(before.rows, before.columns)
        flat = before.flat or isinstance(own, Flatten)
        same = rows is before.rows and columns is before.columns
        fields = before.fields if same else _fields(rows, columns)
        self._signal = _Signal(shape, rows, columns, fields, flat=flat, place=place)
        learned = own.parameters(before.shape) if layer is own else 0
        self._add(layer, (before,), parameters=learned, macs=own.macs(before.shape), in_place=own.in_place)

    def _mark(self, place: int, layer: Mark) -> None:
        if isinstance(layer, Skip | Fork):
            self._blocks.append(_Block(place, layer, self._signal, self._branches[place], began=place))
            self._add(layer, (self._signal,))
            return
        if not self._blocks:
            opening = {Sum: "`[`", Concat: "`{`", Branch: "`[` or `{`"}[type(layer)]
            raise InvalidDesign(f"no {opening} opens it")
        block = self._blocks[-1]
        if block.began == place - 1:
            raise InvalidDesign(f"there is nothing between it and its `{'|' if block.ends else block.mark.token}`")
        if isinstance(layer, Branch):
            block.ends.append(self._signal)
            block.began = place
            self._signal = block.entered
            self._add(layer, (self._signal,))
            return
        if isinstance(block.mark, Skip) != isinstance(layer, Sum):
            closing = "]" if isinstance(block.mark, Skip) else "}"
            raise InvalidDesign(f"`{block.mark.token}` of layer {block.opened} is open, which `{closing}` closes")
        self._blocks.pop()
        self._close(place, layer, block)

    def _close(self, place: int, layer: Sum | Concat, block: _Block) -> None:
        last = self._signal
        if block.ends:
            parts = (*block.ends, last)
        else:
            parts = (last, block.entered) if isinstance(layer, Sum) else (block.entered, last)
        _check_parts(layer, block, parts)
        rows, columns = parts[0].rows, parts[0].columns
        for part in parts[1:]:
            square = rows is columns and part.rows is part.columns
            rows = rows.joined(part.rows)
            columns = rows if square else columns.joined(part.columns)
        channels = sum(part.shape[0] for part in parts) if isinstance(layer, Concat) else last.shape[0]
        shape = channels, *last.shape[1:]
        self._signal = _Signal(shape, rows, columns, _fields(rows, columns), flat=last.flat, place=place)
        self._add(layer, parts, in_place=isinstance(layer, Sum))

    def _add(
        self,
        layer: Layer,
        parts: tuple[_Signal, ...],
        *,
        parameters: int = 0,
        macs: int = 0,
        in_place: bool = True,
    ) -> None:
        """Notes the cost of the layer that made the present signal of those parts."""
        after = self._signal
        waiting = {signal.place: signal.size for block in self._blocks for signal in block.waits()}
        moves = after.place == len(self.costs) + 1
        held = 0  # numbers
        if not in_place or (moves and parts[0].place in waiting):
            held = after.size + sum((waiting | {part.place: part.size for part in parts}).values())
        self.seen.append((after.rows, after.columns))
        self.costs.append(
            LayerCost(
                token=layer.token,
                shape=after.shape,
                parameters=parameters,
                macs=macs,
                receptive_field=max(after.fields),
                activation_bytes=held * _BYTES,
                fields=after.fields,
                reads=tuple(part.place for part in parts),
                flat=after.flat,
            )
        )


def _fields(rows: Seen, columns: Seen) -> tuple[int, int]:
    side = rows.side
    return side, side if columns is rows else columns.side


def _check_form(layer: Own, before: _Signal) -> None:
    """Raises InvalidDesign where maps come to a layer of numbers, or numbers to one of maps."""
    if isinstance(layer, Linear) and not before.flat:
        raise InvalidDesign("maps come in, and it takes a row of numbers; put `flatten` before it")
    if before.flat and layer.needs_maps:
        instead = f"; behind `flatten` stands `fc{layer.channels}`" if isinstance(layer, Conv) else ""
        raise InvalidDesign(f"a row of numbers comes in, and it takes maps{instead}")


def _check_parts(layer: Sum | Concat, block: _Block, parts: tuple[_Signal, ...]) -> None:
    """Raises InvalidDesign where what leaves the branches of a block does not fit together."""
    forms = {(part.shape[isinstance(layer, Concat) :], part.flat) for part in parts}
    if len(forms) == 1:
        return
    listed = ", ".join(map(str, parts))
    if isinstance(layer, Concat):
        raise InvalidDesign(
            f"the parts of a dense block must be as high and wide as one another, and are {listed}; pad what stands "
            f"in the block, as `c8k3p1` is"
        )
    if block.ends:
        raise InvalidDesign(f"the branches of a residual block must leave the same shape, and leave {listed}")
    raise InvalidDesign(
        f"a residual block must keep the shape, {block.entered} comes in at layer {block.opened} `[` and {parts[0]} "
        f"here; a shortcut that changes it stands behind `|`, as in `[ c16k3p1 | c16k1 ]`"
    )
