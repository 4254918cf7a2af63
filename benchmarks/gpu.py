"""Seconds that trainings of ladder-3/6 on MNIST take on one GPU, alone and side by side, and their accuracy.

    python -m benchmarks.gpu --data-dir data --side-by-side 1 2 4 8 [--precision bf16] [--profile]

Each training has a process of its own, which trains twice: first to load CUDA's libraries and choose its kernels,
then for the figure. The processes begin that one together.
"""

import argparse
import multiprocessing
import time
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from benchmarks.record import record
from space.known.references import REFERENCES


def training(options: argparse.Namespace, seed: int, begin: Barrier) -> dict[str, Any]:
    """Returns seconds and last held-out accuracy of a training, and what the process had of the GPU's memory."""
    from train.fast import process

    process.prepare()
    import torch

    from train.data.dataset import open_dataset
    from train.data.split import split
    from train.loop import train
    from train.model import build

    design = REFERENCES["ladder-3/6"].design
    recipe = replace(design.recipe, epochs=options.epochs)
    data = split(open_dataset("mnist", options.data_dir), seed=0).to("cuda")

    def scores():
        model = build(design.architecture, seed=seed).cuda()
        return list(train(model, recipe, data, seed=seed, precision=options.precision))

    scores()
    torch.cuda.synchronize()
    begin.wait()
    began = time.perf_counter()
    last = scores()[-1]
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "accuracy": last.accuracy, "mebibytes": torch.cuda.max_memory_reserved() / 2**20}


def profile(options: argparse.Namespace) -> None:
    """Prints which kernels the GPU's time of one epoch goes to."""
    import torch
    from torch.profiler import ProfilerActivity

    from train.data.dataset import open_dataset
    from train.data.split import split
    from train.loop import Training
    from train.model import build

    design = REFERENCES["ladder-3/6"].design
    data = split(open_dataset("mnist", options.data_dir), seed=0).to("cuda")
    under_way = Training(build(design.architecture).cuda(), design.recipe, data, seed=0, precision=options.precision)
    under_way.epoch()
    with torch.profiler.profile(activities=[ProfilerActivity.CUDA]) as profiled:
        under_way.epoch()
    print(profiled.key_averages().table(sort_by="cuda_time_total", row_limit=40, max_name_column_width=70))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--side-by-side", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--profile", action="store_true", help="print the kernels of an epoch instead")
    options = parser.parse_args()
    if options.profile:
        profile(options)
        return
    context = multiprocessing.get_context("spawn")
    found = {}
    for together in options.side_by_side:
        with context.Manager() as manager, context.Pool(together) as pool:
            begin = manager.Barrier(together)
            done = pool.starmap(training, [(options, seed, begin) for seed in range(together)], chunksize=1)
        found[together] = done
        taken = [one["seconds"] for one in done]
        print(
            f"{together} side by side, {options.precision}: {min(taken):.2f} to {max(taken):.2f} s for "
            f"{options.epochs} epochs, accuracy {min(one['accuracy'] for one in done):.2%} to "
            f"{max(one['accuracy'] for one in done):.2%}, {done[0]['mebibytes']:.0f} MiB of the GPU each",
            flush=True,
        )
    record("gpu", options, found=found)


if __name__ == "__main__":
    main()
