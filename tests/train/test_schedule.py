"""Every schedule against torch's own, step by step."""

from dataclasses import replace

import pytest
import torch
from torch.optim import lr_scheduler

from space.recipe import (
    PLAIN_RECIPE,
    Constant,
    Cosine,
    ExponentialDecay,
    OneCycle,
    ReduceOnPlateau,
    StepDecay,
)
from train.schedule import Plateau, learning_rates, momenta, strengths

STEPS, EPOCHS = 7, 12


def theirs(make, *, per_step):
    weights = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weights], lr=0.02, momentum=0.9)
    schedule = make(optimizer)
    rates, pushes = [], []
    for _ in range(EPOCHS):
        for _ in range(STEPS):
            rates.append(optimizer.param_groups[0]["lr"])
            pushes.append(optimizer.param_groups[0]["momentum"])
            optimizer.step()
            if per_step and len(rates) < STEPS * EPOCHS:
                schedule.step()
        if not per_step:
            schedule.step()
    return rates, pushes


@pytest.mark.parametrize(
    ("schedule", "make", "per_step"),
    [
        (Constant(), lambda o: lr_scheduler.ConstantLR(o, factor=1.0), False),
        (StepDecay(every=5, factor=0.1), lambda o: lr_scheduler.StepLR(o, 5, 0.1), False),
        (ExponentialDecay(factor=0.65), lambda o: lr_scheduler.LambdaLR(o, lambda e: 0.65**e), False),
        (Cosine(), lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS * EPOCHS), True),
        (
            OneCycle(warmup=0.3, start_divisor=25, end_divisor=1e4),
            lambda o: lr_scheduler.OneCycleLR(o, 0.02, epochs=EPOCHS, steps_per_epoch=STEPS),
            True,
        ),
        (
            OneCycle(warmup=0.15, start_divisor=10, end_divisor=100),
            lambda o: lr_scheduler.OneCycleLR(
                o, 0.02, total_steps=EPOCHS * STEPS, pct_start=0.15, div_factor=10, final_div_factor=100
            ),
            True,
        ),
        (
            OneCycle(warmup=0.2, anneal="linear"),
            lambda o: lr_scheduler.OneCycleLR(
                o, 0.02, total_steps=EPOCHS * STEPS, pct_start=0.2, anneal_strategy="linear"
            ),
            True,
        ),
    ],
)
def test_rates_and_momenta_are_torchs(schedule, make, per_step):
    recipe = replace(PLAIN_RECIPE, learning_rate=0.02, momentum=0.9, schedule=schedule, epochs=EPOCHS)
    rates, pushes = theirs(make, per_step=per_step)
    assert learning_rates(recipe, STEPS) == pytest.approx(rates, rel=1e-6, abs=1e-12)
    assert momenta(recipe, STEPS) == pytest.approx(pushes, rel=1e-6)


@pytest.mark.parametrize(("fade", "whole"), [(0.0, 10), (0.25, 8), (1.0, 0)])
def test_augmentation_fades_to_nothing(fade, whole):
    steps = strengths(replace(PLAIN_RECIPE, fade=fade, epochs=2), 5)
    assert steps[:whole] == [1.0] * whole
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] == (0.0 if fade else 1.0)
    assert len(steps) == 10


@pytest.mark.parametrize("epochs", [1, 2])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_one_cycle_is_finite(epochs, steps):
    recipe = replace(PLAIN_RECIPE, schedule=OneCycle(warmup=0.1), epochs=epochs)
    assert all(0 < rate <= recipe.learning_rate * 1.0001 for rate in learning_rates(recipe, steps))


def test_plateau_is_torchs():
    losses = [1.0, 0.5, 0.49999, 0.5, 0.6, 0.4, 0.41, 0.42, 0.43, 0.44, 0.45, 0.3]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=1)
    ours = Plateau(ReduceOnPlateau(factor=0.3, patience=1))
    for loss in losses:
        reference.step(loss)
        ours.epoch(loss)
        assert ours.factor == pytest.approx(optimizer.param_groups[0]["lr"])
    assert ours.factor < 0.1
