"""`Architecture`: a network as a value, with its shapes, cost and receptive field in closed form."""

from dataclasses import dataclass, field

from space.invalid import InvalidDesign
from space.layers import AdaptiveAvgPool, Again, AvgPool, GlobalAvgPool, Layer, Mark, MaxPool, Own, Shape
from space.layers.sides import pair
from space.notation import format_layers, format_shape, parse_network
from space.task import DIGITS
from space.tracing import LayerCost, Trace, named


@dataclass(frozen=True, slots=True)
class Architecture:
    """A value that holds the layers of a network, from an image to logits, one a class, and what they cost.

    The receptive field follows r += (k - 1) * jump (Araujo et al., "Computing Receptive Fields of
    Convolutional Neural Networks", Distill 2019), along rows and columns, of all branches of a block together.

    Raises:
        InvalidDesign: A layer does not fit its input, a block does not fit together or is not closed,
            or what leaves the last is not Nx1x1; the message names the layer by its place, from 1, and its token.

    Attributes:
        image: Channels, height and width of one image.
    """

    layers: tuple[Layer, ...]
    image: Shape = DIGITS.image
    costs: tuple[LayerCost, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        costs = Trace(self.layers, self.image).costs
        shape = costs[-1].shape if costs else self.image
        if not costs or shape[0] < 2 or shape[1:] != (1, 1):
            last = f"layer {len(self.layers)} `{self.layers[-1].token}`" if self.layers else "no layer"
            raise InvalidDesign(
                f"{last} leaves {format_shape(shape)}, the last must leave a number a class, Nx1x1; "
                f"end with N maps and `gap`, with `gap cNk1`, or with `flatten fcN`"
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
    def pool_receptive_fields(self) -> tuple[tuple[int, int], ...]:
        """The receptive fields in front of the max pools, in order, each along rows and along columns."""
        fields = [(1, 1), *(cost.fields for cost in self.costs)]
        return tuple(fields[i] for i, layer in enumerate(self.layers) if isinstance(layer, MaxPool))

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names in order: `conv1`, `bn1`, `relu1`, `drop1`, `pool1`, `conv2`, ...

        The trained model and the exported module both use them, so that their state dicts have the same keys.
        """
        return named(self.layers)

    @property
    def meant(self) -> tuple[Own | Mark, ...]:
        """The layers, and in the place of each later use of a layer's weights that layer."""
        rows = tuple(zip(self.names, self.layers, strict=True))
        own: dict[str, Own | Mark] = {name: layer for name, layer in rows if not isinstance(layer, Again)}
        return tuple(own[layer.name if isinstance(layer, Again) else name] for name, layer in rows)

    @property
    def incoming(self) -> tuple[tuple[Shape, bool], ...]:
        """What comes into each layer: its shape, and whether it is a row of numbers."""
        return ((self.image, False), *((cost.shape, cost.flat) for cost in self.costs[:-1]))

    def normal_form(self) -> "Architecture":
        """Returns the same function in one spelling: an average pool over the whole map is written `gap`."""
        layers = tuple(
            GlobalAvgPool() if _is_whole(layer, shape) else layer
            for layer, (shape, _) in zip(self.layers, self.incoming, strict=True)
        )
        return Architecture(layers, self.image)


def _is_whole(layer: Layer, shape: Shape) -> bool:
    """Says whether a layer takes the mean over the whole map of that shape, and does nothing else."""
    if isinstance(layer, AvgPool):
        return pair(layer.kernel) == shape[1:] and not layer.padding
    return layer == AdaptiveAvgPool(1)
