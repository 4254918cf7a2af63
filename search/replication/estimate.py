"""Says what a trained trial reaches by the least optimistic figure: confirmed, else of the finals, else held-out."""

import logging

from results.findings.estimate import Estimate, estimate_confirmed, estimate_of
from results.findings.records import TrialRecord
from search.errors import UserError
from search.replication.confirm import stored_confirmation
from search.study.begun import settings_of
from search.study.folder import StudyFolder

_LOG = logging.getLogger("thimble")


def least_optimistic(record: TrialRecord, folder: StudyFolder) -> Estimate:
    """Return the estimate of a trained trial of the study in the folder; a damaged confirmation is passed over.

    Raises:
        UserError: The study cannot be read.
    """
    identity = settings_of(folder)["identity"]
    design, dataset = record.design, identity["dataset"]
    try:
        stored = stored_confirmation(design, dataset, runs=folder.runs, last_epochs=identity["hold"])
    except UserError as error:
        _LOG.warning("the confirmation of trial %d is not used: %s", record.trial, error)
        return estimate_of(record)
    if stored is None:
        return estimate_of(record)
    return estimate_confirmed(stored.confirmation.scores, test_images(folder))


def test_images(folder: StudyFolder) -> int:
    """Return how many test images the study's data set has; raise UserError where the study cannot be read."""
    from search.study.reading import counts_of, read_settings

    return counts_of(read_settings(folder)).test
