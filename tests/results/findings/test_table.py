"""Order of trials, the best, and the front."""

import pytest

from results.findings.records import front
from results.findings.selection import best, ranked
from results.findings.table import frame


@pytest.fixture
def records(make_record):
    return [
        make_record(0, 0.98, parameters=500),
        make_record(1, parameters=900),
        make_record(2, 0.99, parameters=900),
        make_record(3, 0.99, parameters=800),
        make_record(4, verdict="rejected", parameters=9000, accuracies=()),
        make_record(5, 0.97, parameters=700),
        make_record(6, verdict="failed"),
        make_record(7, 0.995, verdict="pruned"),
    ]


def test_the_best_is_trained_and_of_equals_the_smaller(records):
    assert best(records).trial == 3
    assert best([records[1], records[4]]) is None


def test_trained_come_first_by_score_then_the_others_by_verdict(records):
    assert [record.trial for record in ranked(records)] == [3, 2, 0, 5, 7, 1, 4, 6]
    data = frame(records)
    assert list(data["trial"]) == [3, 2, 0, 5, 7, 1, 4, 6]
    assert data["score"].isna().tolist() == [False] * 5 + [True] * 3


def test_pruned_trials_come_by_how_far_they_came(make_record):
    screened = [make_record(n, accuracies=(), screened=score) for n, score in enumerate((0.3, 0.4, 0.9))]
    later = make_record(3, accuracies=(0.1, 0.2, 0.3)), make_record(4, accuracies=(0.1, 0.2, 0.31))
    assert [r.trial for r in ranked([*screened, *later])] == [4, 3, 2, 1, 0]


def test_a_trial_without_a_score_has_what_it_reached(make_record):
    data = frame(
        [
            make_record(0, 0.98, finals=(0.97, 0.99), screened=0.5),
            make_record(1, accuracies=(0.2, 0.6), screened=0.4),
            make_record(2, accuracies=(), screened=0.4),
            make_record(3, verdict="rejected", accuracies=()),
        ]
    )
    assert data["reached"].fillna(-1).tolist() == [0.98, 0.6, 0.4, -1]
    assert data["finals"].fillna(-1).tolist() == [0.98, -1, -1, -1]


def test_the_front_has_what_none_beats(records):
    assert [record.trial for record in front(records)] == [0, 3]


def test_an_empty_study_is_an_empty_table():
    assert frame([]).empty


def test_figures_are_numbers_also_where_all_of_them_are_missing(make_record):
    untrained = frame([make_record(0, verdict="failed"), make_record(1, verdict="failed")])
    finals, score = untrained["finals"], untrained["score"]
    assert (finals.nlargest(1).count(), score.nlargest(1).count()) == (0, 0)  # objects have no largest
    numbers = untrained.select_dtypes("number").columns
    assert {"score", "reached", "finals", "parameters"} <= set(numbers) == set(frame([]).select_dtypes("number"))
