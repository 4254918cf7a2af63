"""The ladder of a design: from its bare skeleton, one change at a time, to the whole, as people tell such stories."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from string import digits

from space.architecture import Architecture
from space.design import Design
from space.invalid import InvalidDesign
from space.known.sums import without_sums
from space.layers import (
    Activation,
    Again,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dropout,
    EfficientAttention,
    Flatten,
    Fork,
    GhostBatchNorm,
    GlobalAvgPool,
    GroupNorm,
    InstanceNorm,
    Layer,
    LayerNorm,
    Linear,
    MapDropout,
    MaxPool,
    Pool,
    Relu,
    Skip,
    SqueezeExcite,
    Sum,
)
from space.layers.sides import pair
from space.recipe import Constant, OneCycle

_NARROWER = 0.7  # of the design's widths, before it is given its capacity
_HEAVY = 2.0  # times the widths after it, where a ladder begins
_ONE_CYCLE_GAIN = 10.0  # a one-cycle peak over a rate that can stay (Smith and Topin, arXiv 1708.07120)


@dataclass(frozen=True, slots=True)
class Step:
    """A value that names one design on the way to another.

    Attributes:
        name: What is changed, in a few words.
        target: What is changed and why, in a sentence.
        design: With the change.
    """

    name: str
    target: str
    design: Design


@dataclass(frozen=True, slots=True)
class _Ingredient:
    """A part of designs that a ladder adds in one step.

    Attributes:
        name: As of a `Step`.
        target: As of a `Step`.
        removed: Returns a design without it; the design itself where it has none.
        absence: What a design without it is called, if not `without` and the name.
    """

    name: str
    target: str
    removed: Callable[[Design], Design]
    absence: str = ""


def ladder(design: Design) -> tuple[Step, ...]:
    """Returns the steps from the bare skeleton to `design`, the skeleton first.

    Changes that the design does not have, or that no network could be without, are left out.
    """
    steps: list[Step] = []
    for ingredient in reversed(_INGREDIENTS):
        simpler = _without(design, ingredient)
        if not _alike(simpler, design):
            steps.append(Step(ingredient.name, ingredient.target, design))
            design = simpler
    skeleton = "The bare skeleton: does a plain network of this depth learn the images, and where does it fall short?"
    return (Step("skeleton", skeleton, design), *reversed(steps))


def leave_one_out(design: Design) -> tuple[Step, ...]:
    """Returns `design` without one of its ingredients at a time."""
    simpler = ((ingredient, _without(design, ingredient)) for ingredient in _INGREDIENTS)
    return tuple(
        Step(ingredient.absence or f"without {ingredient.name}", ingredient.target, less)
        for ingredient, less in simpler
        if not _alike(less, design)
    )


def _alike(one: Design, other: Design) -> bool:
    """Says whether two designs have the same network and train alike."""
    return one.architecture == other.architecture and one.recipe.normal_form() == other.recipe.normal_form()


def _without(design: Design, ingredient: _Ingredient) -> Design:
    """Returns the design without the ingredient; the design itself where no network could be without it."""
    try:
        return ingredient.removed(design)
    except InvalidDesign:
        return design


def _with_layers(change: Callable[[Architecture], list[Layer]]) -> Callable[[Design], Design]:
    """Makes a change of designs of a change of layers."""

    def change_of_layers(design: Design) -> Design:
        before, layers = design.architecture.layers, tuple(change(design.architecture))
        if _kinds_again(before) != _kinds_again(layers):
            raise InvalidDesign("what is used again would be another layer")
        changed = Architecture(layers, design.architecture.image)
        if changed.classes != design.architecture.classes:
            raise InvalidDesign("there would be another number of classes")
        return replace(design, architecture=changed)

    return change_of_layers


def _kinds_again(layers: tuple[Layer, ...]) -> dict[str, int]:
    """Counts the layers of each kind of which one is used again, by its number."""
    kinds = {layer.name.rstrip(digits) for layer in layers if isinstance(layer, Again)}
    return {kind: sum(layer.kind == kind for layer in layers) for kind in kinds}


def _dropping(*kinds: type[Layer]) -> Callable[[Design], Design]:
    """Makes a change that leaves out all layers of these classes."""
    return _with_layers(lambda architecture: [layer for layer in architecture.layers if not isinstance(layer, kinds)])


def _with_relus(architecture: Architecture) -> list[Layer]:
    """Replaces every other activation by a ReLU."""
    return [Relu() if isinstance(layer, Activation) else layer for layer in architecture.layers]


def _with_sharp_pools(architecture: Architecture) -> list[Layer]:
    """Replaces blurred max pools by sharp ones."""
    return [MaxPool() if layer == MaxPool(blur=True) else layer for layer in architecture.layers]


def _with_whole_batches(architecture: Architecture) -> list[Layer]:
    """Replaces ghost batch normalisation by that of whole batches."""
    return [BatchNorm() if isinstance(layer, GhostBatchNorm) else layer for layer in architecture.layers]


def _scaled(times: float) -> Callable[[Design], Design]:
    """Makes a change that multiplies widths, those of class maps aside; depthwise convolutions follow their input."""

    def change(architecture: Architecture) -> list[Layer]:
        last = max((n for n, layer in enumerate(architecture.layers) if isinstance(layer, Conv | Linear)), default=-1)
        before, now, layers = 1, 1, []
        for place, layer in enumerate(architecture.layers):
            if isinstance(layer, Conv):
                depthwise = layer.groups == before > 1
                width = layer.channels if place == last else max(1, round(layer.channels * times))
                if depthwise:
                    width = now * (layer.channels // before)
                before = layer.channels
                layer = replace(layer, channels=width, groups=now if depthwise else layer.groups)
                now = width
            elif isinstance(layer, Linear) and place != last:
                layer = replace(layer, features=max(1, round(layer.features * times)))
            layers.append(layer)
        return layers

    return _with_layers(change)


def _with_full_map(architecture: Architecture) -> list[Layer]:
    """Replaces the mean over the map, where that is square, by a convolution as large as the map."""
    layers = list(architecture.layers)
    shapes = [architecture.image, *(cost.shape for cost in architecture.costs)]
    mean = max((n for n, layer in enumerate(layers) if isinstance(layer, GlobalAvgPool | AvgPool)), default=-1)
    convolutions = [place for place, layer in enumerate(layers) if isinstance(layer, Conv)]
    if mean < 0 or architecture.costs[mean].shape[1:] != (1, 1):
        return layers
    if any(isinstance(layer, Linear) for layer in layers[mean:]):  # which takes the whole map without the mean
        return [*layers[:mean], *layers[mean + 1 :]]
    behind = [place for place in convolutions if place > mean]
    height, width = shapes[mean if behind else convolutions[-1]][1:] if convolutions else (0, 1)
    if height != width:
        return layers
    if behind:  # the first one behind the mean takes its place
        return [*layers[:mean], replace(layers[behind[0]], kernel=height), *layers[behind[0] + 1 :]]
    final = convolutions[-1]  # class maps, of which the mean was taken
    return [*layers[:final], replace(layers[final], kernel=height, padding=0)]


def _with_later_pool(architecture: Architecture) -> list[Layer]:
    """Moves the first max pool from receptive field 5 to 7, behind the next convolution that sees further."""
    layers, fields = list(architecture.layers), [1, *(cost.receptive_field for cost in architecture.costs)]
    pool = next((place for place, layer in enumerate(layers) if isinstance(layer, MaxPool)), None)
    if pool is None or fields[pool] != 5:
        return layers
    rest = layers[:pool] + layers[pool + 1 :]
    classes = max((place for place, layer in enumerate(rest) if isinstance(layer, Conv)), default=-1)
    seen, depth, field = False, 0, 5
    for place in range(pool, len(rest)):
        layer = rest[place]
        begins = isinstance(layer, Skip | Fork)
        depth += begins - isinstance(layer, Sum | Concat)
        wider = isinstance(layer, Conv) and layer.kernel != 1
        ends = wider or begins or place == classes or isinstance(layer, Pool | Flatten)
        if seen and ends and depth <= begins:
            return [*rest[:place], layers[pool], *rest[place:]] if field == 7 else layers
        if wider:
            assert isinstance(layer, Conv)
            field, seen = field + max(pair(layer.kernel)) - 1, True
    return layers


def _with_constant_rate(design: Design) -> Design:
    """Replaces the schedule by a constant rate, a tenth of the peak where that was of one cycle."""
    recipe = design.recipe
    rate = recipe.learning_rate / (_ONE_CYCLE_GAIN if isinstance(recipe.schedule, OneCycle) else 1.0)
    return replace(design, recipe=replace(recipe, schedule=Constant(), learning_rate=rate))


def _setting(**plain: object) -> Callable[[Design], Design]:
    """Makes a change that sets plain values in place of the recipe's own."""
    return lambda design: replace(design, recipe=replace(design.recipe, **plain))  # type: ignore[arg-type]


_INGREDIENTS = (
    _Ingredient("lighter widths", "Half the widths: how much of the size is needed?", _scaled(_HEAVY),
                "twice as wide"),
    _Ingredient(
        "batch normalisation",
        "Batch normalisation, so that each layer's input keeps its scale and training is faster.",
        _dropping(BatchNorm, GhostBatchNorm),
    ),
    _Ingredient("normalisation of each image", "The maps of an image at one scale, whatever the batch.",
                _dropping(GroupNorm, LayerNorm, InstanceNorm)),
    _Ingredient("regularisation", "Dropout against overfitting.", _dropping(Dropout, MapDropout)),
    _Ingredient(
        "global average pooling",
        "The mean of each map in place of a convolution as large as the map, to save its parameters.",
        _with_layers(_with_full_map),
    ),
    _Ingredient("capacity", "More parameters spent on wider layers.", _scaled(_NARROWER),
                f"{_NARROWER} times as wide"),
    _Ingredient(
        "pool position",
        "The first max pool at receptive field 5 in place of 7: edges are found by then, and all layers behind "
        "cost a quarter.",
        _with_layers(_with_later_pool),
    ),
    _Ingredient("residual sums", "What comes into a block added to what leaves it, for shorter ways back.",
                _with_layers(without_sums)),
    _Ingredient("gates", "Maps scaled by what all of the image has of them.",
                _dropping(SqueezeExcite, EfficientAttention)),
    _Ingredient("blurred pools", "Pools whose answer changes less when the image moves by a pixel.",
                _with_layers(_with_sharp_pools)),
    _Ingredient("activation", "Another activation than ReLU, which lets some of the negative side pass.",
                _with_layers(_with_relus)),
    _Ingredient("ghost batches", "Normalisation of parts of a batch by themselves, as regularisation.",
                _with_layers(_with_whole_batches)),
    _Ingredient("augmentation", "Training images turned, moved and scaled at random, against overfitting.",
                _setting(augmentation=(), fade=0.0)),
    _Ingredient("schedule", "A learning rate that changes on the way in place of a constant one: large steps first, "
                "small ones to settle.", _with_constant_rate),
    _Ingredient("fading", "Augmentation that fades out, so that the last epochs see images as they are.",
                _setting(fade=0.0)),
    _Ingredient("label smoothing", "Targets a little below certainty, against overconfidence.",
                _setting(label_smoothing=0.0)),
    _Ingredient("weight average", "A moving average of the weights, whose noise is smaller.", _setting(ema=0.0)),
    _Ingredient("distillation", "A larger network's answers as targets.", _setting(distillation=0.0)),
    _Ingredient("decay of weights only", "No weight decay of biases and of normalisation's scales and shifts.",
                _setting(decay_vectors=True)),
    _Ingredient("Nesterov momentum", "Momentum that looks ahead.", _setting(nesterov=False)),
)  # fmt: skip
"""In the order in which a ladder adds them."""
