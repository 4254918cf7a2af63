"""`Settings`: what a search was asked to do, checked before anything heavy is loaded."""

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

from search.errors import UserError
from search.limits import check_range, check_reachable, check_space, smallest_within
from search.names import check_place
from search.objective import Objective
from space.choices.augment_sets import Augment, default_augment
from space.choices.choices import Sampling, choices
from space.choices.own_reading import document_of, resolved, space_of
from space.choices.search_space import OwnSpace, SearchSpace, base_of
from space.design import Budget
from space.notation import format_shape
from space.task import Task
from train.data.dataset import Dataset
from train.device import DeviceName, PrecisionName

SamplerName = Literal["tpe", "random", "gp", "nsga2"]
ExecutorName = Literal["local", "ray"]
PrunerName = Literal["screening", "percentile", "median", "hyperband", "none"]


_NAMED = {
    "device": DeviceName,
    "precision": PrecisionName,
    "sampler": SamplerName,
    "pruner": PrunerName,
    "sampling": Sampling,
    "augment": Augment,
}  # fields that have one of some values
LATER: dict[str, Any] = {
    "augment": None,
    "patience": None,
    "cost_aware": False,
    "budgets": (),
}  # what studies of before have in place of a field
_OF_THIS_MACHINE = {"shared": False}  # of which each machine that joins a study has its own


@dataclass(frozen=True, slots=True)
class Ray:
    """A Ray cluster. address: HOST:PORT, or auto for the one on this machine; gpus: of each trial, a share too."""

    address: str
    gpus: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """A search.

    Attributes:
        budget: What a network may cost, at most where there are several budgets.
        budgets: The parameters of several budgets whose best networks are sought together, the smallest first; none
            where there is one.
        source: The images.
        study: The study's name.
        trials: How many trials the study shall have in total, rejected proposals not counted.
        timeout: Seconds after which this run ends, or None.
        epochs: Length of a trial's schedule.
        last_epochs: A trial's score is its mean held-out accuracy over this many last epochs.
        target: The accuracy asked for, a share in [0, 1]; shown, and selected by with `minimize_parameters` only.
        minimize_parameters: Whether the smallest network that holds the target is sought, not the most accurate.
        workers: Processes that train, one thread each; None is as many as the Ray cluster has room for.
        storage: URL of a database that several coordinators may share, or None for one in the study's folder.
        ray: The Ray cluster that trains, or None for processes on this machine.
        patience: After how many whole trainings in a row that brought nothing beyond noise the search ends, with its
            finals; None for never. They are counted in the trials' order, over all runs of the study.
        finals: How many designs are trained again after the search, with fresh seeds; 0 for none.
        deterministic: Whether the history must be the same for every number of workers and after every resume.
        cost_aware: Whether of several proposals the one with the most expected gain an hour is trained, by times that
            are measured, so that two searches need not go the same way.
        precision: `auto` is fp32 and no other, so that it names the same scores on every machine.
        seed: Of the split, the sampler and each training.
        space: What there is to choose from: the name of a built-in space, or one of somebody's own.
        warm_start: Which designs are tried first, as `search.proposals.warm_starts` reads it.
        augment: The set of augmentations that designs have; None is the one that suits the task.
    """

    budget: Budget
    source: Dataset = field(metadata=_OF_THIS_MACHINE)
    study: str
    trials: int
    timeout: float | None = field(metadata=_OF_THIS_MACHINE)
    epochs: int
    last_epochs: int = field(metadata={"stored": "hold"})
    target: float
    workers: int | None = field(metadata=_OF_THIS_MACHINE)
    seed: int
    device: DeviceName = field(metadata=_OF_THIS_MACHINE)
    precision: PrecisionName
    sampler: SamplerName
    pruner: PrunerName
    space: SearchSpace
    sampling: Sampling
    warm_start: str
    deterministic: bool
    minimize_parameters: bool
    finals: int = field(metadata=_OF_THIS_MACHINE)
    storage: str | None = field(default=None, repr=False, metadata=_OF_THIS_MACHINE)  # it may hold a password
    ray: Ray | None = field(default=None, metadata=_OF_THIS_MACHINE)
    augment: Augment | None = None
    patience: int | None = None
    cost_aware: bool = False
    budgets: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in _NAMED.items():
            if (value := getattr(self, name)) not in (known := get_args(kind)) and (name, value) != ("augment", None):
                raise UserError(f"`{name}` must be one of {', '.join(known)}, not {value!r}")
        check_space(self.space)
        for parameters in self.budgets or (self.budget.parameters,):
            budget = replace(self.budget, parameters=parameters)
            check_reachable(self.space, budget, self.task, self.augmentations, self.sampling)
        for name in ("trials", "last_epochs", "patience"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise UserError(f"`{name}` must be at least 1, not {value}")
        check_range("epochs", self.epochs, 1, 1_000)
        check_range("finals", self.finals, 0, 1_000)
        if self.last_epochs > self.epochs:
            raise UserError(f"`last_epochs` {self.last_epochs} must be at most `epochs` {self.epochs}; lower it")
        if self.ray and not 0 <= self.ray.gpus <= 64:
            raise UserError(f"`gpus_per_trial` must be from 0 to 64, such as 0.25, not {self.ray.gpus:g}")
        if self.deterministic and self.pruner == "hyperband":
            raise UserError(
                "`deterministic` cannot have `pruner` hyperband, which compares with trials under way; leave one out"
            )
        if self.deterministic and self.cost_aware:
            raise UserError(
                "`deterministic` cannot have `cost_aware`, which chooses by times that differ from run to run; leave "
                "one out"
            )
        if self.cost_aware and self.sampler == "gp" and self.storage:
            raise UserError(
                "`cost_aware` cannot have `sampler` gp in a `storage` of several, who would wait long for its "
                "eight proposals; leave one out"
            )
        if self.budgets and self.minimize_parameters:
            raise UserError("`minimize_parameters` seeks one network, and several budgets one each; leave one out")
        if self.budgets and self.sampler in ("gp", "nsga2"):
            raise UserError(
                f"`sampler` {self.sampler} compares the scores of all budgets; take tpe or random for several budgets"
            )
        check_target_accuracy(self.target)
        if self.seed < 0 or self.seed >= 2**32:
            raise UserError(f"`seed` must be between 0 and {2**32 - 1}, not {self.seed}")
        check_place(self.study)

    @property
    def task(self) -> Task:
        """What networks take and tell apart."""
        return self.source.task

    @property
    def augmentations(self) -> Augment:
        """The set of augmentations that designs have."""
        return self.augment or default_augment(self.task)

    def budget_for(self, trial: int) -> Budget:
        """Returns what the trial of that number may cost: several budgets take turns."""
        return replace(self.budget, parameters=self.objective.of_budget(trial) or self.budget.parameters)

    @property
    def least_parameters(self) -> int:
        """How many parameters the network of `smallest_within` has."""
        return smallest_within(self.space, self.budget, self.task, self.sampling).parameters

    @property
    def identity(self) -> dict[str, Any]:
        """What every trial of a study has in common; two runs with different identities cannot share one."""
        score = "mean held-out accuracy of the last epochs"
        rarer = {"budgets": list(self.budgets) or None, "hold_out": self.source.preparation.hold_out}
        return {name: value for name, value in rarer.items() if value is not None} | {
            "budget": self.budget.parameters,
            "max_macs": self.budget.macs,
            "max_activation_bytes": self.budget.activation_bytes,
            "dataset": self.source.name,
            "images": _images(self.source),
            "content": self.source.digest,
            "seed": self.seed,
            "epochs": self.epochs,
            "hold": self.last_epochs,
            "precision": "fp32" if self.precision == "auto" else self.precision,
            "sampling": self.sampling,
            "deterministic": self.deterministic,
            "space": self._space,
            "score": f"fewest parameters with {100 * self.target:g} % {score}" if self.minimize_parameters else score,
        }

    @property
    def _space(self) -> str | dict[str, Any]:
        """What an identity says of the space: of a built-in one its name and a digest of its choices, of somebody's
        own all that it says; of one that is the same as a built-in one what that is."""
        base, space = base_of(self.space), self.space
        every = choices(space, self.sampling, task=self.task, augment=self.augmentations)
        if isinstance(space, OwnSpace):
            built_in = choices(base, self.sampling, task=self.task, augment=self.augmentations)
            if space.conditions or space.start or every != built_in:
                return resolved(space, every)
        text = json.dumps({name: str(choice) for name, choice in every.items()})
        return f"{base} {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    @property
    def screening(self) -> int:
        """Epochs of the short training by which designs are screened; 0 for none."""
        return self.epochs // 5 if self.pruner == "screening" else 0

    @property
    def objective(self) -> Objective:
        target = self.target if self.minimize_parameters else None
        return Objective.on(self.source, target=target, budget=self.budget.parameters, budgets=self.budgets)

    def to_json(self) -> dict[str, Any]:
        """Returns what another machine must know to join the study; `from_json` reads it."""
        limits = [self.budget.parameters, self.budget.macs, self.budget.activation_bytes]
        shared = {key: getattr(self, name) for name, key in shared_fields().items()}
        several = shared.pop("budgets")  # which studies of one budget do without, as before there were several
        shared |= {"budgets": list(several)} if several else {}
        space = document_of(self.space) if isinstance(self.space, OwnSpace) else self.space
        return shared | {"space": space, "budget": limits, "dataset": self.source.name, "data": self.source.to_json()}

    @classmethod
    def from_json(cls, shared: dict[str, Any], **own: Any) -> Self:
        """Returns the settings of a joined study; `own` has what is this machine's.

        Where the images are not among it, they are those of the study as they were written down.
        """
        shared = LATER | shared
        if "source" not in own:
            own["source"] = stored_images(shared)
        parameters, macs, activation_bytes = shared["budget"]
        budget = Budget(parameters=parameters, macs=macs, activation_bytes=activation_bytes)
        read = {name: shared[key] for name, key in shared_fields().items()}
        read |= {"budget": budget, "budgets": tuple(shared["budgets"]), "space": stored_space(shared["space"])}
        return cls(**read, **own)


def stored_space(stored: str | dict[str, Any]) -> SearchSpace:
    """Returns the space of a study as `Settings.to_json` wrote it down; raises ValueError where it is none."""
    if isinstance(stored, dict):
        return space_of(stored, name="own")
    check_space(stored)
    return stored  # type: ignore[return-value]


def stored_images(shared: dict[str, Any]) -> Dataset:
    """Returns the images of a study as `Settings.to_json` wrote them down, whether they are on this machine or not.

    Versions before 0.4 wrote no more than a name; MNIST's and the digits' are known.

    Raises:
        KeyError, TypeError, ValueError: It is not what was written.
    """
    if "data" in shared:
        return Dataset.from_json(shared["data"])
    return Dataset.known_by_name(shared["dataset"], **shared.get("images") or {})


def shared_fields() -> dict[str, str]:
    """Returns the fields of which a study has one value, and what they are called where that is stored."""
    return {
        one.name: one.metadata.get("stored", one.name) for one in fields(Settings) if one.metadata.get("shared", True)
    }


def _images(dataset: Dataset) -> str:
    """Writes in words by what two data sets most likely differ."""
    task, counts = dataset.task, dataset.counts
    return (
        f"{counts.training:,} to train on and {counts.test:,} to test with, {format_shape(task.image)}, "
        f"{task.classes} classes"
    )


def counted_epochs(last_epochs: int | None, epochs: int) -> int:
    """Returns how many last epochs of so many count: `last_epochs`, or the last third, 5 at most; raises UserError.

    More of a short training would score how fast a network learns.
    """
    if last_epochs is None:
        return max(1, min(5, epochs // 3))
    check_range("last_epochs", last_epochs, 1, epochs)
    return last_epochs


def check_percent(target: float) -> None:
    """Raises UserError where a percentage that somebody typed is taken for a share in [0, 1]."""
    if 0 < target < 1:
        raise UserError(f"`target` is in percent, and {target:g} would be {target:g} %; write {100 * target:g}")


def check_target_accuracy(target: float) -> None:
    """Raises UserError where no accuracy, a share in [0, 1], can be that."""
    if not 0 < target <= 1:
        raise UserError(f"`target` is a percentage above 0 and up to 100, not {100 * target:.10g}")
