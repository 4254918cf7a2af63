"""Records made by hand."""

import pytest

from results.records import TrialRecord
from space.recipe import PLAIN_RECIPE

NOTATION = "c4 relu c4 relu mp c4 relu gap c10k1"


@pytest.fixture(scope="session")
def make_record():
    def make(trial, score=None, **changes):
        values = {
            "trial": trial,
            "verdict": "trained" if score is not None else "pruned",
            "reason": "",
            "origin": "sampler",
            "notation": NOTATION,
            "parameters": 364,
            "macs": 124_000,
            "receptive_field": 24,
            "recipe": PLAIN_RECIPE,
            "fingerprint": f"{trial:016x}",
            "score": score,
            "merit": score or 0.0,
            "accuracies": (0.2, score or 0.5),
            "training_accuracies": (0.2, 0.4),
            "losses": (2.0, 1.0),
            "seconds": 3.0,
            "finished": "2026-01-01T00:00:00",
        }
        return TrialRecord(**values | changes)

    return make
