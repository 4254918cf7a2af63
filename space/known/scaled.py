"""Known designs made for other images and classes than those that they were found on."""

from dataclasses import replace

from space.architecture import Architecture
from space.choices.augment_sets import Augment, suited
from space.choices.blueprint import Blueprint, blueprint_of
from space.choices.ranges import is_large
from space.choices.stages import Stages
from space.choices.structure import Structure
from space.design import Design
from space.layers import Shape

_VERY_LARGE = 96  # pixels of the shorter side, from which on two pools are added


def scaled(design: Design, *, image: Shape, classes: int, augment: Augment) -> Design:
    """Returns the design for such images and so many classes: the same structure and widths, with pools added for
    large images, padding for small ones, and augmentation of the set; the same network where it is for these.

    Raises:
        InvalidDesign: Its network is none of the search space, whose structures alone are known.
    """
    architecture = scaled_network(design.architecture, image=image, classes=classes)
    return Design(architecture, suited(design.recipe, augment, image))


def scaled_network(architecture: Architecture, *, image: Shape, classes: int) -> Architecture:
    """Returns the network for such images and so many classes, as `scaled` does."""
    if (architecture.image, architecture.classes) == (image, classes):
        return architecture
    blueprint, widths = blueprint_of(architecture)
    if is_large(image) and not is_large(architecture.image):
        blueprint = replace(blueprint, form=_deeper(blueprint.form, pools=1 + (min(image[1:]) >= _VERY_LARGE)))
    largest = max(widths.values())

    def assembled(blueprint: Blueprint) -> Architecture:
        return blueprint.assemble(lambda slot: widths.get(slot, largest), image=image, classes=classes)

    network = assembled(blueprint)
    if len(network.layers) < len(architecture.layers):  # a small image, for which some was left out
        return assembled(replace(blueprint, form=_padded(blueprint.form)))
    return network


def _padded(form: Structure | Stages) -> Structure | Stages:
    """Returns the form whose convolutions keep the map's side."""
    if isinstance(form, Stages):
        return replace(form, stem_padding=True, entry_padding=True)
    return replace(form, padding="all")


def _deeper(form: Structure | Stages, *, pools: int) -> Structure | Stages:
    """Returns the form with so many pools more, each in front of as many blocks as stand behind the last."""
    if isinstance(form, Stages):
        last = getattr(form, f"blocks_{form.stages}")
        added = {f"blocks_{form.stages + n}": last for n in range(1, pools + 1)}
        return replace(form, stages=form.stages + pools, **added)  # type: ignore[arg-type]
    second = form.second_pool or min(2, form.blocks_after_pool)
    return replace(
        form,
        blocks_after_pool=form.blocks_after_pool + 2 * pools,
        second_pool=second,
        third_pool=max(1, form.blocks_after_pool - second),
        fourth_pool=2 * (pools > 1),
    )
