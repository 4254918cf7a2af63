"""Kinds of networks that people publish, written anew in their styles, counted as they say."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.train.from_torch.agreement import check_agrees, read, run, written

STRIDES = """
class Net(nn.Module):
    def __init__(self, dropout_value=0.05):
        super(Net, self).__init__()
        R = lambda maps: [nn.ReLU(), nn.BatchNorm2d(maps), nn.Dropout(dropout_value)]
        self.conv1 = nn.Sequential(nn.Conv2d(1, 10, 3, padding=0, bias=False), *R(10))
        self.conv2 = nn.Sequential(nn.Conv2d(10, 16, 3, bias=False), *R(16))
        self.trans = nn.Sequential(nn.Conv2d(16, 10, 3, stride=2, bias=False), *R(10))
        self.conv3 = nn.Sequential(nn.Conv2d(10, 12, 3, bias=False), *R(12))
        self.conv4 = nn.Sequential(nn.Conv2d(12, 12, 3, bias=False), *R(12))
        self.conv5 = nn.Sequential(nn.Conv2d(12, 16, 3, bias=False), *R(16))
        self.gap = nn.Sequential(nn.AvgPool2d(kernel_size=5))
        self.out = nn.Sequential(nn.Conv2d(16, 10, kernel_size=(1, 1), padding=0, bias=False))

    def forward(self, x):
        x = self.conv5(self.conv4(self.conv3(self.trans(self.conv2(self.conv1(x))))))
        x = self.out(self.gap(x))
        return F.log_softmax(x.view(-1, 10), dim=-1)
"""
NORMS = """
class Net(nn.Module):
    def __init__(self, norm="{norm}", drop=0.01):
        super().__init__()
        def n(maps):
            if norm == "BN":
                return nn.BatchNorm2d(maps)
            return nn.GroupNorm(2 if norm == "GN" else 1, maps)
        def block(i, o, **k):
            return nn.Sequential(nn.Conv2d(i, o, 3, bias=False, **k), nn.ReLU(), nn.Dropout(drop), n(o))
        self.block1 = nn.Sequential(block(1, 6), block(6, 12))
        self.transition = nn.Sequential(nn.Conv2d(12, 7, 1, bias=False), nn.MaxPool2d(2, 2))
        self.block2 = nn.Sequential(block(7, 16), block(16, 16), block(16, 18), block(18, 18, padding=1))
        self.output = nn.Sequential(nn.AvgPool2d(6), nn.Conv2d(18, 10, 1, bias=False))

    def forward(self, x):
        x = self.block2(self.transition(self.block1(x)))
        return F.log_softmax(self.output(x).squeeze(), dim=1)
"""
SEPARABLE = """
class DepthwiseSeparable(nn.Module):
    def __init__(self, inp, out):
        super().__init__()
        self.depthwise = nn.Conv2d(inp, inp, kernel_size=3, groups=inp, bias=False)
        self.pointwise = nn.Conv2d(inp, out, kernel_size=1)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))

class Net(nn.Module):
    def __init__(self, widths={widths}):
        super().__init__()
        self.first = nn.Conv2d({first})
        self.layers = nn.ModuleList([DepthwiseSeparable(i, o) for i, o in zip(widths, widths[1:])])
        self.dropout = nn.Dropout({rate})
        self.fc = nn.Conv2d(widths[-1], 10, 1)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.first(x), 0.2), 2)
        {after}
        for layer in self.layers:
            x = self.dropout(F.leaky_relu(layer(x), negative_slope=0.2))
        x = F.adaptive_avg_pool2d(x, 1)
        return torch.flatten(self.fc(x), 1)
"""
PRELU = """
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3, bias=False), nn.PReLU(), nn.AdaptiveAvgPool2d((1, 1)),
            nn.Conv2d(8, 10, 1, bias=False), nn.Flatten())
"""
DENSE = """
class Net(nn.Module):
    def __init__(self, bias={bias}):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, bias=bias)
        self.conv2 = nn.Conv2d(32, 64, 3, bias=bias)
        self.conv3 = nn.Conv2d(64, 128, 3, bias=bias)
        self.conv4 = nn.Conv2d(128, 256, 3, bias=bias)
        self.fc1 = nn.Linear(4096, 50, bias=bias)
        self.fc2 = nn.Linear(50, 10, bias=bias)

    def forward(self, x):
        x = F.relu(self.conv1(x), 2)
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.conv3(x), 2)
        x = F.relu(F.max_pool2d(self.conv4(x), 2))
        x = x.view(-1, 4096)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)
"""
CASES = {
    "strides in place of pools": (STRIDES, 7_386, [3, 5, 7, 11, 15, 19, 27]),
    "batch norm": (NORMS.format(norm="BN"), 9_958, [3, 5, 6, 10, 14, 18, 22, 32]),
    "group norm of 2 groups": (NORMS.format(norm="GN"), 9_958, None),
    "group norm of 1 group": (NORMS.format(norm="LN"), 9_958, None),
    "separable with biases": (
        SEPARABLE.format(widths=(7, 10, 10, 11, 12), first="1, 7, 3", rate=0.1, after="x = self.dropout(x)"),
        997, None,
    ),
    "separable, smaller": (
        SEPARABLE.format(widths=(6, 5, 9, 10, 8), first="1, 6, 3, padding=1", rate=0.05, after=""), 697, None,
    ),
    "torch's default PReLU": (PRELU, 153, None),
    "dense head": (DENSE.format(bias=False), 592_660, None),
    "dense head with biases": (DENSE.format(bias=True), 593_200, None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_published_network_is_counted_as_it_is_said(case: str, tmp_path: Path) -> None:
    code, parameters, fields = CASES[case]
    file = written(tmp_path, code)
    reading = read(file)
    assert reading.architecture.parameters == parameters
    if fields:
        seen = [1, *(cost.receptive_field for cost in reading.architecture.costs)]
        assert [one for before, one in pairwise(seen) if one != before] == fields
    check_agrees(run(file), reading)
