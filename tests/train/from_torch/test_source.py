"""What is wrong with somebody's code, each in one line that names theirs, and no trace of it left behind."""

import os
import sys
from pathlib import Path

import pytest
import torch

from tests.train.from_torch.agreement import HEAD, written
from train.from_torch.bad_code import BadCode
from train.from_torch.named import is_code, shape_of
from train.from_torch.read import TorchNetwork

FIRST = HEAD.count("\n") + 1  # line of a file's own code
NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 3)
        {init}

    def forward(self, x):
        {forward}
        return x.mean((2, 3))
"""
WRONG = {  # what stands in __init__, in forward, and what must be said
    "no token of a layer": (
        "self.act = nn.Softplus()",
        "x = self.act(self.conv(x))",
        "net.py:{init}: Softplus (act) has no token",
    ),
    "no token of a call": ("pass", "x = F.softplus(self.conv(x))", "net.py:{forward}: softplus has no token"),
    "no token of a number": ("pass", "x = self.conv(x) * 2", "net.py:{forward}: mul has no token"),
    "a buffer": (
        "self.register_buffer('scale', torch.ones(1))",
        "x = self.conv(x * self.scale)",
        "net.py:{forward}: mul has no token",
    ),
    "a parameter of its own": (
        "self.shift = nn.Parameter(torch.zeros(1))",
        "x = self.conv(x) + self.shift",
        "net.py:{forward}: add has no token",
    ),
    "weights that are computed": (
        "pass",
        "x = F.conv2d(x, self.conv.weight * 2)",
        "net.py:{forward}: conv2d with a weight that is no parameter has no token",
    ),
    "weights of a parametrization": (
        "self.normed = nn.utils.weight_norm(nn.Conv2d(1, 10, 1))",
        "x = self.normed(x)",
        "net.py:{init}: Conv2d (normed) with a weight that is no parameter has no token",
    ),
    "padding with what is there": (
        "self.circular = nn.Conv2d(1, 10, 3, padding=1, padding_mode='circular')",
        "x = self.circular(x)",
        "net.py:{init}: Conv2d (circular) that pads by circular has no token",
    ),
    "never used": (
        "self.extra = nn.Linear(3, 4)",
        "x = self.conv(x)",
        "net.py:{init}: extra is never used in forward, and its 12 parameters",
    ),
    "a number never used": (
        "self.scale = nn.Parameter(torch.ones(1))",
        "x = self.conv(x)",
        "net.py:Net: scale is never used in forward, and its 1 parameter would be counted for nothing",
    ),
    "a part that is set": (
        "pass",
        "x = self.conv(x); x[:, :2] = 0",
        "net.py:{forward}: setitem in place has no token",
    ),
    "a part that is changed in place": (
        "pass",
        "x = self.conv(x); F.relu(x[:, :2], inplace=True)",
        "net.py:{forward}: relu in place has no token",
    ),
    "a part that a layer changes in place": (
        "self.act = nn.ReLU(inplace=True)",
        "x = self.conv(x); self.act(x[:, :2])",
        "net.py:{init}: relu in place has no token",
    ),
    "what is changed through another view": (
        "pass",
        "x = self.conv(x); v = x.view(x.shape); x.relu_(); x = v",
        "net.py:{forward}: relu in place has no token",
    ),
    "what is changed through its data": (
        "pass",
        "x = self.conv(x); x.data.clamp_(min=0)",
        "net.py:{forward}: clamp in place has no token",
    ),
    "a gate that is turned": (
        "pass",
        "x = self.conv(x); x = x * torch.sigmoid(x.transpose(2, 3))",
        "net.py:{forward}: mul of 2 branches has no token",
    ),
    "a gate of rows": (
        "self.down, self.up, self.more = nn.Conv2d(26, 3, 1), nn.Conv2d(3, 26, 1), nn.Conv2d(10, 26, 1)",
        "x = self.more(self.conv(x)); "
        "x = x * torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3), keepdim=True))))).transpose(1, 2)",
        "net.py:{forward}: mul of 2 branches has no token",
    ),
    "a gate of columns": (
        "self.line, self.more = nn.Conv1d(1, 1, 3, padding=1, bias=False), nn.Conv2d(10, 26, 1)",
        "x = self.more(self.conv(x)); x = x * torch.sigmoid(self.line(x.mean((2, 3)).unsqueeze(1))).unsqueeze(1)",
        "net.py:{forward}: mul of 2 branches has no token",
    ),
    "an index that takes some": ("pass", "x = self.conv(x)[..., 1:]", "net.py:{forward}: getitem has no token"),
    "an index that is a tensor": (
        "pass",
        "x = self.conv(x)[:, torch.arange(10)]",
        "net.py:{forward}: getitem has no token",
    ),
    "weights that are kept small": (
        "pass",
        "self.conv.weight.data.clamp_(-1, 1); x = self.conv(x)",
        "net.py:{forward}: clamp changes weights in forward",
    ),
    "weights that are changed in a part": (
        "pass",
        "w = self.conv.weight.detach()[0]; w *= 2; x = self.conv(x)",
        "net.py:{forward}: mul changes weights in forward",
    ),
    "a limit that is a tensor": (
        "pass",
        "x = torch.clamp(self.conv(x), min=torch.tensor(0.0))",
        "net.py:{forward}: clamp by a tensor has no token",
    ),
    "a choice by pixels": ("pass", "x = self.conv(x) if x.mean() > 0 else x", "net.py:{forward}: Net decides by"),
    "a choice by a buffer": (
        "self.register_buffer('steps', torch.zeros(()))",
        "x = self.conv(x) if self.steps > 3 else x",
        "net.py:{forward}: Net decides by what pixels, weights or a buffer are",
    ),
    "an error in __init__": (
        "self.x = [][0]",
        "pass",
        "Net could not be built (net.py:{init}): IndexError: list index out of range",
    ),
    "an error in forward": (
        "pass",
        "x = self.cone(x)",
        "net.py:{forward}: Net fails on images of 1x28x28, AttributeError: 'Net' object has no attribute 'cone'",
    ),
    "another size of images": (
        "self.fc = nn.Linear(9000, 10)",
        "return self.fc(self.conv(x).flatten(1))",
        "net.py:{init}: Linear (fc) takes 9,000 numbers, and images of 1x28x28 leave 6,760 there; it runs on "
        "1x32x32: write '1x32x32 net.py:Net'",
    ),
    "an unusual size of images": (
        "self.fc = nn.Linear(21160, 10)",
        "return self.fc(self.conv(x).flatten(1))",
        "net.py:{init}: Linear (fc) takes 21,160 numbers, and images of 1x28x28 leave 6,760 there; it runs on "
        "1x48x48: write '1x48x48 net.py:Net'",
    ),
    "images that are not square": (
        "self.fc = nn.Linear(10 * 158 * 94, 10)",
        "return self.fc(self.conv(x).flatten(1))",
        "net.py:{init}: Linear (fc) takes 148,520 numbers, and images of 1x28x28 leave 6,760 there; if it is for "
        "images of another shape, write that in front, as '1x96x160 net.py:Net'",
    ),
    "rows of several images": (
        "pass",
        "x = self.conv(x).view(-1, 10, 13, 26)",
        "net.py:{forward}: view makes 4 rows of 2 images",
    ),
    "softmax over images": (
        "pass",
        "return F.log_softmax(self.conv(x).mean((2, 3)), dim=0)",
        "net.py:{forward}: log_softmax over dimension 0 has no token",
    ),
    "softmax twice": (
        "self.soft = nn.Softmax(dim=1)",
        "return F.log_softmax(self.soft(self.conv(x).mean((2, 3))), 1)",
        "net.py:{init}: Softmax (soft) has another softmax behind it",
    ),
    "softmax over columns": (
        "self.soft = nn.Softmax(dim=-1)",
        "return self.soft(self.conv(x).amax((2, 3), keepdim=True)).flatten(1)",
        "net.py:{init}: Softmax (soft) over dimension -1 has no token",
    ),
    "maps that are added to smaller ones": (
        "self.means = nn.AdaptiveAvgPool2d(1)",
        "x = self.conv(x); x = torch.relu(x) + self.means(x)",
        "net.py:{forward}: add makes no network of the notation: layer 6 `]`: the branches of a residual",
    ),
    "maps in place of logits": (
        "self.act = nn.ReLU()",
        "return self.act(self.conv(x))",
        "net.py:{init}: ReLU (act) makes no network of the notation: layer 2 `relu` leaves 10x26x26",
    ),
    "a pool of what is left over": (
        "self.pool = nn.MaxPool2d(3, ceil_mode=True)",
        "x = self.pool(self.conv(x))",
        "net.py:{init}: MaxPool2d (pool) that rounds its size up (ceil_mode) has no token",
    ),
    "a compiled part": (
        "self.part = torch.jit.script(nn.ReLU())",
        "x = self.part(self.conv(x))",
        "part is compiled by torch.jit, which hides its layers; name the module",
    ),
    "more than logits": ("pass", "return x, x", "Net must return logits, one tensor, from its forward, not a tuple"),
    "branches that cross": (
        "pass",
        "a = self.conv(x); b = F.relu(a); c = F.silu(b); x = F.relu(b + a) + F.silu(c + a)",
        "net.py:{forward}: relu: what leaves it is used in branches that cross",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_said_in_one_line_with_its_place(kind: str, tmp_path: Path, monkeypatch) -> None:
    init, forward, said = WRONG[kind]
    monkeypatch.chdir(tmp_path)
    written(tmp_path, NET.format(init=init, forward=forward))
    lines = (tmp_path / "net.py").read_text().splitlines()
    places = {"init": lines.index("        " + init) + 1, "forward": lines.index("        " + forward) + 1}
    assert refused("net.py:Net").startswith(said.format(**places))


@pytest.mark.parametrize(
    ("code", "given", "said"),
    [
        ("", "no.py:Net", "the file no.py does not exist; name a class"),
        ("", ".py/x.py:Net", "the file .py/x.py does not exist"),
        ("class Network(nn.Module): pass", "net.py:Netwrok", "net.py has no Netwrok; the nearest is Network"),
        ("class Network(nn.Module): pass", "net.py:network", "net.py has no network; the nearest is Network"),
        ("class Network(nn.Module): pass", "net.py:Q", "net.py has no Q; it has Network"),
        ("a = 1", "net.py:", "net.py does not say which network is meant; it has no torch module of its own"),
        ("class A(nn.Module): pass\nclass B(nn.Module): pass", "net.py", "net.py does not say which"),
        ("Net = 3", "net.py:Net", "Net must be a torch.nn.Module, its class, or a function that returns one, not"),
        ("def Net(): return [1]", "net.py:Net", "Net must give a torch.nn.Module, not a list"),
        ("def Net(width, *, depth, more=1): pass", "net.py:Net", "Net needs arguments without"),
        ("import not_there", "net.py:Net", f"net.py could not be imported (net.py:{FIRST}): Module"),
        ("x = (", "net.py:Net", f"net.py could not be imported (net.py:{FIRST}): SyntaxError: '(' was never closed"),
        ("raise ValueError('a\\nb')", "net.py:Net", f"net.py could not be imported (net.py:{FIRST}): ValueError"),
        ("import sys\nsys.exit(3)", "net.py:Net", f"net.py ends the program (net.py:{FIRST + 1}) when it is"),
        ("", "no_such:Net", "no module is called no_such; name a class"),
        ("", "json:no_such", "json has no no_such; it has no torch module of its own"),
        ("class Net(nn.Module): pass", "net.py:Net", "Net cannot be called with images of 1x28x28 alone, Not"),
        ("class Net(nn.Module):\n  def forward(self): pass", "net.py:Net", "Net cannot be called with images"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_fails(code: str, given: str, said: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, code)
    assert refused(given).startswith(said)


def refused(given: str) -> str:
    """Returns what is said of code that cannot be read."""
    with pytest.raises(BadCode) as caught:
        TorchNetwork(given).read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_finds_its_own_modules_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside a train.py and a space/ of their own, with options, prints, seeds and warnings at the top."""
    (tmp_path / "space").mkdir()
    (tmp_path / "space" / "__init__.py").write_text("maps = 6\n")
    (tmp_path / "train.py").write_text("import torch.nn as nn\ndef act():\n    return nn.ReLU()\n")
    file = written(
        tmp_path,
        """
        import argparse, os, random, sys, warnings
        from dataclasses import dataclass
        import train
        from space import maps
        args = argparse.ArgumentParser().parse_args()
        print("loading")
        print("loading", file=sys.stderr)
        warnings.warn("careful")
        torch.manual_seed(0); random.seed(0); os.environ["OWN"] = "1"

        @dataclass
        class Config:
            maps: int = maps

        class Net(nn.Module):
            def __init__(self, config: Config = Config()):
                super().__init__()
                self.conv = nn.Conv2d(1, config.maps, 3)
                self.act = train.act()

            def forward(self, x):
                import space
                assert space.maps == 6
                print("forward")
                return self.act(self.conv(x)).mean((2, 3))
        """,
    )
    import space
    import train

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["thimble", "count", "--json"])
    path, modules, state = list(sys.path), set(sys.modules), torch.get_rng_state()
    assert TorchNetwork("net.py:Net").read().architecture.notation == "c6b relu gap"
    assert TorchNetwork(f"{file}:Net").read().architecture.notation == "c6b relu gap"
    assert (sys.path, sys.modules["train"], sys.modules["space"]) == (path, train, space)
    assert not any(
        str(tmp_path) in (getattr(sys.modules[name], "__file__", "") or "") for name in set(sys.modules) - modules
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert "OWN" not in os.environ
    assert capsys.readouterr() == ("", "")
    assert {one.name for one in tmp_path.iterdir()} <= {"net.py", "train.py", "space", "__pycache__"}


def test_a_module_beside_the_command_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_nets").mkdir()
    written(tmp_path / "own_nets", NET.format(init="pass", forward="x = self.conv(x)"), "small.py")
    monkeypatch.chdir(tmp_path)
    assert TorchNetwork("own_nets.small:Net").read().architecture.notation == "c10b gap"
    assert "own_nets" not in sys.modules


@pytest.mark.parametrize(
    ("text", "code", "shape"),
    [
        ("net.py:Net", True, None),
        ("../my nets/net.py", True, None),
        ("a.b:Net", True, None),
        ("3x32x32 net.py:Net", True, (3, 32, 32)),
        ("c8 relu mp c10 gap", False, None),
        ("3x32x32 c8 gap", False, (3, 32, 32)),
        ("zoo/8000", False, None),
        ("17", False, None),
        ("study:17", False, None),
    ],
)
def test_code_is_told_from_other_designs(text: str, code: bool, shape: tuple[int, int, int] | None) -> None:
    assert is_code(text) == code
    assert shape_of(text)[0] == shape
