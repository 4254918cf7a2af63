"""Times some steps of designs of every kind, from which the rates of this machine follow."""

import random
import time
from collections.abc import Iterator, Mapping
from statistics import median

import torch

from space.choices.augment_sets import default_augment
from space.choices.choices import draw, guess
from space.choices.encoding import design_from
from space.design import Budget, Design
from space.task import DIGITS, Task
from space.work import work
from train.data.images import Images
from train.data.split import Split
from train.device import Precision
from train.loop import Training
from train.model import build

_COLOUR = Task(image=(3, 32, 32), class_names=DIGITS.class_names, mean=(0.5,) * 3, std=(0.25,) * 3)
_DESIGNS = 28
_BUDGETS = (2_000, 4_000, 8_000, 20_000)
_STEPS = 4  # of which the first is not looked at: it compiles, and fills caches
_LONGEST = 0.1  # seconds of steps of one design, after which no other begins


def designs(count: int = _DESIGNS, *, seed: int = 0) -> Iterator[tuple[Design, Task]]:
    """Yields designs of the wide search space as its samplers draw them, three in four for digits, others for small
    pictures in colour."""
    for number in range(count):
        rng, task = random.Random(f"{seed} {number}"), _COLOUR if number % 4 == 3 else DIGITS
        drawn = (guess if number % 2 else draw)("wide", "inside", rng, task=task, augment=default_augment(task))
        budget = Budget(parameters=_BUDGETS[number // 2 % len(_BUDGETS)])
        yield design_from(drawn, space="wide", budget=budget, epochs=15, task=task), task


def timings(precision: Precision) -> list[tuple[Mapping[str, float], float]]:
    """Times designs on the CPU, in a process that is prepared to train; returns work and the seconds that it took."""
    return [timed(design, task, precision) for design, task in designs()]


def timed(design: Design, task: Task, precision: Precision) -> tuple[Mapping[str, float], float]:
    """Times a step of training on noise, the median of some; the processor's seconds, in which nobody else had it."""
    size = design.recipe.batch_size
    images = noise(size, task)
    split = Split(train=images, held_out=images, mean=task.mean, std=task.std)
    training = Training(build(design.architecture, seed=0), design.recipe, split, seed=0, precision=precision)
    training.net.train()
    seconds: list[float] = []
    while len(seconds) < _STEPS and (len(seconds) < 2 or sum(seconds[1:]) < _LONGEST):
        began = time.process_time()
        training.step(*training.first_batch())
        seconds.append(time.process_time() - began)
    return work(design, images=size, held_out=0), median(seconds[1:])


def noise(count: int, task: Task) -> Images:
    """Returns so many images of the task's shape, and labels, drawn at random."""
    random_numbers = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (count, *task.image), generator=random_numbers, dtype=torch.uint8)
    return Images(pixels, torch.randint(task.classes, (count,), generator=random_numbers))
