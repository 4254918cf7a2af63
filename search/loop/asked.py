"""`Asked`: a trial between its proposal and its end, as the coordinator follows it."""

import json
from dataclasses import dataclass, field

from optuna.trial import Trial

from results.findings.records import Verdict
from results.wording.counted import counted
from search.loop.status import Running
from search.study.folder import StudyFolder
from space.design import Design
from train.files.digests import Damaged
from train.scores import EpochScore


@dataclass(frozen=True, slots=True)
class End:
    """How a trial ended. teach: whether the sampler learns from it; weights_sha256: of the file of its weights."""

    verdict: Verdict
    reason: str = ""
    teach: bool = True
    weights_sha256: str = ""


def screened_out(epochs: int) -> End:
    """Returns the end of a trial whose short training, of so many epochs, was not among the best."""
    return End("pruned", f"screened out after {counted(epochs, 'epoch')}")


@dataclass(slots=True)
class Asked:
    """A trial that was asked for and not yet told, with the scores of its epochs so far. screening: epochs of the
    short training that it is in, 0 in the whole one. furthest: the last epoch of it that any worker came to; deaths:
    workers that died since."""

    trial: Trial
    design: Design
    screening: int = 0
    curve: list[EpochScore] = field(default_factory=list)
    furthest: int = 0
    deaths: int = 0
    dispatched: bool = False
    end: End | None = None

    @property
    def epochs(self) -> int:
        """How many epochs the training has that it is in."""
        return self.screening or self.design.recipe.epochs

    def running(self, number: int, epochs: int) -> Running:
        """Return how far the trial of that number is in a training of so many epochs."""
        return Running(
            trial=number,
            stage="screening" if self.screening else "training",
            notation=self.design.architecture.notation,
            parameters=self.design.architecture.parameters,
            epoch=len(self.curve),
            epochs=epochs,
            accuracy=self.curve[-1].accuracy if self.curve else None,
        )

    @property
    def named_design(self) -> dict[str, str]:
        """The trial's network and recipe, by which a result that is kept in the folder is known to be its own."""
        design = self.design
        return {"network": design.architecture.notation, "recipe": json.dumps(design.recipe.to_json())}

    def take_spooled(self, folder: StudyFolder) -> str:
        """Takes over the result that the database could not take, if any; returns a line where that is damaged, or
        does not name the trial's design: a database that was put back may have another under this number."""
        number = self.trial.number
        try:
            kept = folder.spooled(number)
            if kept and kept.get("design") != self.named_design:
                whose = "of another design" if "design" in kept else "of an earlier version, without its design,"
                return f"the stored result of trial {number} is {whose} and not used; it is trained"
            if kept:
                self.curve, self.end = [EpochScore(**score) for score in kept["curve"]], End(**kept["end"])
        except (Damaged, KeyError, TypeError):
            return f"the stored result of trial {number} is damaged and not used; it goes on from its checkpoint"
        return ""
