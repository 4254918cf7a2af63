"""A trained network is scored again on the images that its study held out, and compared with what the study says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.wording.counted import counted
from results.wording.percent import percent
from search.errors import UserError
from search.study.begun import settings_of
from search.study.designs import NamedDesign
from train.data.dataset import Dataset
from train.scores import pictures_apart, same_network

if TYPE_CHECKING:
    from train.model import Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescored:
    """What a trained network reaches on the held-out images of its study.

    Attributes:
        accuracy: Here and now, a share in [0, 1].
        said: As the study has it, after the last epoch.
        images: How many are held out.
    """

    accuracy: float
    said: float
    images: int

    @property
    def pictures(self) -> int:
        """How many pictures more it has right than the study says."""
        return pictures_apart(self.accuracy, self.said, self.images)


def rescore(found: NamedDesign, model: "Network", source: Dataset) -> Rescored:
    """Scores the network of a trained trial again.

    Args:
        source: The study's images.

    Raises:
        UserError: It scores otherwise than the study says, by more than another machine's arithmetic, or the rounding
            of a study in bf16, explains.
    """
    from train.data.split import split
    from train.evaluation import evaluate

    assert found.folder
    assert found.record
    identity = settings_of(found.folder)["identity"]
    parts = split(source, seed=identity["seed"])
    accuracy, _ = evaluate(model, parts.held_out, parts.mean, parts.std)
    again = Rescored(accuracy=accuracy, said=found.record.accuracies[-1], images=len(parts.held_out))
    if same_network(again.accuracy, again.said, again.images, trained_in=identity["precision"]):
        return again
    why = f"{found.weights} is damaged, or these are other images; put a copy of it back, or name the images' folder"
    if found.weights_sha256:  # and so it is as it was written
        why = "these are other images than those of the study; name their folder"
    raise UserError(
        f"{found.name} scores {percent(again.accuracy)} on {counted(again.images, 'held-out image')}, and the "
        f"study says {percent(again.said)}: {why} with `data_dir`"
    )
