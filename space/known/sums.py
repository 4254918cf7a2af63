"""`without_sums`: the layers of a network whose residual blocks are left out."""

from dataclasses import dataclass, field

from space.architecture import Architecture
from space.layers import Branch, Concat, Fork, Layer, Skip, Sum


@dataclass(slots=True)
class _Branch:
    """A branch of a block, or the whole network. macs: multiply-adds of all that stood in it."""

    layers: list[Layer] = field(default_factory=list)
    macs: int = 0

    def add(self, layers: list[Layer], macs: int) -> None:
        self.layers += layers
        self.macs += macs


def without_sums(architecture: Architecture) -> list[Layer]:
    """Leaves out residual blocks, and of their branches all but the one with most multiply-adds, or its first.

    So a shortcut that changes the shape goes, on whichever side of the sum it stands.
    """
    blocks = [[_Branch()]]  # of the network and each open block the branches up to now
    for layer, cost in zip(architecture.layers, architecture.costs, strict=True):
        if isinstance(layer, Skip | Fork):
            blocks.append([_Branch()])
        elif isinstance(layer, Branch):
            blocks[-1].append(_Branch())
        elif isinstance(layer, Sum | Concat):
            branches = blocks.pop()
            blocks[-1][-1].add(_closed(layer, branches), sum(branch.macs for branch in branches))
        else:
            blocks[-1][-1].add([layer], cost.macs)
    return blocks[0][0].layers


def _closed(end: Sum | Concat, branches: list[_Branch]) -> list[Layer]:
    """Returns what a block is without sums."""
    if isinstance(end, Sum):
        return max(branches, key=lambda branch: branch.macs).layers
    between = [layer for branch in branches for layer in (Branch(), *branch.layers)]
    return [Fork(), *between[1:], end]
