"""Modules that nobody wrote: counted right, or the line is named that has no token."""

from pathlib import Path

import pytest
import torch

from space.layers import GhostBatchNorm
from tests.amounts import slow, soak
from tests.compositions import composed
from tests.train.from_torch.agreement import HEAD, check_agrees, read, run
from tests.train.from_torch.generated import drawn
from train.from_torch.bad_code import BadCode
from train.from_torch.read import TorchNetwork
from train.model import build


def check(seed: int, folder: Path) -> bool:
    """Asserts that a drawn module is read right; returns whether it has a token for everything."""
    net, file = drawn(seed, head=HEAD), folder / "net.py"
    file.write_text("\n".join(net.lines) + "\n")
    if net.without:
        line, called = net.without
        with pytest.raises(BadCode) as caught:
            read(str(file))
        assert str(caught.value).startswith(f"{file}:{line}: {called}"), net.lines[line - 1]
        return False
    reading = read(str(file))
    theirs = run(str(file))
    with torch.no_grad():
        theirs.eval()(torch.zeros((2, *reading.architecture.image)))  # lazy layers have their sizes then
    check_agrees(theirs, reading)
    return True


@pytest.mark.parametrize("part", [range(20), *slow(range(20, soak("MODULES", 120)))])
def test_drawn_modules_are_counted_right_or_their_line_is_named(part: range, tmp_path: Path) -> None:
    right = [check(seed, tmp_path) for seed in part]
    assert 0.4 < sum(right) / len(right) < 0.8


@pytest.mark.parametrize("part", [range(25), *slow(range(25, soak("READ", 275)))])
def test_networks_of_every_layer_are_read_back(part: range) -> None:
    """But ghost norms, which nobody has by torch's own functions."""
    back = 0
    for architecture in map(composed, part):
        if any(isinstance(layer, GhostBatchNorm) for layer in architecture.layers):
            continue
        network = build(architecture, seed=0)
        reading = TorchNetwork(network).read(architecture.image)
        check_agrees(network, reading)
        back += (
            reading.architecture.notation == architecture.notation
        )  # some spell what others do, as gap of 1x1 maps
    assert back > 0.7 * len(part)
