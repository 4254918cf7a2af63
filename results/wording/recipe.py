"""A recipe in words, from which it can be trained again: each number is written in full."""

from typing import assert_never

from results.wording.counted import counted
from space.architecture import Architecture
from space.augmentations import Affine, Augmentation, ColourJitter, Crop, Cutout, Flip, Jitter, Rotation
from space.known.teacher import teacher_of
from space.recipe import (
    ONE_CYCLE_MOMENTA,
    Constant,
    Cosine,
    ExponentialDecay,
    OneCycle,
    Recipe,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    exact,
)


def recipe_lines(recipe: Recipe, architecture: Architecture) -> list[str]:
    """Tells a recipe in sentences, without their full stops; what has no effect is left out.

    architecture: The network that is trained by it, for whose images and classes the teacher is, where there is one.
    """
    recipe = recipe.normal_form()
    lines = [
        f"{_epochs(recipe.epochs)} in batches of {recipe.batch_size}, in an order drawn for each epoch",
        _optimizer(recipe),
        _weight_decay(recipe),
        _schedule(recipe.schedule),
        *_augmentations(recipe),
    ]
    if recipe.label_smoothing:
        lines.append(f"{exact(recipe.label_smoothing)} of each label is spread evenly over all classes")
    if recipe.distillation:
        lines += _distillation(recipe.distillation, architecture)
    if recipe.ema:
        lines.append(
            "A moving average of the weights is scored and kept; its decay is t / (9 + t) at step t from 1, but at "
            f"most {exact(recipe.ema)}"
        )
    return lines


def _epochs(number: int) -> str:
    return f"{number:,} {'epoch' if number == 1 else 'epochs'}"


def _optimizer(recipe: Recipe) -> str:
    """Tells the optimizer with all its numbers."""
    moving = isinstance(recipe.schedule, OneCycle)
    momentum = f"from {ONE_CYCLE_MOMENTA} along the cycle" if moving else exact(recipe.momentum)
    rate = f"learning rate {exact(recipe.learning_rate)} at its peak"
    betas = f"first beta {momentum}, second beta 0.999, epsilon 1e-08"
    match recipe.optimizer:
        case "sgd":
            return f"SGD, {rate}, momentum {momentum}{', Nesterov' if recipe.nesterov else ''}"
        case "adam":
            return f"Adam, {rate}, {betas}"
        case "adamw":
            return f"AdamW, {rate}, {betas}"
        case "muon":
            matrices = "weights of convolutions that mix maps and of fully connected layers"
            return f"Muon for {matrices}, AdamW for all else, {rate}, momentum and {betas}"
        case _:
            assert_never(recipe.optimizer)


def _weight_decay(recipe: Recipe) -> str:
    """Tells the weight decay, and what it reaches."""
    if not recipe.weight_decay:
        return "No weight decay"
    reach = (
        "of all parameters" if recipe.decay_vectors else "of convolutions' and fully connected layers' weights only"
    )
    kind = "decoupled" if recipe.optimizer in ("adamw", "muon") else "as an L2 penalty"
    return f"Weight decay {exact(recipe.weight_decay)} {reach}, {kind}"


def _schedule(schedule: Schedule) -> str:
    """Tells a schedule in a sentence."""
    match schedule:
        case Constant():
            return "The learning rate stays at its peak"
        case StepDecay(every=every, factor=factor):
            return f"The learning rate is multiplied by {exact(factor)} after every {_epochs(every)}"
        case ExponentialDecay(factor=factor):
            return f"The learning rate is multiplied by {exact(factor)} after each epoch"
        case OneCycle(warmup=warmup, start_divisor=start, end_divisor=end, anneal=anneal):
            curve = "half a cosine" if anneal == "cosine" else "a line"
            return (
                f"One cycle: the learning rate rises from 1/{exact(start)} of the peak over the first "
                f"{exact(warmup)} of the steps and falls to 1/{exact(end)} of that first rate, each along {curve}"
            )
        case Cosine():
            return "The learning rate falls to zero along half a cosine"
        case ReduceOnPlateau(factor=factor, patience=patience):
            return (
                f"The learning rate is multiplied by {exact(factor)} when the training loss has not fallen by a "
                f"share of 0.0001 for more than {_epochs(patience)}"
            )
        case _:
            assert_never(schedule)


def _augmentations(recipe: Recipe) -> list[str]:
    """Tells the augmentation in the order in which it is done, and how it fades."""
    if not recipe.augmentation:
        return ["No augmentation"]
    first, *others = map(_augmentation, recipe.augmentation)
    lines = [first, *(f"Then {sentence[0].lower()}{sentence[1:]}" for sentence in others)]
    if recipe.fade:
        lines.append(f"These ranges shrink to nothing over the last {exact(recipe.fade)} of the training")
    return lines


def _augmentation(one: Augmentation) -> str:
    """Tells an augmentation in a sentence."""
    match one:
        case Rotation(degrees=degrees):
            return f"Images are turned by up to {exact(degrees)}°, {one.interpolation}, black from outside"
        case Affine(degrees=degrees, translate=shift, scale=scale, shear=shear):
            return (
                f"Images are turned by up to {exact(degrees)}°, moved by up to {exact(shift)} of their side, scaled "
                f"by 1 ± {exact(scale)} and sheared along x by up to {exact(shear)}°, {one.interpolation}, black "
                f"from outside"
            )
        case Jitter(brightness=brightness, contrast=contrast):
            return (
                f"Brightness is multiplied by 1 ± {exact(brightness)} and contrast by 1 ± {exact(contrast)}, in an "
                f"order drawn for each image"
            )
        case Flip():
            return "Half of the images are mirrored, left to right"
        case Crop(padding=padding, fill=fill):
            outside = "black" if fill == "black" else "mirrored"
            far = counted(padding, "whole pixel")
            return f"Images are moved by up to {far} along x and along y, {outside} from outside"
        case Cutout(share=share):
            return f"A square of {exact(share)} of the shorter side, its centre anywhere in the image, is blackened"
        case ColourJitter(brightness=brightness, contrast=contrast, saturation=saturation):
            return (
                f"Brightness is multiplied by 1 ± {exact(brightness)}, contrast by 1 ± {exact(contrast)} and "
                f"saturation by 1 ± {exact(saturation)}, in an order drawn for each image"
            )
        case _:
            assert_never(one)


def _distillation(share: float, student: Architecture) -> list[str]:
    """Tells what is learned from the teacher, and who that is."""
    teacher = teacher_of(student.image, student.classes)
    architecture = teacher.architecture
    return [
        f"{exact(share)} of the loss is the cross-entropy to a teacher's answers, both at temperature 2, times 4",
        f"The teacher, of {architecture.parameters:,} parameters, is trained first on the same images: "
        f"{architecture.notation}; {teacher.recipe.describe()}; "
        "where its study has another set of augmentations, with that",
    ]
