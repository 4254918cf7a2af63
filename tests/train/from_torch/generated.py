"""Modules that nobody wrote: drawn layer by layer, each in one of the ways people write it."""

import random
from dataclasses import dataclass, field

# Ways to write each layer: what __init__ has, and the expression of forward. {n} is a number of its own, {c} the maps
# that come in, {o} those that leave, {k} a kernel, {p} its padding, {s} a stride.
ELEMENTWISE = [
    ("self.act{n} = nn.ReLU()", "self.act{n}(x)"),
    ("self.act{n} = nn.ReLU(inplace=True)", "self.act{n}(x)"),
    ("", "F.relu(x)"),
    ("", "torch.relu(x)"),
    ("", "x.clamp(min=0)"),
    ("self.act{n} = nn.PReLU()", "self.act{n}(x)"),
    ("self.act{n} = nn.PReLU({c})", "self.act{n}(x)"),
    ("self.act{n} = nn.LeakyReLU(0.2)", "self.act{n}(x)"),
    ("", "F.leaky_relu(x)"),
    ("self.act{n} = nn.SiLU()", "self.act{n}(x)"),
    ("", "x * torch.sigmoid(x)"),
    ("", "F.gelu(x)"),
    ("self.act{n} = nn.Hardswish()", "self.act{n}(x)"),
    ("", "F.relu6(x)"),
    ("", "torch.tanh(x)"),
    ("self.bn{n} = nn.BatchNorm2d({c})", "self.bn{n}(x)"),
    ("self.gn{n} = nn.GroupNorm(1, {c})", "self.gn{n}(x)"),
    ("self.in{n} = nn.InstanceNorm2d({c})", "self.in{n}(x)"),
    ("self.in{n} = nn.InstanceNorm2d({c}, affine=True)", "self.in{n}(x)"),
    ("self.drop{n} = nn.Dropout(0.1)", "self.drop{n}(x)"),
    ("", "F.dropout(x, 0.25, training=self.training)"),
    ("", "F.dropout2d(x, p=0.1, training=self.training)"),
    ("self.same{n} = nn.Identity()", "self.same{n}(x)"),
    ("", "x.contiguous()"),
]
CONVOLUTIONS = [
    ("self.conv{n} = nn.Conv2d({c}, {o}, {k}, padding={p})", "self.conv{n}(x)"),
    ("self.conv{n} = nn.Conv2d({c}, {o}, ({k}, 1), padding=({p}, 0), bias=False)", "self.conv{n}(x)"),
    ("self.conv{n} = nn.Conv2d({c}, {o}, {k}, {s}, {p}, bias=False)", "self.conv{n}(x)"),
    ("self.conv{n} = nn.Conv2d({c}, {o}, 3, padding=2, dilation=2)", "self.conv{n}(x)"),
    ("self.conv{n} = nn.Conv2d({c}, {c}, 3, padding='same', groups={c})\n"
     "self.point{n} = nn.Conv2d({c}, {o}, 1)", "self.point{n}(self.conv{n}(x))"),
    ("self.seq{n} = nn.Sequential(nn.Conv2d({c}, {o}, 1), nn.Sequential(nn.BatchNorm2d({o}), nn.ReLU()))",
     "self.seq{n}(x)"),
    ("self.list{n} = nn.ModuleList([nn.Conv2d({c}, {o}, 1), nn.Conv2d({o}, {o}, 3, 1, 1)])",
     "self.list{n}[1](self.list{n}[0](x))"),
    ("self.weight{n} = nn.Parameter(torch.randn({o}, {c}, 3, 3) / 9)", "F.conv2d(x, self.weight{n}, padding=1)"),
]  # fmt: skip
POOLS = [
    ("self.pool{n} = nn.MaxPool2d(2)", "self.pool{n}(x)"),
    ("", "F.max_pool2d(x, 2, 2)"),
    ("", "F.max_pool2d(x, 3, stride=2, padding=1)"),
    ("self.pool{n} = nn.AvgPool2d(2)", "self.pool{n}(x)"),
    ("", "F.avg_pool2d(x, (2, 1))"),
]
BLOCKS = [
    ("self.block{n} = nn.Sequential(nn.Conv2d({c}, {c}, 3, 1, 1), nn.BatchNorm2d({c}))", "x + self.block{n}(x)"),
    ("self.block{n} = nn.Conv2d({c}, {c}, 3, 1, 1)\nself.cut{n} = nn.Conv2d({c}, {c}, 1)",
     "torch.add(F.relu(self.block{n}(x)), self.cut{n}(x))"),
    ("self.block{n} = nn.Conv2d({c}, {more}, 1)", "torch.cat([x, self.block{n}(x)], 1)"),
    ("self.down{n}, self.up{n} = nn.Conv2d({c}, 2, 1), nn.Conv2d(2, {c}, 1)",
     "x * torch.sigmoid(self.up{n}(F.relu(self.down{n}(x.mean((2, 3), keepdim=True)))))"),
    ("self.twice{n} = nn.Conv2d({c}, {c}, 3, padding=1)", "self.twice{n}(F.relu(self.twice{n}(x)))"),
]  # fmt: skip
HEADS = [
    ("self.head = nn.Conv2d({c}, 10, 1)", ["x = F.adaptive_avg_pool2d(self.head(x), 1)", "return x.view(-1, 10)"]),
    ("self.head = nn.Linear({c}, 10)", ["return self.head(x.mean((2, 3)))"]),
    ("self.head = nn.Linear({c}, 10)", ["x = x.mean(3).mean(2)", "return F.log_softmax(self.head(x), dim=1)"]),
    ("self.gap, self.head = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear({c}, 10, bias=False)",
     ["x = torch.flatten(self.gap(x), 1)", "return F.softmax(self.head(x), dim=-1)"]),
    ("self.head = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * {c}, 10))",
     ["return self.head(x)"]),
    ("self.head = nn.LazyLinear(10)", ["return self.head(x.reshape(x.size(0), -1))"]),
]  # fmt: skip
WITHOUT = [
    ("self.odd{n} = nn.Softplus()", "self.odd{n}(x)", "Softplus (odd{n})"),
    ("self.odd{n} = nn.ConvTranspose2d({c}, {c}, 3, padding=1)", "self.odd{n}(x)", "ConvTranspose2d (odd{n})"),
    ("self.odd{n} = nn.Upsample(scale_factor=2)", "self.odd{n}(x)", "Upsample (odd{n})"),
    ("self.odd{n} = nn.BatchNorm2d({c}, affine=False)", "self.odd{n}(x)", "BatchNorm2d (odd{n})"),
    ("self.odd{n} = nn.MaxPool2d(2, ceil_mode=True, dilation=2)", "self.odd{n}(x)", "MaxPool2d (odd{n})"),
    ("", "F.elu(x)", "elu"),
    ("", "x * 0.5", "mul"),
    ("", "x[:, :, 1:, 1:]", "getitem"),
    ("", "x - x.mean()", "mean"),
    ("", "x.flip(-1)", "flip"),
    ("", "F.interpolate(x, scale_factor=2)", "interpolate"),
]


@dataclass
class Drawn:
    """A module's code. without: the number of the line that has no token, from 1, and what it is called there."""

    lines: list[str]
    without: tuple[int, str] | None = None


@dataclass
class _Drawing:
    maps: int
    side: int = 28
    init: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    odd: str | None = None

    def add(self, number: int, init: str, call: str, **sizes: int) -> None:
        numbers = {"n": number, "c": self.maps, **sizes}
        self.init += init.format(**numbers).splitlines() if init else []
        self.forward.append(f"x = {call.format(**numbers)}")


def drawn(seed: int, *, head: str) -> Drawn:
    """Draws a module Net; two of five have something without a token. head: the lines in front of it."""
    rng = random.Random(seed)
    channels = rng.choice([1, 1, 3])
    net = _Drawing(channels)
    marked = rng.randrange(1, 6) if rng.random() < 0.4 else None
    for number in range(rng.randint(3, 9)):
        if number == marked:
            init, call, called = rng.choice(WITHOUT)
            net.add(number, init, call)
            net.odd = called.format(n=number)
            continue
        kind = rng.choices([ELEMENTWISE, CONVOLUTIONS, POOLS, BLOCKS], (4, 4, 1, 2))[0] if number else CONVOLUTIONS
        if kind is POOLS and net.side < 8:
            kind = ELEMENTWISE
        init, call = rng.choice(kind)
        kernel = rng.choice([1, 3, 5])
        stride = 2 if net.side >= 8 else 1
        sizes = {"o": rng.randint(4, 12), "k": kernel, "p": kernel // 2, "s": stride, "more": rng.randint(2, 5)}
        net.add(number, init, call, **sizes)
        if kind is CONVOLUTIONS:
            net.maps = sizes["o"]
            net.side //= stride if "{s}" in init else 1
        net.maps += sizes["more"] if "{more}" in init else 0
        net.side //= 2 if kind is POOLS else 1
    return _written(net, rng, head)


def _written(net: _Drawing, rng: random.Random, head: str) -> Drawn:
    init, ends = rng.choice(HEADS)
    lines = [*head.splitlines(), "class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {line}" for line in [*net.init, init.format(c=net.maps)]]
    lines += ["", "    def forward(self, x):"]
    lines += [f"        {line}" for line in [*net.forward, *ends]]
    if net.odd is None:
        return Drawn(lines)
    name = net.odd.partition("(")[2].rstrip(")")
    ends_so = tuple(f"x = {call}" for _, call, called in WITHOUT if called == net.odd)
    for number, line in enumerate(lines, start=1):
        if (f"self.{name} =" in line) if name else line.endswith(ends_so):
            return Drawn(lines, (number, net.odd))
    raise AssertionError(net.odd)
