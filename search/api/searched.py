"""What an estimator knows of its study: the winner, trained on all images or not, and what it is confirmed by."""

import logging
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from results.findings.confirmation import Confirmation
from search.api.designs import named, write
from search.api.samples import Samples
from search.api.search import Search
from search.api.study import Study
from search.api.trained import Trained, Winner
from search.study.designs import NamedDesign
from search.workers.stopping import Stop
from train.data.dataset import Dataset
from train.files.digests import read_known

if TYPE_CHECKING:
    from search.outputs.export import Export

_LOG = logging.getLogger("thimble")


@dataclass(frozen=True, kw_only=True, slots=True)
class Searched:
    """A study that an estimator made.

    Attributes:
        found: The winner, with the weights that the estimator predicts by.
        known: What was learned from.
        source: The same images, with those to test with that `confirm` was given last.
        search: What was asked for.
    """

    found: NamedDesign
    known: Samples
    source: Dataset
    search: Search

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self.search.study

    @property
    def winner(self) -> Winner:
        """The winner as an estimator says it."""
        record = self.found.record
        assert record is not None
        return Winner(
            trial=record.trial,
            notation=record.notation,
            recipe=self.found.design.recipe.describe(),
            parameters=record.parameters,
            macs=record.macs,
            score=record.score or 0.0,
            finals=record.finals,
        )

    def trained(self) -> Trained:
        """Returns the winner's network; raises OSError or Damaged where its weights cannot be read."""
        assert self.found.weights is not None
        task = self.known.source.task
        weights = read_known(self.found.weights, self.found.weights_sha256)
        order = tuple(np.argsort(self.known.classes).tolist())
        return Trained(notation=self.winner.notation, weights=weights, mean=task.mean, std=task.std, order=order)

    def confirm(self, seeds: int) -> Confirmation:
        """Trains the winner over seeds on all images, and scores it on those to test with, as the command does.

        Raises:
            UserError: There are none to test with, or a training cannot be done, stored or read.
        """
        from search.replication.confirm import confirm, keep_answers
        from search.replication.replication import Replication

        settings, found = self.search.settings, self.found
        replication = Replication(
            source=self.source, seeds=seeds, last_epochs=found.last_epochs, workers=settings.workers or 1,
            device=settings.device, precision=settings.precision, runs=self.search.folder.parent,
            augment=settings.augmentations,
        )  # fmt: skip
        reached = confirm(found.design, replication, name=found.name, stop=Stop(), say=_LOG.info)
        keep_answers(found.design, replication)
        return reached

    def export(self, output: str | PathLike[str], **files: Any) -> "Export":
        """Writes the winner's network as `search.api.designs.write` does."""
        return write(self.found, self.search.folder.parent, lambda: self.source, output, **files)

    def report(self, output: str | PathLike[str], *, force: bool) -> Path:
        """Writes the study's page, with its confirmation by `source`; raises UserError where that cannot be done."""
        return self.study.report(output, force=force, tested=self.source)


def searched(known: Samples, search: Search, *, refitted: bool) -> Searched:
    """Returns what a search that is over found. refitted: whether the winner is trained once more on all images.

    Raises:
        NothingFinished: No trial was trained to its end.
        UserError: The winner cannot be trained, or the study cannot be read.
    """
    from search.replication.refit import refit

    found, _ = named("best", search.folder)
    settings = search.settings
    if refitted:
        assert found.folder is not None
        again = refit(
            found.design, found.folder, known.source, seed=settings.seed, device=settings.device,
            precision=settings.precision, say=_LOG.info,
        )  # fmt: skip
        if again.weights:
            found = replace(found, refitted=(again.weights, again.sha256))
        else:
            _LOG.warning("the winner diverged on all images (%s); it stays as it was searched", again.diverged)
    return Searched(found=found, known=known, source=known.source, search=search)
