"""Says what a trained trial reaches by the least optimistic figure: confirmed, else of the finals, else held-out."""

import logging

from results.findings.estimate import Estimate, estimate_confirmed, estimate_of
from results.findings.records import TrialRecord
from search.errors import UserError
from search.replication.confirm import stored_confirmation
from search.study.begun import settings_of
from search.study.folder import StudyFolder
from search.study.images import known_images

_LOG = logging.getLogger("thimble")


def least_optimistic(record: TrialRecord, folder: StudyFolder) -> Estimate:
    """Return the estimate of a trained trial of the study in the folder; a damaged confirmation is passed over.

    Raises:
        UserError: The study cannot be read.
    """
    identity, images = settings_of(folder)["identity"], known_images(folder)
    try:
        stored = stored_confirmation(record.design, images.key, runs=folder.runs, last_epochs=identity["hold"])
    except UserError as error:
        _LOG.warning("the confirmation of trial %d is not used: %s", record.trial, error)
        return estimate_of(record)
    if stored is None:
        return estimate_of(record)
    return estimate_confirmed(stored.confirmation.scores, images.counts.test)
