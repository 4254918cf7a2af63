"""How far the seconds of an epoch that are predicted from a design's layers are from those that it takes.

    python -m benchmarks.predicted_time [--designs 50] [--images 2048] [--precision bf16] [--device cuda]

On the CPU rates are measured first, as a search does once a machine, then epochs of other designs, for digits and for
pictures in colour, by the processor's time, because others may load the machine. On a GPU, where no rates are
measured, each design is predicted by those that were trained before it, as in a search.
"""

import argparse
import time
from dataclasses import replace
from statistics import median

from benchmarks.record import record
from space.design import Design
from space.task import Task
from space.work import work
from train.fast import process
from train.rates import USUAL, USUAL_OF_GPU

FIFTH = 0.2


def seconds_of(design: Design, task: Task, options: argparse.Namespace) -> float:
    """Returns the seconds of an epoch, the least of some after one that is not looked at."""
    from train.calibration import noise
    from train.data.split import Split
    from train.loop import Training
    from train.model import build

    clock = time.perf_counter if options.device == "cuda" else time.process_time
    train, held_out = (noise(count, task) for count in (options.images, options.images // 5))
    split = Split(train=train, held_out=held_out, mean=task.mean, std=task.std).to(options.device)
    model = build(design.architecture, seed=0).to(options.device)
    recipe = replace(design.recipe, epochs=options.repeats + 1)
    training = Training(model, recipe, split, seed=0, precision=options.precision)
    training.epoch()
    seconds = []
    for _ in range(options.repeats):
        began = clock()
        training.epoch()
        seconds.append(clock() - began)
    process.tidy()
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", type=int, default=50)
    parser.add_argument("--images", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    process.prepare()
    from train.calibration import designs, timings

    began = time.process_time()
    usual = USUAL if options.device == "cpu" else USUAL_OF_GPU
    rates = usual.fitted(timings(options.precision)) if options.device == "cpu" else usual
    calibration = time.process_time() - began
    measured, ratios, learned = [], [], []
    for number, (design, task) in enumerate(designs(options.designs, seed=1)):
        seconds, size = seconds_of(design, task, options), {"images": options.images}
        done = work(design, **size, held_out=options.images // 5)
        ratios.append(rates.of(done) / seconds)
        if number >= 3:
            learned.append(rates.fitted(measured).of(done) / seconds)
        measured.append((done, seconds))
        print(f"{ratios[-1]:5.2f}  {1000 * seconds:7.1f} ms  {design.architecture.notation[:90]}", flush=True)
    figures = {
        "seconds of calibration": round(calibration, 1),
        "by rates measured before": errors(ratios),
        "learned from the designs before": errors(learned),
    }
    for name, figure in figures.items():
        print(name, figure)
    record("predicted_time", options, **{name.replace(" ", "_"): figure for name, figure in figures.items()})


def errors(ratios: list[float]) -> dict[str, float]:
    """Returns how far predictions are from 1, as shares."""
    far = sorted(abs(ratio - 1) for ratio in ratios)
    return {
        "n": len(far),
        "median ratio": round(median(ratios), 3),
        "median error": round(median(far), 3),
        "error of nine in ten": round(far[len(far) * 9 // 10], 3),
        "largest error": round(far[-1], 3),
        "share within a fifth": round(sum(one <= FIFTH for one in far) / len(far), 3),
    }


if __name__ == "__main__":
    main()
