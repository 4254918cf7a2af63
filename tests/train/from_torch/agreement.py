"""Torch's second opinion on a module that was read: its parameters, and its logits with the same weights."""

import textwrap
from pathlib import Path

import torch
from torch import nn

from space.layers import Shape
from train.from_torch.read import Reading, TorchNetwork
from train.model import build

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom torch import nn, Tensor\n\n"


def written(folder: Path, code: str, name: str = "net.py") -> str:
    """Writes a file of somebody's, and returns its path. code: without its imports of torch."""
    file = folder / name
    file.write_text(HEAD + textwrap.dedent(code))
    return str(file)


def run(file: str) -> nn.Module:
    """Returns the module Net of a file, as Python itself builds it."""
    names: dict[str, object] = {"__name__": "theirs"}
    exec(compile(Path(file).read_text(), file, "exec"), names)
    made = names["Net"]
    assert callable(made)
    return made()  # type: ignore[no-any-return]


def check_agrees(theirs: nn.Module, reading: Reading) -> None:
    """Asserts that the network which is built of what was read has the parameters of `theirs`, and its logits."""
    ours, own = build(reading.architecture, seed=0), dict(theirs.named_parameters())
    assert reading.architecture.parameters == sum(parameter.numel() for parameter in theirs.parameters())
    assert sorted(reading.parameters) == sorted(own)
    with torch.no_grad():
        for parameter, name in zip(ours.parameters(), reading.parameters, strict=True):
            of_gate = (*own[name].shape, 1, 1)  # whose fully connected layers are 1x1 convolutions here
            assert parameter.shape in (own[name].shape, of_gate)
            parameter.copy_(own[name].reshape(parameter.shape))
        images = torch.rand((6, *reading.architecture.image), generator=torch.Generator().manual_seed(1))
        for network in (ours, theirs):
            network.eval()
            for part in network.modules():
                if isinstance(part, nn.modules.batchnorm._NormBase):
                    part.reset_running_stats()
                    part.train()  # so that its statistics are no longer those of the start
            network(images)
        logits, expected = ours.eval()(images), theirs.eval()(images).reshape(6, -1)
        if torch.allclose(expected.exp().sum(1), torch.ones(6)):  # it ends in log_softmax
            logits = logits.log_softmax(1)
        elif torch.allclose(expected.sum(1), torch.ones(6)):
            logits = logits.softmax(1)
        assert torch.allclose(logits, expected, atol=1e-5), (logits - expected).abs().max()


def read(file: str, image: Shape | None = None) -> Reading:
    """Returns Net of a file, read."""
    return TorchNetwork(f"{file}:Net").read(image)
