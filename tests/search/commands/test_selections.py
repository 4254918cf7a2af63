"""The lines on the best trial at a search's end."""

import pytest

from results.findings.estimate import estimate_of
from results.findings.selection import select
from search.commands.selections import winner_lines
from tests.search.commands.test_views import record
from tests.search.study.test_store import settings


@pytest.mark.parametrize(
    ("changes", "figure", "below"),
    [
        ({"score": 0.99396, "accuracies": (0.99396,)}, "99.396 % of ", "the mean of "),
        (
            {"score": 0.993996, "accuracies": (0.993996,), "finals": (0.99396,)},
            "99.396 % in 1 final",
            "99.3996 % in ",
        ),
        ({"score": 0.994, "accuracies": (0.994,)}, "99.40 % of ", "the mean of "),
    ],
)
def test_no_best_reads_as_reaching_a_target_that_it_does_not_reach(changes, figure, below):
    best = record(**changes)
    _, first, second, *_ = winner_lines(select([best]), estimate_of(best), settings(target=0.994, last_epochs=1))
    assert first.strip().startswith(figure)
    assert second.strip().startswith(below)
    assert second.endswith(f"99.40 % {'not ' * (best.score < 0.994)}held in each")


def test_a_best_that_reaches_the_target_and_no_more_holds_it():
    best = record(score=0.994, accuracies=(0.994,))
    _, _, second, *_ = winner_lines(select([best]), estimate_of(best), settings(target=99.4 / 100, last_epochs=1))
    assert second.endswith("; 99.40 % held in each")
