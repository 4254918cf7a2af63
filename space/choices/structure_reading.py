"""Which `Structure` a network has, if any."""

import itertools
from dataclasses import dataclass, replace

from space.architecture import Architecture
from space.choices.structure import Follower, Head, Structure
from space.invalid import InvalidDesign
from space.layers import AvgPool, BatchNorm, Conv, Dropout, GlobalAvgPool, Layer, MapDropout, MaxPool, Relu


def structure_of(architecture: Architecture) -> tuple[Structure, dict[str, int]]:
    """Finds the structure and the widths by slot that assemble into `architecture` (in its normal form).

    Raises:
        InvalidDesign: The space has no such network.
    """
    target = architecture.normal_form()
    structure, widths = _read(target)
    try:
        rebuilt = structure.assemble(lambda slot: widths[slot], image=target.image, classes=target.classes)
    except (InvalidDesign, KeyError):
        rebuilt = None
    if rebuilt != target:
        raise InvalidDesign(f"the search space has no network `{architecture.notation}`")
    return structure, widths


@dataclass(frozen=True, slots=True)
class _Group:
    """A convolution with the element-wise layers that follow it."""

    conv: Conv
    followers: tuple[Layer, ...]

    @property
    def follower(self) -> Follower:
        """What follows the convolution, as a structure names it."""
        return "bare" if not self.followers else "relu" if self.followers == (Relu(),) else "block"


def _grouped(layers: tuple[Layer, ...]) -> list[_Group | Layer]:
    """Returns convolutions with what follows them, and pools."""
    groups: list[_Group | Layer] = []
    for layer in layers:
        if isinstance(layer, Conv | MaxPool | AvgPool | GlobalAvgPool):
            groups.append(_Group(layer, ()) if isinstance(layer, Conv) else layer)
        elif groups and isinstance(groups[-1], _Group):
            groups[-1] = replace(groups[-1], followers=(*groups[-1].followers, layer))
    return groups


def _head(tail: list[_Group], *, mean_last: bool | None) -> Head:
    """Names the head whose convolutions are `tail`; mean_last: whether the mean ends it, None where there is none."""
    if mean_last is None:
        return "full map"
    if not mean_last:
        return "gap then 1x1"
    return "class maps 3x3" if tail[0].conv.kernel == 3 else "class maps 1x1"


def _read(target: Architecture) -> tuple[Structure, dict[str, int]]:
    """Finds the structure that `target` most likely has; the caller compares what it assembles into."""
    groups = _grouped(target.layers)
    pools = [place for place, group in enumerate(groups) if isinstance(group, MaxPool)]
    means = [place for place, group in enumerate(groups) if isinstance(group, AvgPool | GlobalAvgPool)]
    if not pools:
        raise InvalidDesign("every network of the search space has a max pool")

    body_end = len(groups) - 1 if not means or means[0] == len(groups) - 1 else means[0]
    if means and means[0] == len(groups) - 1:
        body_end -= 1
    tail = [group for group in groups[body_end:] if isinstance(group, _Group)]
    front = [group for group in groups[: pools[0]] if isinstance(group, _Group)]
    back = [group for group in groups[pools[0] + 1 : body_end] if isinstance(group, _Group)]

    transition, step = "none", None
    if front and front[-1].conv.kernel == 1:
        transition, step = "before pool", front.pop()
    elif back and back[0].conv.kernel == 1:
        transition, step = "after pool", back.pop(0)
    blocks = [*front, *back]
    if not tail or not front:
        raise InvalidDesign("every network of the search space has blocks and a head")

    head = _head(tail, mean_last=means[0] == len(groups) - 1 if means else None)
    hidden = tail[:-1] if head == "gap then 1x1" else []
    last = hidden[0] if hidden else tail[-1]

    between = [
        sum(isinstance(group, _Group) and group in back for group in groups[one:other])
        for one, other in itertools.pairwise(pools)
    ] + [0, 0, 0]
    drops = [layer for group in blocks for layer in group.followers if isinstance(layer, Dropout | MapDropout)]
    normalised = next((group.followers for group in blocks if BatchNorm() in group.followers), ())
    padded = [bool(group.conv.padding) for group in blocks]
    structure = Structure(
        first_pool_field=2 * len(front) + 1,  # type: ignore[arg-type]
        blocks_after_pool=len(back),
        second_pool=between[0],
        third_pool=between[1],
        fourth_pool=between[2],
        transition=transition,
        transition_dress=step.follower if step else "bare",
        normalisation="none" if not normalised else "bn relu" if normalised[0] == BatchNorm() else "relu bn",
        dropout="none" if not drops else "element" if isinstance(drops[0], Dropout) else "map",
        dropout_rate=drops[0].rate if drops else 0.05,
        dropout_place="before first pool" if len(drops) == 1 and len(blocks) > 1 else "every block",
        padding="all" if all(padded) else "first" if padded[0] else "last" if padded[-1] else "none",
        head=head,
        hidden=len(hidden),
        head_dress=last.follower,
        mean_crop=2 if means and isinstance(groups[means[0]], AvgPool) else 0,
    )
    widths = {f"before_{i}": group.conv.channels for i, group in enumerate(front, start=1)}
    widths |= {f"after_{i}": group.conv.channels for i, group in enumerate(back, start=1)}
    widths |= {f"hidden_{i}": group.conv.channels for i, group in enumerate(hidden, start=1)}
    if step:
        widths["transition"] = step.conv.channels
    return structure, widths
