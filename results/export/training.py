"""A recipe as the part of an exported module that trains its network again, with torch and numpy alone."""

from typing import Any, assert_never

from space.architecture import Architecture
from space.augmentations import Affine, Augmentation, ColourJitter, Crop, Cutout, Flip, Jitter, Rotation
from space.layers import Conv, EfficientAttention, LayerNorm, Linear, Shape, SqueezeExcite
from space.recipe import (
    Constant,
    Cosine,
    ExponentialDecay,
    OneCycle,
    OptimizerName,
    Recipe,
    ReduceOnPlateau,
    StepDecay,
)


def untrainable(recipe: Recipe) -> str:
    """Says why a module of this recipe cannot train its network again, in one line; empty where it can."""
    if recipe.distillation:
        return "The network learned from a larger one's answers (distillation), so this file does not train it again."
    return ""


def context(recipe: Recipe, architecture: Architecture) -> dict[str, Any]:
    """Returns what the template of the training asks for."""
    recipe = recipe.normal_form()
    schedule = recipe.schedule
    muon = recipe.optimizer == "muon" and any(_mixes(architecture))
    fades = bool(recipe.fade and recipe.augmentation)
    by_step = isinstance(schedule, Cosine | OneCycle)
    kinds = {type(step) for step in recipe.augmentation}
    cosine = by_step and getattr(schedule, "anneal", "cosine") == "cosine"
    needs_math = cosine or isinstance(schedule, ReduceOnPlateau) or bool(kinds & {Affine, Rotation})
    needs_step = bool(by_step or recipe.ema or fades)
    return {
        "recipe": recipe,
        "schedule": type(schedule).__name__,
        "one_cycle": isinstance(schedule, OneCycle),
        "plateau": isinstance(schedule, ReduceOnPlateau),
        "muon": muon,
        "fades": fades,
        "affine": Affine in kinds,
        "rotation": Rotation in kinds,
        "jitter": Jitter in kinds,
        "crop": Crop in kinds,
        "cutout": Cutout in kinds,
        "colour_jitter": ColourJitter in kinds,
        "draws": bool(kinds & {Affine, Rotation, Jitter, ColourJitter}),
        "needs_steps": by_step or fades,
        "needs_step": needs_step,
        "needs_epoch": needs_step or isinstance(schedule, StepDecay | ExponentialDecay),
        "needs": ({"copy"} if recipe.ema else set()) | ({"math"} if needs_math else set()),
        "optimizer": _optimizer(recipe, muon=muon, other_arrays=_has_other_arrays(architecture)),
        "decayed": _decayed(architecture),
        "optimizers": ["muon", "adamw"] if muon else ["optimizer"],
        "rates": _rates(recipe, muon=muon),
        "augmentation": _augmentation(recipe.augmentation, architecture.image, fades=fades),
        "scored": "average" if recipe.ema else "net",
    }


def functions(recipe: Recipe) -> set[str]:
    """Returns the functions of torch.nn.functional that the training calls."""
    warps = any(isinstance(step, Affine | Rotation) for step in recipe.augmentation)
    crops = any(isinstance(step, Crop) for step in recipe.augmentation)
    return {"cross_entropy"} | ({"affine_grid", "grid_sample"} if warps else set()) | ({"pad"} if crops else set())


def _mixes(architecture: Architecture) -> list[bool]:
    """Says of each convolution and fully connected layer whether what leaves is made of several maps that come in."""
    rows = zip(architecture.layers, architecture.incoming, strict=True)
    return [
        shape[0] > (layer.groups if isinstance(layer, Conv) else 1)
        for layer, (shape, _) in rows
        if isinstance(layer, Conv | Linear | SqueezeExcite)
    ]


def _has_other_arrays(architecture: Architecture) -> bool:
    """Says whether some weights have three axes: scales of elements, or the kernel of a gate."""
    return any(isinstance(layer, LayerNorm | EfficientAttention) for layer in architecture.layers)


def _decayed(architecture: Architecture) -> str:
    """Names the layers whose weights decay where not all do."""
    linear = any(isinstance(layer, Linear) for layer in architecture.layers)
    return "convolutions' and fully connected layers'" if linear else "convolutions'"


def _optimizer(recipe: Recipe, *, muon: bool, other_arrays: bool) -> list[str]:
    """Returns the statements that make the optimizer of `net`; Muon's, and AdamW's for what Muon leaves."""
    large, small = "weight.dim() > 1", "weight.dim() == 1"
    if other_arrays:
        large, small = "weight.dim() in (2, 4)", "weight.dim() not in (2, 4)"
    lines, weights = [], "net.parameters()"
    if muon:
        lines += [
            f"matrices = [weight for weight in net.parameters() if {large} and weight.shape[1] > 1]",
            f"others = [weight for weight in net.parameters() if {small} or weight.shape[1] == 1]",
        ]
        weights = "others"
    settings, decay = ["lr=LEARNING_RATE"], []
    if recipe.optimizer == "sgd" and (recipe.momentum or isinstance(recipe.schedule, OneCycle)):
        settings.append("momentum=0.95" if isinstance(recipe.schedule, OneCycle) else "momentum=MOMENTUM")
        settings += ["nesterov=True"] if recipe.nesterov else []
    elif recipe.optimizer != "sgd":
        first = "0.95" if isinstance(recipe.schedule, OneCycle) else "MOMENTUM"
        settings.append(f"betas=({first}, 0.999)")
    if recipe.weight_decay or recipe.optimizer in ("adamw", "muon"):  # AdamW's own default is another
        decay = ["weight_decay=WEIGHT_DECAY" if recipe.weight_decay else "weight_decay=0.0"]
    if muon:
        lines.append(f"muon = Muon(matrices, {', '.join([*settings, *decay])})")
    name, kind = ("adamw", "AdamW") if muon else ("optimizer", _class(recipe.optimizer))
    if recipe.weight_decay and not recipe.decay_vectors:
        lines += [
            f"kernels = [weight for weight in {weights} if {large}]",
            f"vectors = [weight for weight in {weights} if {small}]",
            'groups = [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]',
        ]
        weights, decay = "groups", []
    group = '[{"params": others}]' if weights == "others" else weights  # torch takes a group without any, and no list
    given = ", ".join([group, *settings, *decay])
    made = f"{name} = torch.optim.{kind}({given})"
    wide = len(made) > _WIDTH
    return [*lines, *([f"{name} = torch.optim.{kind}(", f"    {given}", ")"] if wide else [made])]


_WIDTH = 114  # of a statement in a function


def _class(optimizer: OptimizerName) -> str:
    """Returns the name of torch's class; with Muon that of what takes the weights that Muon leaves."""
    match optimizer:
        case "sgd":
            return "SGD"
        case "adam":
            return "Adam"
        case "adamw" | "muon":
            return "AdamW"
        case _:
            assert_never(optimizer)


def _rates(recipe: Recipe, *, muon: bool) -> list[str]:
    """Returns the statements before a step that set the learning rate, and the momentum where it moves too."""
    lines: list[str] = []
    match recipe.schedule:
        case Constant():
            return []
        case StepDecay(every=every, factor=factor):
            change = f"lr=LEARNING_RATE * {factor} ** (epoch // {every})"
        case ExponentialDecay(factor=factor):
            change = f"lr=LEARNING_RATE * {factor} ** epoch"
        case Cosine():
            change = "lr=LEARNING_RATE * (1 + math.cos(math.pi * step / steps)) / 2"
        case OneCycle(start_divisor=start, end_divisor=end):
            first = f"LEARNING_RATE / {start}"
            lines = [
                f"rate = one_cycle(step, steps, {first}, LEARNING_RATE, {first} / {end})",
                "momentum = one_cycle(step, steps, 0.95, 0.85, 0.95)",
            ]
            change = "lr=rate, " + ("momentum=momentum" if recipe.optimizer == "sgd" else "betas=(momentum, 0.999)")
        case ReduceOnPlateau():  # `rate` is what the epochs before have left
            change = "lr=rate"
        case _:
            assert_never(recipe.schedule)
    groups = "muon.param_groups + adamw.param_groups" if muon else "optimizer.param_groups"
    return [*lines, f"for group in {groups}:", f"    group.update({change})"]


def _augmentation(steps: tuple[Augmentation, ...], image: Shape, *, fades: bool) -> list[str]:
    """Returns the statements that change `images`; consecutive warps of one interpolation are one, as in training."""
    lines: list[str] = []
    faded = " * strength" if fades else ""
    for place, step in enumerate(steps):
        match step:
            case Jitter(brightness=brightness, contrast=contrast):
                lines += [
                    f"brightness, contrast = 1 + drawn({brightness}), 1 + drawn({contrast})",
                    "images = jitter(images, brightness, contrast, "
                    "torch.rand(len(images), generator=generator) < 0.5)",
                ]
            case Flip():
                lines += [
                    "mirrored = torch.rand(len(images), 1, 1, 1, generator=generator).to(images.device) < 0.5",
                    "images = torch.where(mirrored, images.flip(3), images)",
                ]
            case Crop(padding=padding, fill=fill):
                pixels = f"round({padding}{faded})" if fades else padding
                mode = "reflect" if fill == "mirror" else "constant"
                lines.append(f'images = crop(images, {pixels}, "{mode}", generator)')
            case Cutout(share=share):
                lines.append(f"images = cutout(images, {share} * {min(image[1:])}{faded}, generator)")
            case ColourJitter(brightness=brightness, contrast=contrast, saturation=saturation):
                reaches = ", ".join(f"1 + drawn({reach})" for reach in (brightness, contrast, saturation))
                lines += [
                    f"factors = torch.stack([{reaches}], 1)",
                    "order = torch.rand(len(images), 3, generator=generator).argsort(1)",
                    "images = colour_jitter(images, factors, order)",
                ]
            case Rotation() | Affine():
                lines += _warp(step, image, steps[place - 1] if place else None, (*steps, None)[place + 1])
            case _:
                assert_never(step)
    return lines


def _warp(
    step: Rotation | Affine, image: Shape, before: Augmentation | None, after: Augmentation | None
) -> list[str]:
    """Returns the statements of a warp; it goes on with one before it, and resamples unless one goes on with it."""
    _, height, width = image
    ratio = f"{height} / {width}"
    lines = [f"turn = drawn(math.radians({step.degrees}))"]
    warp = "rotation(turn)"
    if isinstance(step, Affine):
        reach, warp = f"drawn(2 * {step.translate})", "affine(turn, x, y, scale, shear)"
        lines += [
            f"x, y = {reach}, {reach}" + ("" if height == width else f" * {ratio}  # in halves of the width"),
            f"scale, shear = 1 + drawn({step.scale}), drawn(math.radians({step.shear}))",
        ]
    goes_on = isinstance(before, Affine | Rotation) and before.interpolation == step.interpolation
    lines.append(f"warp = {warp} @ warp" if goes_on else f"warp = {warp}")
    if isinstance(after, Affine | Rotation) and after.interpolation == step.interpolation:
        return lines
    if height != width:
        lines += [
            f"ratio = {ratio}  # as `affine_grid` counts each axis by its own side",
            "warp = warp * torch.tensor([[1, ratio, 1], [1 / ratio, 1, 1 / ratio], [1, 1, 1]])",
        ]
    return [
        *lines,
        "back = torch.linalg.inv(warp)[:, :2].to(images.device)  # from places in the new image to the old",
        "grid = affine_grid(back, list(images.shape), align_corners=False)",
        f'images = grid_sample(images, grid, mode="{step.interpolation}", align_corners=False)',
    ]
