"""`Recipe`: everything about a training that is not the network."""

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, assert_never, get_args

from space.augmentations import Affine, Augmentation
from space.invalid import require

OptimizerName = Literal["sgd", "adam", "adamw", "muon"]
Anneal = Literal["cosine", "linear"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A schedule that stays at the peak learning rate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepDecay:
    """A schedule that multiplies the rate by `factor` after every `every` epochs (torch's StepLR)."""

    every: int
    factor: float

    def __post_init__(self) -> None:
        require(self.every >= 1, "a step schedule falls every 1 epoch or more", self.every)
        require(0 < self.factor < 1, "a step schedule's factor lies between 0 and 1", self.factor)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExponentialDecay:
    """A schedule that multiplies the rate by `factor` after each epoch."""

    factor: float

    def __post_init__(self) -> None:
        require(0 < self.factor < 1, "an exponential schedule's factor lies between 0 and 1", self.factor)


@dataclass(frozen=True, kw_only=True, slots=True)
class OneCycle:
    """A schedule that goes up to the peak and down again, set at each step.

    The momentum or Adam's first beta runs against it from 0.95 to 0.85 and back, whatever the recipe's (Smith and
    Topin, arXiv 1708.07120; torch's OneCycleLR).

    Attributes:
        warmup: Share of all steps that rises, in (0, 1).
        start_divisor: The first rate is the peak over this.
        end_divisor: The last rate is the first over this.
        anneal: Along which curve the rate moves.
    """

    warmup: float = 0.3
    start_divisor: float = 25.0
    end_divisor: float = 1e4
    anneal: Anneal = "cosine"

    def __post_init__(self) -> None:
        require(0 < self.warmup < 1, "a one-cycle schedule's warm-up share is in (0, 1)", self.warmup)
        require(self.start_divisor >= 1, "a one-cycle start divisor is at least 1", self.start_divisor)
        require(self.end_divisor >= 1, "a one-cycle end divisor is at least 1", self.end_divisor)
        require(
            self.anneal in get_args(Anneal), f"a schedule anneals by {' or '.join(get_args(Anneal))}", self.anneal
        )


@dataclass(frozen=True, slots=True)
class Cosine:
    """A schedule along half a cosine from the peak to zero, set at each step.

    By Loshchilov and Hutter, arXiv 1608.03983.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class ReduceOnPlateau:
    """A schedule that multiplies the rate by `factor` when the training loss stays for more than `patience` epochs.

    The training loss, so that neither held-out nor test images steer a training.
    """

    factor: float
    patience: int

    def __post_init__(self) -> None:
        require(0 < self.factor < 1, "a plateau schedule's factor lies between 0 and 1", self.factor)
        require(self.patience >= 0, "a plateau schedule's patience is 0 or more epochs", self.patience)


MOMENTUM = 0.9  # of a recipe in which it has no effect
ONE_CYCLE_MOMENTA = "0.95 to 0.85 to 0.95"

Schedule = Constant | StepDecay | ExponentialDecay | OneCycle | Cosine | ReduceOnPlateau


_KINDS: dict[str, type] = {kind.__name__: kind for kind in (*get_args(Schedule), *get_args(Augmentation))}


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A value that says how a network is trained.

    Some fields have no effect beside others, as `normal_form` lists them: the search makes recipes in that form, and
    words are of that form.

    Attributes:
        learning_rate: The peak.
        optimizer: muon orthogonalises the steps of convolutions' weights and leaves the others, and depthwise
            convolutions, to adamw.
        momentum: SGD's and Muon's momentum, or Adam's first beta; a one-cycle schedule moves it itself.
        nesterov: Whether SGD looks ahead along its momentum.
        weight_decay: L2 penalty for sgd and adam, decoupled for adamw and muon.
        decay_vectors: Whether it reaches biases, and the scales and shifts of normalisation, too.
        augmentation: Applied in this order to images in [0, 1], before normalisation.
        fade: Share of the training at its end in which the augmentation's ranges shrink to nothing, in [0, 1].
        label_smoothing: Share of the target spread over all classes, in [0, 1).
        distillation: Share of the loss that is the cross-entropy to a teacher's softened answers, in [0, 1] (Hinton,
            Vinyals and Dean, arXiv 1503.02531); the teacher sees the same augmented images.
        ema: Decay of an exponential moving average of the weights after each step, whose network is
            the one that is scored and kept; 0 for none.
        epochs: The length the schedule is made for.
    """

    optimizer: OptimizerName
    learning_rate: float
    momentum: float
    weight_decay: float
    batch_size: int
    schedule: Schedule
    augmentation: tuple[Augmentation, ...]
    nesterov: bool = False
    decay_vectors: bool = True
    fade: float = 0.0
    label_smoothing: float = 0.0
    distillation: float = 0.0
    ema: float = 0.0
    epochs: int = 15

    def __post_init__(self) -> None:
        names = get_args(OptimizerName)
        require(self.optimizer in names, f"the optimizer is one of {', '.join(names)}", self.optimizer)
        require(0 < self.learning_rate < math.inf, "the learning rate is above 0 and finite", self.learning_rate)
        require(0 <= self.momentum < 1, "the momentum is in [0, 1)", self.momentum)
        require(0 <= self.weight_decay < math.inf, "the weight decay is 0 or more and finite", self.weight_decay)
        require(self.batch_size >= 2, "a batch has at least 2 images", self.batch_size)
        require(0 <= self.fade <= 1, "the share in which augmentation fades is in [0, 1]", self.fade)
        require(0 <= self.label_smoothing < 1, "label smoothing is in [0, 1)", self.label_smoothing)
        require(0 <= self.distillation <= 1, "the share of distillation is in [0, 1]", self.distillation)
        require(0 <= self.ema < 1, "the decay of the weight average is in [0, 1)", self.ema)
        require(self.epochs >= 1, "a training has at least 1 epoch", self.epochs)

    def shortened(self, epochs: int) -> "Recipe":
        """Returns the same course in fewer epochs.

        What falls with the epochs falls as many times faster, and the weight average forgets as many times faster.
        """
        times = self.epochs / epochs
        schedule: Schedule = self.schedule
        match schedule:
            case StepDecay(every=every):
                schedule = replace(schedule, every=max(1, round(every / times)))
            case ExponentialDecay(factor=factor):
                schedule = ExponentialDecay(factor=factor**times)
            case ReduceOnPlateau(patience=patience):
                schedule = replace(schedule, patience=round(patience / times))
            case Constant() | OneCycle() | Cosine():
                pass  # they count no epochs
            case _:
                assert_never(schedule)
        ema = self.ema and max(0.0, 1 - (1 - self.ema) * times)
        return replace(self, schedule=schedule, ema=ema, epochs=epochs)

    def to_json(self) -> dict[str, Any]:
        """Returns a JSON object that `from_json` turns back into an equal recipe."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        return data | {
            "schedule": _tagged(self.schedule),
            "augmentation": [_tagged(one) for one in self.augmentation],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Recipe":
        """Reads what `to_json` returned; raises KeyError, TypeError or ValueError of anything else."""
        return cls(
            **data
            | {
                "schedule": _untagged(data["schedule"]),
                "augmentation": tuple(_untagged(one) for one in data["augmentation"]),
            }
        )

    def normal_form(self) -> "Recipe":
        """Returns the recipe that trains alike, with plain values in place of those that have no effect."""
        plain: dict[str, Any] = {}
        if _never_falls(self.schedule, self.epochs):
            plain["schedule"] = Constant()
        if isinstance(self.schedule, OneCycle):
            plain["momentum"] = MOMENTUM  # the schedule moves it itself
        elif not self.momentum:
            plain["nesterov"] = False  # there is nothing along which to look ahead
        if self.optimizer != "sgd":
            plain["nesterov"] = False
        if not self.weight_decay:
            plain |= {"decay_vectors": True, "optimizer": "adam" if self.optimizer == "adamw" else self.optimizer}
        if not any(map(_moves, self.augmentation)):
            plain["fade"] = 0.0
        if self.distillation == 1:
            plain["label_smoothing"] = 0.0  # of labels that count for nothing
        return replace(self, **plain)

    def describe(self) -> str:
        """Writes for people, on one line, what of the recipe has an effect, each number in full."""
        recipe = self.normal_form()
        momentum = ONE_CYCLE_MOMENTA if isinstance(recipe.schedule, OneCycle) else exact(recipe.momentum)
        parts = [
            f"{recipe.optimizer} lr {exact(recipe.learning_rate)} momentum {momentum}"
            + (" nesterov" if recipe.nesterov else ""),
            f"weight decay {exact(recipe.weight_decay)}"
            + ("" if recipe.decay_vectors else " of convolutions and fully connected layers only"),
            f"batch {recipe.batch_size}",
            _describe(recipe.schedule),
            " then ".join(map(_describe, recipe.augmentation)) or "no augmentation",
        ]
        if recipe.fade:
            parts.append(f"fading over the last {exact(recipe.fade)}")
        if recipe.label_smoothing:
            parts.append(f"label smoothing {exact(recipe.label_smoothing)}")
        if recipe.distillation:
            parts.append(f"distillation {exact(recipe.distillation)}")
        if recipe.ema:
            parts.append(f"weight average {exact(recipe.ema)}")
        return ", ".join([*parts, f"{recipe.epochs} {'epoch' if recipe.epochs == 1 else 'epochs'}"])


def exact(number: float) -> str:
    """Writes a number in the fewest digits that are read back as the same number."""
    return repr(number).removesuffix(".0")


def _never_falls(schedule: Schedule, epochs: int) -> bool:
    """Says whether so many epochs end before the schedule first lowers the rate."""
    match schedule:
        case StepDecay(every=every):
            return every >= epochs
        case ExponentialDecay():
            return epochs == 1
        case ReduceOnPlateau(patience=patience):
            return patience + 2 >= epochs  # the first epoch is never one without a better loss
        case Constant() | OneCycle() | Cosine():
            return False
        case _:
            assert_never(schedule)


def _moves(augmentation: Augmentation) -> bool:
    """Says whether any range of the augmentation is wider than nothing."""
    return any(value for value in asdict(augmentation).values() if not isinstance(value, str))


def _tagged(value: Any) -> dict[str, Any]:
    """Returns a schedule's or an augmentation's fields with the name of its class as `kind`."""
    return {"kind": type(value).__name__, **asdict(value)}


def _untagged(data: dict[str, Any]) -> Any:
    """Reads what `_tagged` returned."""
    rest = dict(data)
    return _KINDS[rest.pop("kind")](**rest)


def _describe(value: Any) -> str:
    """Writes a schedule or an augmentation with its numbers."""
    numbers = " ".join(
        f"{key} {exact(number) if isinstance(number, float) else number}" for key, number in asdict(value).items()
    )
    return f"{type(value).__name__}({numbers})"


PLAIN_RECIPE = Recipe(
    optimizer="adamw",
    learning_rate=0.01,
    momentum=MOMENTUM,
    weight_decay=1e-4,
    batch_size=128,
    schedule=OneCycle(),
    augmentation=(Affine(degrees=10.0, translate=0.07, scale=0.1, shear=5.0, interpolation="bilinear"),),
)
"""As people train such networks by hand, at their best."""

DEFAULT_RECIPE = replace(PLAIN_RECIPE, batch_size=64, label_smoothing=0.05, ema=0.999, fade=0.2)
"""What a network is trained with when it is named by its notation alone."""
