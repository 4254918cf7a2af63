"""Where an epoch of training goes: its parts, then the operations that took longest, by torch's profiler.

    python -m benchmarks.profile_epoch [DESIGN] [--rows 15]      (just profile)

One epoch of ladder-3/6 on the digits, on one thread, after an epoch that compiles and warms up. Watching costs time
of its own, above all of short operations: read shares, not seconds. What this engine compiles itself is counted with
the operation that calls it.
"""

import argparse
import functools
from collections.abc import Callable
from pathlib import Path

from benchmarks.record import record
from space.known.references import find
from train.data.dataset import open_dataset

PARTS = ("assemble", "forward", "backward", "update", "evaluate")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("design", nargs="?", default="ladder-3/6")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--rows", type=int, default=15)
    options = parser.parse_args()
    from train.fast import process

    process.prepare()
    from torch.profiler import ProfilerActivity, profile, record_function

    from train.data.split import split
    from train.loop import Training
    from train.model import build

    source, design = open_dataset("digits", Path()), find(options.design).design
    data = split(source, seed=0)
    training = Training(
        build(design.architecture, seed=1), design.recipe, data, seed=1, precision=options.precision
    )  # fmt: skip
    training.epoch()

    def watched(part: str, function: Callable) -> Callable:
        @functools.wraps(function)
        def run(*arguments: object) -> object:
            with record_function(part):
                return function(*arguments)

        return run

    for part in PARTS:
        setattr(training, part, watched(part, getattr(training, part)))
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        score = training.epoch()
    averages = {event.key: event for event in seen.key_averages()}
    whole = sum(event.self_cpu_time_total for event in averages.values())
    print(
        f"{options.design}, {len(data.train):,} digits, batch {design.recipe.batch_size}, {options.precision}: ",
        end="",
    )
    print(f"{score.seconds:.2f} s while watched\n\n{'part':<46}{'ms':>9}{'share':>9}")
    parts = {part: averages[part].cpu_time_total / 1000 for part in PARTS}
    for part, milliseconds in parts.items():
        print(f"{part:<46}{milliseconds:>9.1f}{1000 * milliseconds / whole:>9.1%}")
    print(f"\n{'operation, without those that it calls':<46}{'ms':>9}{'share':>9}{'calls':>9}")
    for event in sorted(averages.values(), key=lambda event: -event.self_cpu_time_total)[: options.rows]:
        own = event.self_cpu_time_total
        print(f"{event.key[:45]:<46}{own / 1000:>9.1f}{own / whole:>9.1%}{event.count:>9}")
    record("profile_epoch", options, seconds=score.seconds, parts_ms=parts)


if __name__ == "__main__":
    main()
