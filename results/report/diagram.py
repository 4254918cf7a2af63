"""A network drawn layer by layer, as SVG that stands within a page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from textwrap import wrap
from typing import assert_never

from space.architecture import Architecture, LayerCost
from space.layers import (
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GhostBatchNorm,
    GlobalAvgPool,
    Layer,
    MapDropout,
    MaxPool,
    PRelu,
    Relu,
    Shape,
    Silu,
    Skip,
    Sum,
)

_WIDTH = 340  # of the drawing, in the units of its letters, so that a phone shows them at their size
_MIDDLE = _WIDTH // 2
_INSET = 16  # by which a residual block stands within what holds it
_LINE, _GAP, _PAD = 18, 14, 8  # heights: of a line of text, between boxes, within them
_LARGEST_MAP = 32  # height or width of one as drawn; larger images are scaled, and their maps with them
_MAX_POOL = "2×2 max pool"
_LETTER = 6.5  # width of one, at most


@dataclass(frozen=True, kw_only=True, slots=True)
class _Box:
    """A layer that moves or adds, with the element-wise layers that follow it.

    Attributes:
        kind: Its class in the page's style: conv, pool, sum or act.
        details: What the title leaves out, and what follows, in words.
        depth: Residual blocks that it stands in.
    """

    kind: str
    title: str
    details: tuple[str, ...]
    shape: Shape
    parameters: int
    field: int
    depth: int

    def followed_by(self, words: str, cost: LayerCost) -> "_Box":
        """Returns the box with one more element-wise layer in it."""
        return replace(self, details=(*self.details, words), parameters=self.parameters + cost.parameters)


def draw(architecture: Architecture) -> list[str]:
    """Draws the network from top to bottom, an SVG image for each part between max pools.

    A layer is a box with shape, parameters and receptive field; residual blocks are framed, with a line around them
    to where they are added. Colours are the page's, by class.
    """
    parts: list[list[str]] = [[]]
    image = _Box(kind="input", title="Image", details=(), shape=architecture.image, parameters=0, field=1, depth=0)
    scale = min(1.0, _LARGEST_MAP / max(architecture.image[1:]))
    ends = [_put(parts[0], image, 1, scale)]
    opened: list[tuple[int, int]] = []  # where residual blocks begin: how far down, and in the part's list
    for step in _steps(architecture):
        part, y = parts[-1], ends[-1]
        if step is None:
            opened.append((y, len(part)))
            part.append(f'<path class="flow" d="M{_MIDDLE} {y}v{_GAP}"/>')
            ends[-1] += _GAP
        elif step.kind == "sum":
            ends[-1] = _put_sum(part, step, y, *opened.pop())
        elif step.title == _MAX_POOL and not opened:
            parts.append([])
            ends.append(_put(parts[-1], step, 0, scale))
        else:
            ends[-1] = _put(part, step, y, scale)
    return [
        f'<svg class="diagram" viewBox="0 0 {_WIDTH} {end + 1}" role="img" '
        f'aria-label="Layers of the network, part {number} of {len(parts)}">{"".join(part)}</svg>'
        for number, (part, end) in enumerate(zip(parts, ends, strict=True), start=1)
    ]


def _steps(architecture: Architecture) -> Iterator[_Box | None]:
    """Yields boxes, and None where a residual block begins."""
    box: _Box | None = None
    depth = 0
    incoming = architecture.image
    for layer, cost in zip(architecture.layers, architecture.costs, strict=True):
        words = _words(layer)
        if words and box:
            box = box.followed_by(words, cost)
            continue
        if box:
            yield box
            box = None
        if isinstance(layer, Skip):
            depth += 1
            yield None
            continue
        depth -= isinstance(layer, Sum)
        kind, title, details = _what(layer, incoming)
        box = _Box(
            kind=kind,
            title=title,
            details=details,
            shape=cost.shape,
            parameters=cost.parameters,
            field=cost.receptive_field,
            depth=depth,
        )
        incoming = cost.shape
    if box:
        yield box


def _words(layer: Layer) -> str:
    """Tells an element-wise layer in words; empty for one that has a box of its own."""
    match layer:
        case Relu() | PRelu() | Silu():
            return layer.token
        case BatchNorm():
            return "batch norm"
        case GhostBatchNorm(images):
            return f"batch norm by {images} images"
        case Dropout(rate):
            return f"dropout {100 * rate:.3g} %"
        case MapDropout(rate):
            return f"dropout of maps {100 * rate:.3g} %"
        case Conv() | MaxPool() | AvgPool() | GlobalAvgPool() | Skip() | Sum():
            return ""
        case _:
            assert_never(layer)


def _what(layer: Layer, incoming: Shape) -> tuple[str, str, tuple[str, ...]]:
    """Returns a box's kind, its title, and what the title leaves out."""
    match layer:
        case Conv(channels, kernel, padding, groups, bias):
            within = "depthwise" if groups == incoming[0] and groups > 1 else f"in {groups} groups"
            more = ((within,) if groups > 1 else ()) + (("padded",) if padding else ()) + (("bias",) if bias else ())
            return "conv", f"{kernel}×{kernel} convolution to {channels} maps", more
        case MaxPool(blur):
            return "pool", _MAX_POOL, ("blurred",) if blur else ()
        case AvgPool(kernel):
            return "pool", f"{kernel}×{kernel} average pool", ()
        case GlobalAvgPool():
            return "pool", "Global average pool", ()
        case Sum():
            return "sum", "Sum with what came in", ()
        case Relu() | PRelu() | Silu() | BatchNorm() | GhostBatchNorm() | Dropout() | MapDropout():
            return "act", _words(layer).capitalize(), ()
        case Skip():
            raise AssertionError("a residual block's beginning has no box")
        case _:
            assert_never(layer)


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
    return f"{shape}{many} · sees {box.field}×{box.field}"


def _put_sum(parts: list[str], box: _Box, y: int, top: int, place: int) -> int:
    """Frames what was drawn since `place`, leads a line around it, and adds; returns where that ends.

    The frame goes from `top` to `y`.
    """
    left = box.depth * _INSET
    end = y + _GAP
    lines = wrap(" · ".join(box.details), 24, break_on_hyphens=False)
    plus = end + max(20, _LINE * len(lines) // 2)
    inner = f'x="{left + 9}" y="{top + 7}" width="{_WIDTH - 2 * left - 18}" height="{end - top - 7}" rx="8"'
    around = f"M{_MIDDLE} {top + 3}H{left + 4}V{plus}H{_MIDDLE - 10}"
    parts[place:place] = [f'<rect class="frame" {inner}/>', f'<path class="flow" d="{around}"/>']
    parts.append(
        f'<path class="flow" d="M{_MIDDLE} {y}V{plus - 10}"/><circle class="sum" cx="{_MIDDLE}" cy="{plus}" r="9"/>'
    )
    parts.append(f'<path class="sign" d="M{_MIDDLE - 5} {plus}h10M{_MIDDLE} {plus - 5}v10"/>')
    for number, line in enumerate(lines):
        at = plus + 4 + _LINE * number - _LINE * (len(lines) - 1) // 2
        parts.append(f'<text class="quiet" x="{_MIDDLE + 16}" y="{at}">{escape(line)}</text>')
    return 2 * plus - end - 10


def _arrow(y: int) -> str:
    """Draws an arrow down from `y` over the gap between boxes."""
    return f'<path class="flow" d="M{_MIDDLE} {y}v{_GAP - 3}m-4 -4l4 4l4 -4"/>'
