"""What branches of one activation become where they meet: residual and dense blocks, and gates."""

from dataclasses import dataclass
from itertools import chain

from space.layers import (
    AvgPool,
    Branch,
    Concat,
    Conv,
    EfficientAttention,
    Flatten,
    Fork,
    GlobalAvgPool,
    Layer,
    Linear,
    Relu,
    Sigmoid,
    Silu,
    Skip,
    SqueezeExcite,
    Sum,
)
from train.from_torch.layers import NoToken
from train.from_torch.recording import Call


@dataclass(frozen=True, slots=True)
class PartOfGate:
    """What has no token by itself, and may be a part of a gate that has. kernel: of a convolution along the maps."""

    kernel: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A layer of the notation.

    Attributes:
        parameters: The names of those that it learns, in the order that our layer has.
        call: What it was read from.
    """

    layer: Layer | PartOfGate
    parameters: tuple[str, ...]
    call: Call


Branches = list[list[Part]]
_JUST_SO = AvgPool(1)  # leaves maps as they are, where a branch has no layer and must have one


def joined(call: Call, branches: Branches) -> list[Part]:
    """Returns the layers of a call into which branches come; raises NoToken where none are."""
    match call.operation:
        case "add" if call.arguments.get("alpha", 1) == 1:
            return _summed(call, branches)
        case "cat" if call.arguments.get("dim", 0) in (1, 1 - len(call.shape)):
            return _concatenated(call, branches)
        case "mul":
            return _gated(call, branches)
    raise NoToken(f"of {len(branches)} branches")


def _summed(call: Call, branches: Branches) -> list[Part]:
    full = [branch for branch in branches if branch]
    if not full:
        raise NoToken("of something to itself")
    if len(full) < len(branches):
        return _block(call, Skip(), Sum(), full)
    return _block(call, Skip(), Sum(), [part for branch in full for part in _summands(branch)])


def _summands(branch: list[Part]) -> Branches:
    """Returns the branches of a branch that is a sum of several, or it alone."""
    depth, ends = 0, []
    for place, part in enumerate(branch):
        depth += isinstance(part.layer, Skip | Fork) - isinstance(part.layer, Sum | Concat)
        if depth == 0 and place < len(branch) - 1:
            return [branch]
        if depth == 1 and part.layer == Branch():
            ends.append(place)
    if not ends or branch[0].layer != Skip():
        return [branch]
    starts = [0, *ends]
    return [branch[start + 1 : end] for start, end in zip(starts, [*ends, len(branch) - 1], strict=True)]


def _concatenated(call: Call, branches: Branches) -> list[Part]:
    if len(branches) == 2 and not branches[0] and branches[1]:
        return _block(call, Fork(), Concat(), branches[1:])
    return _block(call, Fork(), Concat(), [branch or [Part(_JUST_SO, (), call)] for branch in branches])


def _block(call: Call, begins: Layer, ends: Layer, branches: Branches) -> list[Part]:
    between = Part(Branch(), (), call)
    inside = list(chain.from_iterable([between, *branch] for branch in branches))[1:]
    return [Part(begins, (), call), *inside, Part(ends, (), call)]


def _gated(call: Call, branches: Branches) -> list[Part]:
    """Returns the gate that scales what comes in; its numbers come by fully connected layers or 1x1 convolutions."""
    full = [branch for branch in branches if branch]
    if len(branches) != 2 or len(full) != 1:
        raise NoToken(f"of {len(branches)} branches")
    (branch,) = full
    gate = call.inputs[branches.index(branch)]
    parameters = tuple(chain.from_iterable(part.parameters for part in branch))
    if [part.layer for part in branch] == [Sigmoid()]:  # of maps as they are, neither turned nor drawn out
        return [Part(Silu(), (), call)]
    if not _scales_maps(gate, call):
        raise NoToken("of 2 branches")
    form = (Flatten(), PartOfGate())
    match [part.layer for part in branch if part.layer not in form]:
        case [GlobalAvgPool(), Conv() | Linear() as squeeze, Relu(), Conv() | Linear() as excite, Sigmoid()]:
            bias = squeeze.bias
            squeezed = _features(squeeze)
            if squeezed and _features(excite) == call.shape[1] and excite.bias == bias:
                return [Part(SqueezeExcite(squeezed, bias), parameters, call)]
        case [GlobalAvgPool(), PartOfGate(int() as kernel), Sigmoid()]:
            return [Part(EfficientAttention(kernel), parameters, call)]
    raise NoToken("of 2 branches")


def _scales_maps(gate: Call, call: Call) -> bool:
    """Says whether a gate has a number for each map, in the place of the maps."""
    while gate.operation in ("expand", "expand_as", "contiguous", "clone"):
        gate = gate.inputs[0]
    return gate.shape == (*call.shape[:2], *(1 for _ in call.shape[2:]))


def _features(layer: Conv | Linear) -> int:
    """Returns how many numbers a layer makes of means; 0 where it is none of a gate."""
    if isinstance(layer, Linear):
        return layer.features
    return layer.channels if layer == Conv(layer.channels, 1, bias=layer.bias) else 0
