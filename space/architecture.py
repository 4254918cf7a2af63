"""`Architecture`: a network as a value, with its shapes, cost and receptive field in closed form."""

import math
from dataclasses import dataclass, field

from space.invalid import InvalidDesign
from space.layers import AvgPool, GlobalAvgPool, Layer, MaxPool, Shape, Skip, Sum
from space.notation import format_layers, format_shape, parse_network
from space.task import DIGITS

_BYTES = 4  # of one float32


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerCost:
    """A value that says what one layer makes of its input and what it costs.

    Attributes:
        token: The layer in the notation.
        shape: Channels, height, width that leave it.
        parameters: Numbers it learns.
        macs: Multiply-adds for one image; convolutions only, without the bias.
        receptive_field: Side, in input pixels, of what one element that leaves it has seen, not clipped
            to the image.
        activation_bytes: Its input and output together for one float32 image, and what waits for the end of
            a residual block; 0 for a layer that works in place (normalisation, activation, dropout, sum).
    """

    token: str
    shape: Shape
    parameters: int
    macs: int
    receptive_field: int
    activation_bytes: int


@dataclass(frozen=True, slots=True)
class Architecture:
    """A value that holds the layers of a network, from an image to logits, one a class, and what they cost.

    The receptive field follows r += (k - 1) * jump (Araujo et al., "Computing Receptive Fields of
    Convolutional Neural Networks", Distill 2019).

    Raises:
        InvalidDesign: A layer does not fit its input, a residual block changes the shape or is not closed,
            or what leaves the last is not Nx1x1; the message names the layer by its place, from 1, and its token.

    Attributes:
        image: Channels, height and width of one image.
    """

    layers: tuple[Layer, ...]
    image: Shape = DIGITS.image
    costs: tuple[LayerCost, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shape, reach, jump = self.image, 1, 1
        costs = []
        skips: list[tuple[int, Shape]] = []  # places and shapes of the residual blocks that are open
        for place, layer in enumerate(self.layers, start=1):
            try:
                out = layer.output(shape)
                parameters, macs = layer.parameters(shape), layer.macs(shape)
                if isinstance(layer, Skip):
                    skips.append((place, shape))
                elif isinstance(layer, Sum):
                    _close(skips, place, shape)
            except InvalidDesign as error:
                raise InvalidDesign(f"layer {place} `{layer.token}`: {error}") from None
            reach += (layer.sees(shape) - 1) * jump
            jump *= layer.stride(shape)
            waiting = [entered for opened, entered in skips if opened != place - 1]  # else it is this layer's input
            size = sum(map(math.prod, (shape, out, *waiting)))
            costs.append(
                LayerCost(
                    token=layer.token,
                    shape=out,
                    parameters=parameters,
                    macs=macs,
                    receptive_field=reach,
                    activation_bytes=0 if layer.in_place else size * _BYTES,
                )
            )
            shape = out
        if skips:
            raise InvalidDesign(f"layer {skips[-1][0]} `[`: no `]` closes it")
        if not self.layers or shape[0] < 2 or shape[1:] != (1, 1):
            last = f"layer {len(self.layers)} `{self.layers[-1].token}`" if self.layers else "no layer"
            raise InvalidDesign(
                f"{last} leaves {format_shape(shape)}, the last must leave a number a class, Nx1x1; "
                f"end with N maps and `gap`, or `gap cNk1`"
            )
        object.__setattr__(self, "costs", tuple(costs))

    @classmethod
    def parse(cls, text: str, *, image: Shape = DIGITS.image) -> "Architecture":
        """Reads the network that the notation `text` describes; raises InvalidDesign.

        image: Of a network whose notation does not begin with the shape of its images, as `3x32x32` does.
        """
        named, layers = parse_network(text)
        return cls(layers, named or image)

    @property
    def notation(self) -> str:
        """The network as text, which `parse` reads back as an equal one."""
        layers = format_layers(self.layers)
        return layers if self.image == DIGITS.image else f"{format_shape(self.image)} {layers}"

    @property
    def classes(self) -> int:
        """How many classes the network tells apart, which is how many logits it gives."""
        return self.costs[-1].shape[0]

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(cost.parameters for cost in self.costs)

    @property
    def macs(self) -> int:
        """How many multiply-adds one image takes."""
        return sum(cost.macs for cost in self.costs)

    @property
    def activation_bytes(self) -> int:
        """How much memory activations take at once for one float32 image.

        The largest sum over layers that do not work in place: input, output, and what waits for the end of a residual
        block.
        """
        return max(cost.activation_bytes for cost in self.costs)

    @property
    def receptive_field(self) -> int:
        """The side, in input pixels, of what one logit has seen, not clipped to the image."""
        return self.costs[-1].receptive_field

    @property
    def pool_receptive_fields(self) -> tuple[int, ...]:
        """The receptive fields in front of the max pools, in order."""
        fields = [1, *(cost.receptive_field for cost in self.costs)]
        return tuple(fields[i] for i, layer in enumerate(self.layers) if isinstance(layer, MaxPool))

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names in order: `conv1`, `bn1`, `relu1`, `drop1`, `pool1`, `conv2`, ...

        The trained model and the exported module both use them, so that their state dicts have the same keys.
        """
        counts: dict[str, int] = {}
        names = []
        for layer in self.layers:
            counts[layer.kind] = counts.get(layer.kind, 0) + 1
            names.append(f"{layer.kind}{counts[layer.kind]}")
        return tuple(names)

    def normal_form(self) -> "Architecture":
        """Returns the same function in one spelling: an average pool over the whole map is written `gap`."""
        shapes = [self.image, *(cost.shape for cost in self.costs)]
        layers = tuple(
            GlobalAvgPool() if isinstance(layer, AvgPool) and shape[1:] == (layer.kernel, layer.kernel) else layer
            for layer, shape in zip(self.layers, shapes, strict=False)
        )
        return Architecture(layers, self.image)


def _close(skips: list[tuple[int, Shape]], place: int, shape: Shape) -> None:
    """Closes the innermost open residual block, or raises InvalidDesign where none may end here."""
    if not skips:
        raise InvalidDesign("no `[` opens it")
    opened, came = skips.pop()
    if opened == place - 1:
        raise InvalidDesign("there is nothing between it and its `[`")
    if came != shape:
        raise InvalidDesign(
            f"a residual block must keep the shape, {format_shape(came)} comes in at layer {opened} `[` and "
            f"{format_shape(shape)} here"
        )
