"""`Blueprint`: everything about a network but its widths."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from space.architecture import Architecture
from space.choices.stages import Stages, stages_of
from space.choices.structure import Structure
from space.choices.structure_reading import structure_of
from space.invalid import InvalidDesign
from space.layers import BatchNorm, GhostBatchNorm, Layer, PRelu, Relu, Shape, Silu

ActivationName = Literal["relu", "prelu", "silu"]
_ACTIVATIONS: dict[ActivationName, Layer] = {"relu": Relu(), "prelu": PRelu(), "silu": Silu()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Blueprint:
    """A value that says everything about a network but its widths: a form, its activation and its normalisation.

    Attributes:
        ghost: Images that are normalised by themselves; 0 for whole batches.
    """

    form: Structure | Stages
    activation: ActivationName = "relu"
    ghost: int = 0

    def assemble(self, width: Callable[[str], int], *, image: Shape, classes: int) -> Architecture:
        """Builds the network for such images and so many classes, asking `width` for the maps of each slot."""
        plain = self.form.assemble(width, image=image, classes=classes)
        swap: dict[Layer, Layer] = {Relu(): _ACTIVATIONS[self.activation]}
        if self.ghost:
            swap[BatchNorm()] = GhostBatchNorm(self.ghost)
        layers = tuple(swap.get(layer, layer) for layer in plain.layers)
        return plain if layers == plain.layers else Architecture(layers, image)

    def simpler(self) -> Iterator["Blueprint"]:
        """Yields this, then what it becomes by giving up one thing after another, to the smallest of its form."""
        for form in self.form.simpler():
            yield replace(self, form=form)
        yield replace(self, form=form, activation="relu")

    def leaner(self) -> Iterator["Blueprint"]:
        """Yields this, then what it becomes by giving up what takes multiply-adds and has few parameters."""
        for form in self.form.leaner():
            yield replace(self, form=form)


def blueprint_of(architecture: Architecture) -> tuple[Blueprint, dict[str, int]]:
    """Finds the blueprint and the widths by slot that assemble into `architecture` (in its normal form).

    Raises:
        InvalidDesign: The space has no such network.
    """
    ghosts = {layer.images for layer in architecture.layers if isinstance(layer, GhostBatchNorm)}
    if ghosts and BatchNorm() in architecture.layers:
        raise InvalidDesign(f"the search space has no network `{architecture.notation}`")
    ghost, activation = max(ghosts, default=0), _activation(architecture)
    back: dict[Layer, Layer] = {GhostBatchNorm(ghost): BatchNorm()} if ghosts else {}
    back[_ACTIVATIONS[activation]] = Relu()
    plain = Architecture(tuple(back.get(layer, layer) for layer in architecture.layers), architecture.image)
    try:
        form, widths = structure_of(plain)
    except InvalidDesign:
        form, widths = stages_of(plain.normal_form())
    return Blueprint(form=form, activation=activation, ghost=ghost), widths


def _activation(architecture: Architecture) -> ActivationName:
    """Returns the name of the network's first kind of activation; relu where it has none."""
    for name, layer in _ACTIVATIONS.items():
        if layer in architecture.layers:
            return name
    return "relu"
