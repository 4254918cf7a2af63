"""A recipe in words."""

from typing import assert_never

from space.augmentations import Affine, Augmentation, Jitter, Rotation
from space.recipe import (
    Constant,
    Cosine,
    ExponentialDecay,
    OneCycle,
    OptimizerName,
    Recipe,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
)


def recipe_lines(recipe: Recipe) -> list[str]:
    """Tells a recipe in sentences, without their full stops."""
    momentum = "momentum" if recipe.optimizer in ("sgd", "muon") else "first beta"
    reach = "" if recipe.decay_vectors else " on convolutions only"
    lines = [
        f"{recipe.epochs} epochs in batches of {recipe.batch_size}",
        f"{_optimizer(recipe.optimizer)}, learning rate {recipe.learning_rate:.3g} at its peak, {momentum} "
        f"{recipe.momentum:.3g}{', Nesterov' if recipe.nesterov else ''}",
        f"Weight decay {recipe.weight_decay:.3g}{reach}" if recipe.weight_decay else "No weight decay",
        _schedule(recipe.schedule),
        *(map(_augmentation, recipe.augmentation) if recipe.augmentation else ["No augmentation"]),
    ]
    if recipe.augmentation and recipe.fade:
        lines.append(f"The augmentation shrinks to nothing over the last {100 * recipe.fade:.3g} % of the training")
    if recipe.label_smoothing:
        lines.append(f"{100 * recipe.label_smoothing:.3g} % of each label is spread over all classes")
    if recipe.distillation:
        lines.append(f"{100 * recipe.distillation:.3g} % of the loss asks for the answers of a larger teacher")
    if recipe.ema:
        lines.append(f"A moving average of the weights is scored and kept, decay {recipe.ema:.6g} a step")
    return lines


def _optimizer(name: OptimizerName) -> str:
    """Returns an optimizer's name as people write it."""
    match name:
        case "sgd":
            return "SGD"
        case "adam":
            return "Adam"
        case "adamw":
            return "AdamW"
        case "muon":
            return "Muon"
        case _:
            assert_never(name)


def _schedule(schedule: Schedule) -> str:
    """Tells a schedule in a sentence."""
    match schedule:
        case Constant():
            return "The learning rate stays at its peak"
        case StepDecay(every=every, factor=factor):
            return f"The learning rate is multiplied by {factor:.3g} every {every} epochs"
        case ExponentialDecay(factor=factor):
            return f"The learning rate is multiplied by {factor:.3g} after each epoch"
        case OneCycle(warmup=warmup, start_divisor=start, end_divisor=end, anneal=anneal):
            curve = "half a cosine" if anneal == "cosine" else "a line"
            return (
                f"One cycle: the learning rate rises from 1/{start:.4g} of the peak over the first "
                f"{100 * warmup:.3g} % of the steps and falls to 1/{start * end:,.7g} of it, each along {curve}"
            )
        case Cosine():
            return "The learning rate falls to zero along half a cosine"
        case ReduceOnPlateau(factor=factor, patience=patience):
            return (
                f"The learning rate is multiplied by {factor:.3g} when the training loss has not fallen for "
                f"more than {patience} epochs"
            )
        case _:
            assert_never(schedule)


def _augmentation(one: Augmentation) -> str:
    """Tells an augmentation in a sentence."""
    match one:
        case Rotation(degrees=degrees):
            return f"Images are turned by up to {degrees:.3g}°, {one.interpolation}"
        case Affine(degrees=degrees, translate=shift, scale=scale, shear=shear):
            return (
                f"Images are turned by up to {degrees:.3g}°, moved by {100 * shift:.3g} % of their side, scaled by "
                f"{100 * scale:.3g} % and sheared by {shear:.3g}°, {one.interpolation}"
            )
        case Jitter(brightness=brightness, contrast=contrast):
            return f"Brightness changes by up to {100 * brightness:.3g} %, contrast by {100 * contrast:.3g} %"
        case _:
            assert_never(one)
