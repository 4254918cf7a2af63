"""A network drawn layer by layer, as SVG that stands within a page."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from textwrap import wrap

from results.wording.layers import details, following, title
from space.architecture import Architecture, LayerCost
from space.layers import (
    AdaptiveAvgPool,
    Again,
    AvgPool,
    Branch,
    Concat,
    Conv,
    Fork,
    GlobalAvgPool,
    Layer,
    Linear,
    MaxPool,
    Own,
    Shape,
    Skip,
    Sum,
)

_WIDTH = 340  # of the drawing, in the units of its letters, so that a phone shows them at their size
_MIDDLE = _WIDTH // 2
_INSET = 16  # by which a residual block stands within what holds it
_LINE, _GAP, _PAD = 18, 14, 8  # heights: of a line of text, between boxes, within them
_LARGEST_MAP = 32  # height or width of one as drawn; larger images are scaled, and their maps with them
_LETTER = 6.5  # width of one, at most


@dataclass(frozen=True, kw_only=True, slots=True)
class _Box:
    """A layer that moves or adds, with the element-wise layers that follow it.

    Attributes:
        kind: Its class in the page's style: conv, pool, sum or act; cat where maps are put together.
        details: What the title leaves out, and what follows, in words.
        fields: What one element sees, along rows and columns.
        depth: Blocks that it stands in.
        parts: Whether the part of the drawing ends before it.
    """

    kind: str
    title: str
    details: tuple[str, ...]
    shape: Shape
    parameters: int
    fields: tuple[int, int]
    depth: int
    parts: bool = False

    def followed_by(self, words: str, cost: LayerCost) -> "_Box":
        """Returns the box with one more element-wise layer in it."""
        return replace(self, details=(*self.details, words), parameters=self.parameters + cost.parameters)


@dataclass(slots=True)
class _Block:
    """A block that is being drawn: how far down it begins, where in its part, and where its branches end."""

    top: int
    place: int
    branches: list[int] = field(default_factory=list)


def draw(architecture: Architecture) -> list[str]:
    """Draws the network from top to bottom, an SVG image for each part between max pools.

    A layer is a box with shape, parameters and receptive field; blocks are framed, with a line on the left from what
    comes in to where it is added or a branch begins, and one on the right from where a branch ends. Colours are the
    page's, by class.
    """
    parts: list[list[str]] = [[]]
    image = _Box(
        kind="input", title="Image", details=(), shape=architecture.image, parameters=0, fields=(1, 1), depth=0
    )
    scale = min(1.0, _LARGEST_MAP / max(architecture.image[1:]))
    ends = [_put(parts[0], image, 1, scale)]
    opened: list[_Block] = []
    for step in _steps(architecture):
        part, y = parts[-1], ends[-1]
        if isinstance(step, Skip | Fork):
            opened.append(_Block(y, len(part)))
            part.append(f'<path class="flow" d="M{_MIDDLE} {y}v{_GAP}"/>')
            ends[-1] += _GAP
        elif isinstance(step, Branch):
            opened[-1].branches.append(y)
            left, ends[-1] = (len(opened) - 1) * _INSET, y + 2 * _GAP
            around = f"M{_MIDDLE} {opened[-1].top + 3}H{left + 4}V{ends[-1]}H{_MIDDLE}"
            part.append(f'<path class="flow" d="{around}"/>')
        elif step.kind in ("sum", "cat"):
            ends[-1] = _put_end(part, step, y, opened.pop())
        elif step.parts and not opened:
            parts.append([])
            ends.append(_put(parts[-1], step, 0, scale))
        else:
            ends[-1] = _put(part, step, y, scale)
    return [
        f'<svg class="diagram" viewBox="0 0 {_WIDTH} {end + 1}" role="img" '
        f'aria-label="Layers of the network, part {number} of {len(parts)}">{"".join(part)}</svg>'
        for number, (part, end) in enumerate(zip(parts, ends, strict=True), start=1)
    ]


def _steps(architecture: Architecture) -> Iterator[_Box | Skip | Fork | Branch]:
    """Yields boxes, and marks where a block or a branch begins."""
    box: _Box | None = None
    depth = 0
    rows = zip(architecture.layers, architecture.meant, architecture.incoming, architecture.costs, strict=True)
    for layer, own, (incoming, _), cost in rows:
        words = following(own)
        if words and box:
            box = box.followed_by(f"{words}{_of(layer)}", cost)
            continue
        if box:
            yield box
            box = None
        if isinstance(own, Skip | Fork | Branch):
            depth += not isinstance(own, Branch)
            yield own
            continue
        depth -= isinstance(own, Sum | Concat)
        kind, named, more = _what(own, incoming, cost)
        box = _Box(
            kind=kind,
            title=named,
            details=(*more, *([_of(layer).strip(" ()")] if isinstance(layer, Again) else [])),
            shape=cost.shape,
            parameters=cost.parameters,
            fields=cost.fields,
            depth=depth,
            parts=isinstance(own, MaxPool),
        )
    if box:
        yield box


def _of(layer: Layer) -> str:
    """Says whose weights a use has; empty where they are its own."""
    return f" (weights of {layer.name})" if isinstance(layer, Again) else ""


def _what(layer: Own | Sum | Concat, incoming: Shape, cost: LayerCost) -> tuple[str, str, tuple[str, ...]]:
    """Returns a box's kind, its title, and what the title leaves out."""
    match layer:
        case Sum():
            return "sum", "Sum", ()
        case Concat():
            return "cat", "Together", (f"together {cost.shape[0]} maps",)
        case Conv() | Linear():
            kind = "conv"
        case MaxPool() | AvgPool() | AdaptiveAvgPool() | GlobalAvgPool():
            kind = "pool"
        case _:
            kind = "act"
    return kind, title(layer), details(layer, incoming)


def _put(parts: list[str], box: _Box, y: int, scale: float) -> int:
    """Draws a box below `y` with the arrow that leads to it, maps at that scale; returns where it ends."""
    if box.kind != "input":
        parts.append(_arrow(y))
        y += _GAP
    left = box.depth * _INSET
    width = _WIDTH - 2 * left
    text = left + 48
    lines = [("title", box.title)]
    details = " · ".join(box.details)
    lines += [("quiet", line) for line in wrap(details, int((width - 56) / _LETTER), break_on_hyphens=False)]
    lines.append(("detail", _facts(box)))
    height = 2 * _PAD + _LINE * len(lines)
    parts.append(
        f'<rect class="box {box.kind}" x="{left + 1}" y="{y}" width="{width - 2}" height="{height}" rx="6"/>'
    )
    down, across = (max(3, scale * side) for side in box.shape[1:])
    corner = left + 24 - across / 2, y + height / 2 - down / 2
    parts.append(f'<rect class="map" x="{corner[0]:g}" y="{corner[1]:g}" width="{across:g}" height="{down:g}"/>')
    for number, (kind, line) in enumerate(lines):
        parts.append(f'<text class="{kind}" x="{text}" y="{y + _PAD + 13 + _LINE * number}">{escape(line)}</text>')
    return y + height


def _facts(box: _Box) -> str:
    """Tells a box's shape, parameters and receptive field."""
    shape = "×".join(map(str, box.shape))
    if box.kind == "input":
        return f"{shape} pixels"
    many = f" · {box.parameters:,} param." if box.parameters else ""
    return f"{shape}{many} · sees {box.fields[0]}×{box.fields[1]}"


def _put_end(parts: list[str], box: _Box, y: int, block: _Block) -> int:
    """Frames a block that goes down to `y`, and adds or puts together what leaves it; returns where that ends."""
    left, end = box.depth * _INSET, y + _GAP
    beside = left + 14 if block.branches else _MIDDLE + 16
    lines = wrap(" · ".join(box.details), int((_MIDDLE - 16 - beside) / _LETTER) if block.branches else 24)
    plus = end + max(20, _LINE * len(lines) // 2)
    inner = (
        f'x="{left + 9}" y="{block.top + 7}" width="{_WIDTH - 2 * left - 18}" height="{end - block.top - 7}" rx="8"'
    )
    framing = [f'<rect class="frame" {inner}/>']
    if not block.branches:
        around = f"M{_MIDDLE} {block.top + 3}H{left + 4}V{plus}H{_MIDDLE - 10}"
        framing.append(f'<path class="flow" d="{around}"/>')
    parts[block.place : block.place] = framing
    parts += [
        f'<path class="flow" d="M{_MIDDLE} {below}v{_GAP // 2}H{_WIDTH - left - 4}V{plus}H{_MIDDLE + 10}"/>'
        for below in block.branches
    ]
    parts.append(
        f'<path class="flow" d="M{_MIDDLE} {y}V{plus - 10}"/><circle class="sum" cx="{_MIDDLE}" cy="{plus}" r="9"/>'
    )
    strokes = f"M{_MIDDLE - 5} {plus}h10M{_MIDDLE} {plus - 5}v10"
    if box.kind == "cat":
        strokes = f"M{_MIDDLE - 3} {plus - 5}v10M{_MIDDLE + 3} {plus - 5}v10"
    parts.append(f'<path class="sign" d="{strokes}"/>')
    for number, line in enumerate(lines):
        at = plus + 4 + _LINE * number - _LINE * (len(lines) - 1) // 2
        parts.append(f'<text class="quiet" x="{beside}" y="{at}">{escape(line)}</text>')
    return 2 * plus - end - 10


def _arrow(y: int) -> str:
    """Draws an arrow down from `y` over the gap between boxes."""
    return f'<path class="flow" d="M{_MIDDLE} {y}v{_GAP - 3}m-4 -4l4 4l4 -4"/>'
