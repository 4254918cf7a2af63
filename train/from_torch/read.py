"""`TorchNetwork`: a module of somebody's that is read as a network of the notation."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from space.architecture import Architecture
from space.invalid import InvalidDesign
from space.layers import Again, Flatten, Layer, Shape
from space.notation import format_shape
from space.tracing import named
from train.from_torch.bad_code import BadCode, FailsOnImages, Place
from train.from_torch.blocks import Part, PartOfGate
from train.from_torch.module import built, copied
from train.from_torch.order import ordered
from train.from_torch.otherwise import frozen, in_evaluation
from train.from_torch.recording import Recording, record
from train.from_torch.source import Source
from train.from_torch.surroundings import Surroundings
from train.from_torch.tokens import Tokens

_SIDES = {1: 28, 3: 32}  # of images, by their channels, where nobody says it: MNIST's and CIFAR-10's
_OTHER_SIDES = (28, 32, 64, 96, 128, 224, 227, 256, 299, *sorted(range(8, 128), key=lambda side: -(side & -side)))
"""Sides that are tried where these do not fit: usual ones, then all to 127, the roundest in binary first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A module as a network of the notation.

    Attributes:
        parameters: The names that the module has for the network's parameters, in the order of those of
            `train.model.build`, whose shapes are the same but for a linear layer, which is a convolution.
        notes: What the network does otherwise than the module, a line each.
    """

    architecture: Architecture
    parameters: tuple[str, ...]
    notes: tuple[str, ...]


class TorchNetwork:
    """A module of somebody's, to be read at images of any shape.

    Args:
        given: net.py:Net, package.module:Net, a torch.nn.Module, its class, or a function that returns one.

    Raises:
        BadCode: There is none, or it cannot be built.
    """

    def __init__(self, given: Any) -> None:
        self._named = isinstance(given, str)
        if isinstance(given, str):
            source = Source(given)
            self.name: str = given
            self._shown, self._surroundings = source.shown, source.surroundings
            self._class = given.rpartition(":")[2]
            found = source.found
        else:
            self._class: str = getattr(given, "__name__", type(given).__name__)
            self.name = self._class
            self._shown, self._surroundings = self._by_file, Surroundings(None)
            found = given
        self._module, self._places = built(found, self._class, self._surroundings, self._shown)

    def _by_file(self, place: Place | None) -> str:
        return f"{place.file}:{place.line}" if place else self.name

    def read(self, image: Shape | None = None, otherwise: Callable[[], Shape] | None = None) -> Reading:
        """Reads the module at images of that shape, or at those that it is most likely made for: as many channels as
        its first convolution takes, and 28 pixels a side of one channel, 32 of three. Where it does not run on these,
        `otherwise` is asked for the shape.

        Raises:
            BadCode: Something in it has no token, or it fails on such images.
        """
        if image is not None:
            return self._read(image)
        first = self._channels()
        trouble = None
        for channels in dict.fromkeys((first, 1, 3)):
            side = _SIDES.get(channels, 28)
            try:
                return self._read((channels, side, side))
            except FailsOnImages as error:
                trouble = trouble or error
        assert trouble is not None
        if otherwise is not None:
            return self._read(otherwise())
        raise FailsOnImages(f"{trouble}{self._at_another_side(first)}")

    def _channels(self) -> int:
        convs = (one for one in self._module.modules() if isinstance(one, nn.Conv2d))
        return next((conv.in_channels for conv in convs), 0) or 1  # none of one that takes what comes

    def _at_another_side(self, channels: int) -> str:
        for side in _OTHER_SIDES:
            image = (channels, side, side)
            try:
                self._read(image)
            except FailsOnImages:
                continue
            except BadCode:
                pass  # it has run
            shape = format_shape(image)
            if self._named:
                return f"; it runs on {shape}: write '{shape} {self.name}'"
            return f"; it runs on {shape}: name it with that by its file, as '{shape} net.py:{self.name}'"
        name = self.name if self._named else f"net.py:{self.name}"
        return f"; if it is for images of another shape, write that in front, as '{channels}x96x160 {name}'"

    def _fresh(self) -> nn.Module:
        """Returns the module for one run, which may change it; itself where it cannot be copied."""
        try:
            return copied(self._module, {})
        except Exception:  # whatever a module of the user's holds
            return self._module

    def _read(self, image: Shape) -> Reading:
        module = self._fresh()
        recording = self._record(module, image)
        tokens = Tokens(recording)
        parts = ordered(recording, tokens)
        while parts and parts[-1].layer == Flatten():  # as logits are
            parts.pop()
        layers, names = _shared(parts)
        self._check_used(module, names)
        try:
            architecture = Architecture(layers, image)
        except InvalidDesign as error:
            raise BadCode(f"{self._at(recording, parts, error)} makes no network of the notation: {error}") from None
        numel = sum(parameter.numel() for parameter in module.parameters())
        if architecture.parameters != numel:
            raise BadCode(
                f"{self._class} has {numel:,} parameters and would be read as {architecture.notation} of "
                f"{architecture.parameters:,}; write the notation by hand"
            )
        notes = (
            *tokens.notes,
            *frozen(module),
            *in_evaluation(recording, lambda: self._evaluated(image), self._class),
        )
        return Reading(architecture=architecture, parameters=names, notes=notes)

    def _at(self, recording: Recording, parts: list[Part], error: InvalidDesign) -> str:
        """Returns the line and the call of the layer that an error names by its place, or the name of the module."""
        layer = re.match(r"layer (\d+) ", str(error))
        return recording.where(parts[int(layer[1]) - 1].call) if layer else self._class

    def _evaluated(self, image: Shape) -> Recording:
        module = self._fresh()
        module.eval()
        try:
            return self._record(module, image)
        finally:
            module.train()

    def _record(self, module: nn.Module, image: Shape) -> Recording:
        return record(
            module,
            image,
            places=self._places,
            surroundings=self._surroundings,
            shown=self._shown,
            name=self._class,
        )

    def _check_used(self, module: nn.Module, names: tuple[str, ...]) -> None:
        """Raises BadCode where a parameter is never used, or in several layers that are not the same."""
        for name, parameter in module.named_parameters():
            if (times := names.count(name)) == 1:
                continue
            path, numel = name.rpartition(".")[0] or name, parameter.numel()
            where = f"{self._shown(self._places.get(path))}: {path}"
            if times:
                raise BadCode(
                    f"{where} is used {times} times in layers that differ, which has no token in the notation"
                )
            raise BadCode(
                f"{where} is never used in forward, and its {numel:,} parameter{'s' * (numel != 1)} would be counted "
                "for nothing; use it or take it out"
            )


def _shared(parts: list[Part]) -> tuple[tuple[Layer, ...], tuple[str, ...]]:
    """Returns the layers, one with an earlier one's weights as that once more, and the names of all parameters."""
    layers: list[Layer] = []
    first: dict[tuple[tuple[str, ...], Layer], str] = {}
    for part in parts:
        assert not isinstance(part.layer, PartOfGate)
        layers.append(part.layer)
        if part.parameters:
            own = part.parameters, part.layer
            if own in first:
                layers[-1] = Again(first[own])
            else:
                first[own] = named(layers)[-1]
    return tuple(layers), tuple(name for parameters, _ in first for name in parameters)
