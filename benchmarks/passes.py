# pyright: reportCallIssue=false
"""The engine's convolutions by themselves: what share each pass has of this core's peak of multiply-adds.

python -m benchmarks.passes [--precision bf16] [--repeats 30]

On one thread, a batch of 128, the best of the repeats, no norm or activation beside it. The peak is the better of
torch's product of matrices of 1,024 by 1,024, in the same precision, and of multiply-adds of float32 registers
without any memory, in the same run: on some processors the first is far from it. An input gradient is what the pass
back takes longer where it is wanted.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from benchmarks.record import record
from train.fast import process
from train.fast.activation import Activation, Room
from train.fast.block import add, filled, fma, store
from train.fast.compiling import compiled
from train.fast.machine import LANES
from train.fast.steps import Convolution

BATCH = 128
SHAPES = [  # channels in and out, kernel, groups, side
    *[(8, 16, 3, 1, 26), (16, 16, 3, 1, 14), (8, 16, 3, 1, 12), (16, 24, 3, 1, 10), (32, 32, 3, 1, 8)],
    *[(16, 8, 1, 1, 14), (24, 32, 1, 1, 8), (16, 16, 5, 1, 14)],
    *[(16, 16, 3, 16, 14), (24, 24, 3, 24, 14), (24, 24, 5, 24, 14), (32, 32, 3, 32, 7)],
]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    process.prepare()
    best = peak(options.precision)
    print(f"peak {best / 1e9:.0f} GFLOP/s in {options.precision}")
    print("  in out kernel groups side   forward  weights    input   share of the peak")
    rows = []
    for shape in SHAPES:
        shares = {name: found / best for name, found in speeds(*shape, options).items()}
        rows.append({"shape": shape, **shares})
        print("{:4} {:3} {:6} {:6} {:4}".format(*shape), *(f"{share:8.2f}" for share in shares.values()))
    record("passes", options, peak=best, shares=rows)


def peak(precision: str) -> float:
    """Returns floating-point operations a second."""
    a = torch.randn(1024, 1024).to(torch.bfloat16 if precision == "bf16" else torch.float32)
    sums, turns = np.zeros(LANES, np.float32), 100_000
    in_registers = 2 * turns * 6 * LANES / fastest(lambda: multiply_adds(sums, turns), 10)
    return max(2 * 1024**3 / fastest(lambda: a @ a, 10), in_registers)


@compiled
def multiply_adds(sums, turns):
    """Adds up six blocks, which fill as many registers as a pass does, all of them anew in each turn."""
    x, a = filled(np.float32(0.5)), filled(np.float32(0))
    b, c, d, e, f = a, a, a, a, a
    for _ in range(turns):
        a, b, c, d, e, f = fma(a, x, x), fma(b, x, x), fma(c, x, x), fma(d, x, x), fma(e, x, x), fma(f, x, x)
    store(sums, 0, add(add(add(a, b), add(c, d)), add(e, f)))


def fastest(run: Callable[[], object], repeats: int) -> float:
    """Returns the seconds of the fastest of some runs, after one that counts for nothing."""
    run()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def speeds(ic: int, oc: int, kernel: int, groups: int, side: int, options: argparse.Namespace) -> dict[str, float]:
    """Returns floating-point operations a second of each pass of a convolution that keeps the size of its maps."""
    source = Activation((ic, side, side), np.uint16 if options.precision == "bf16" else np.float32)
    step = Convolution(nn.Conv2d(ic, oc, kernel, padding=kernel // 2, groups=groups, bias=False), source)
    blocks = BATCH // LANES
    for activation in (source, step.target):
        activation.reserve(blocks, training=True)
        activation.values[:] = activation.gradient[:] = 0

    def back() -> None:
        source.given = False
        step.back(blocks)

    forward = fastest(lambda: step.forward(blocks, training=True), options.repeats)
    both = fastest(back, options.repeats)
    source.reserve(0, training=False)
    source.room = Room(source.kind)  # empty, as the images' is, which nobody wants
    weights = fastest(back, options.repeats)
    taps = side * kernel - (kernel // 2) * (kernel // 2 + 1)  # along an axis, but for those on the padding
    flops = 2 * BATCH * taps**2 * ic * oc / groups
    return {"forward": flops / forward, "weights": flops / weights, "input": flops / (both - weights)}


if __name__ == "__main__":
    main()
