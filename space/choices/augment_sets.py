"""The sets of augmentations that a search chooses from: for digits, for natural pictures, and none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, assert_never

from space.augmentations import Affine, Augmentation, ColourJitter, Crop, Cutout, Flip, Jitter, Rotation
from space.choices.kinds import Choice, Pick, Real, Value, Whole
from space.invalid import InvalidDesign
from space.layers import Shape
from space.recipe import Recipe
from space.task import Task

Augment = Literal["digits", "natural", "none"]

AUGMENTATIONS: dict[Augment, dict[str, tuple[type, ...]]] = {
    "digits": {
        "none": (),
        "rotation": (Rotation,),
        "affine": (Affine,),
        "jitter": (Jitter,),
        "rotation, jitter": (Rotation, Jitter),
        "affine, jitter": (Affine, Jitter),
        "rotation, affine, jitter": (Rotation, Affine, Jitter),
        "jitter, affine, rotation": (Jitter, Affine, Rotation),
    },
    "natural": {
        "none": (),
        "crop": (Crop,),
        "flip": (Flip,),
        "flip, crop": (Flip, Crop),
        "flip, crop, cutout": (Flip, Crop, Cutout),
        "flip, crop, colour": (Flip, Crop, ColourJitter),
        "flip, crop, colour, cutout": (Flip, Crop, ColourJitter, Cutout),
    },
    "none": {"none": ()},
}
"""By the name of the set: sequences of augmentations by the value of the choice `augmentation`; `unsuited` says which
pictures have not all of them."""

KINDS: dict[str, tuple[type, ...]] = {
    name: kinds for named in AUGMENTATIONS.values() for name, kinds in named.items()
}
"""The same sequences of all sets together, in which equal names mean the same."""

NUMBERS: dict[type, dict[str, Choice]] = {
    Rotation: {"rotation_degrees": Real(2.0, 20.0)},
    Affine: {
        "affine_degrees": Real(0.0, 15.0),
        "affine_translate": Real(0.0, 0.15),
        "affine_scale": Real(0.0, 0.25),
        "affine_shear": Real(0.0, 15.0),
    },
    Jitter: {"brightness": Real(0.0, 0.5), "contrast": Real(0.0, 0.5)},
    Flip: {},
    Crop: {"crop_fill": Pick(("black", "mirror"))},
    Cutout: {"cutout_share": Real(0.1, 0.5)},
    ColourJitter: {"brightness": Real(0.0, 0.5), "contrast": Real(0.0, 0.5), "saturation": Real(0.0, 0.5)},
}
"""The choices that an augmentation has; beside them an interpolation for all that resample, and `crop_padding`, whose
range depends on the task."""


def default_augment(task: Task) -> Augment:
    """Returns the set that suits the task where nobody names one: natural for pictures in colour, else digits."""
    return "natural" if task.colour else "digits"


def widest_crop(image: Shape) -> int:
    """Returns the most pixels that a crop pads images of that shape with: an eighth of the shorter side, rounded."""
    return max(1, round(min(image[1:]) / 8))


def unsuited(image: Shape) -> set[type]:
    """Returns the kinds of augmentation that images of that shape never have: of colours where there are not three;
    of a single row or column turns and crops, which leave little of it or nothing."""
    colours: set[type] = {ColourJitter} if image[0] != 3 else set()
    return colours | ({Rotation, Affine, Crop} if min(image[1:]) == 1 else set())


def augmentation_choices(augment: Augment, task: Task) -> dict[str, Choice]:
    """Returns the choices of a set, in the order in which they are suggested."""
    never = unsuited(task.image)
    named = {name: kinds for name, kinds in AUGMENTATIONS[augment].items() if never.isdisjoint(kinds)}
    every = dict.fromkeys(kind for kinds in named.values() for kind in kinds)
    ranges: dict[str, Choice] = {"augmentation": Pick(tuple(named))}
    for kind in every:
        ranges |= NUMBERS[kind]
    if Crop in every:
        ranges["crop_padding"] = Whole(1, widest_crop(task.image))
    if Rotation in every or Affine in every:
        ranges["interpolation"] = Pick(("nearest", "bilinear"))
    return ranges


def augmentation_from(values: Mapping[str, Any]) -> tuple[Augmentation, ...]:
    """Builds the augmentation that the values stand for."""
    return tuple(_one(kind, values) for kind in KINDS[values["augmentation"]])


def _one(kind: type, v: Mapping[str, Any]) -> Augmentation:
    if kind is Rotation:
        return Rotation(degrees=v["rotation_degrees"], interpolation=v["interpolation"])
    if kind is Affine:
        return Affine(
            degrees=v["affine_degrees"],
            translate=v["affine_translate"],
            scale=v["affine_scale"],
            shear=v["affine_shear"],
            interpolation=v["interpolation"],
        )
    if kind is Jitter:
        return Jitter(brightness=v["brightness"], contrast=v["contrast"])
    if kind is Flip:
        return Flip()
    if kind is Crop:
        return Crop(padding=v["crop_padding"], fill=v["crop_fill"])
    if kind is Cutout:
        return Cutout(share=v["cutout_share"])
    assert kind is ColourJitter
    return ColourJitter(brightness=v["brightness"], contrast=v["contrast"], saturation=v["saturation"])


def augmentation_values(augmentation: Sequence[Augmentation]) -> dict[str, Value]:
    """Finds values from which `augmentation_from` builds it; raises InvalidDesign where no set has that."""
    kinds = tuple(type(one) for one in augmentation)
    named = [name for name, order in KINDS.items() if order == kinds]
    if not named:
        raise InvalidDesign(f"the search space has no augmentation {' then '.join(k.__name__ for k in kinds)}")
    values: dict[str, Value] = {"augmentation": named[0]}
    for one in augmentation:
        match one:
            case Rotation(degrees=degrees, interpolation=interpolation):
                values |= {"rotation_degrees": degrees, "interpolation": interpolation}
            case Affine():
                values |= {f"affine_{name}": getattr(one, name) for name in ("degrees", "translate")}
                values |= {"affine_scale": one.scale, "affine_shear": one.shear}
                values |= {"interpolation": one.interpolation}
            case Jitter(brightness=brightness, contrast=contrast):
                values |= {"brightness": brightness, "contrast": contrast}
            case Flip():
                pass
            case Crop(padding=padding, fill=fill):
                values |= {"crop_padding": padding, "crop_fill": fill}
            case Cutout(share=share):
                values |= {"cutout_share": share}
            case ColourJitter(brightness=brightness, contrast=contrast, saturation=saturation):
                values |= {"brightness": brightness, "contrast": contrast, "saturation": saturation}
            case _:
                assert_never(one)
    return values


def suited(recipe: Recipe, augment: Augment, image: Shape) -> Recipe:
    """Returns a recipe that was made for digits with augmentation of the set; where it has none, it stays without."""
    of_set: dict[Augment, tuple[Augmentation, ...]] = {
        "digits": recipe.augmentation,
        "natural": (Flip(), Crop(padding=widest_crop(image))),
        "none": (),
    }
    never = unsuited(image)
    ours = tuple(one for one in of_set[augment] if type(one) not in never)
    if ours == recipe.augmentation or not recipe.augmentation:
        return recipe
    return replace(recipe, augmentation=ours).normal_form()
