"""The charts: every trial is to be seen, and the winner is the one that `best` names."""

import re

import pytest

from results.findings.selection import best
from results.report.plots import accuracy_against_parameters, history, learning_curves


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.fixture
def records(make_record):
    """Ten trained between 99.0 and 99.45 %, one far below them, and one pruned far below, one among them."""
    return [
        *(make_record(n, 0.99 + n / 2000, parameters=300 + n) for n in range(10)),
        make_record(10, 0.6),
        make_record(11, accuracies=(0.1, 0.2)),
        make_record(12, accuracies=(0.1, 0.993)),
    ]


def test_no_trial_falls_off_the_history(records):
    figure = history(records)
    low, high = figure.layout.yaxis.range
    marks = [traces(figure)["trained"], traces(figure)["pruned, at its last epoch"]]
    assert [len(trace.x) for trace in marks] == [11, 2]
    assert all(low <= y <= high for trace in marks for y in trace.y)


def test_what_lies_below_the_chart_is_an_arrow_that_keeps_its_value(records):
    pruned = traces(history(records))["pruned, at its last epoch"]
    assert list(pruned.marker.symbol) == ["triangle-down", "x"]
    assert list(pruned.customdata) == ["20.00", "99.30"]
    trained = traces(accuracy_against_parameters(records, 8000))["trained"]
    assert list(trained.marker.symbol) == ["circle"] * 10 + ["triangle-down"]
    assert trained.customdata[10] == "60.00"


def test_what_did_not_pass_screening_is_on_the_history_and_known_designs_are_marked(make_record):
    records = [
        *(make_record(n, 0.99 + n / 2000, origin="ladder-3/6" if n == 4 else "sampler") for n in range(6)),
        *(make_record(6 + n, accuracies=(), screened=(0.3, 0.995)[n % 2]) for n in range(3000)),
    ]
    drawn = traces(history(records))
    screened = drawn["pruned in screening"]
    assert len(screened.x) == 1000
    assert set(screened.x) <= {record.trial for record in records[6:]}
    assert (screened.x[0], screened.customdata[0], screened.marker.symbol[0]) == (6, "30.00", "triangle-down")
    assert screened.x[-1] > 2900
    for figure in (history, lambda every: accuracy_against_parameters(every, 8000)):
        drawn = traces(figure(records))
        assert (len(drawn["trained"].x), len(drawn["known design, trained"].x)) == (5, 1)
        assert list(drawn["known design, trained"].marker.symbol) == ["diamond"]
        assert "from ladder-3/6" in drawn["known design, trained"].text[0]
        assert "from the search" in drawn["trained"].text[0]
        assert drawn["known design, trained"].marker.color != drawn["trained"].marker.color
    colours = {trace.name: trace.line.color for trace in learning_curves([*records[:5], make_record(9, 0.999)]).data}
    assert colours["trial 4"] != colours["trial 3"]
    screening_alone = traces(history(records[6:8]))
    assert list(screening_alone["pruned in screening"].customdata) == ["30.00", "99.50"]


@pytest.mark.parametrize("many", [1, 2, 3, 7, 15, 40, 300, 20_000])
def test_axes_of_whole_numbers_count_in_whole_numbers(make_record, many):
    some = [make_record(n, 0.99, parameters=300 + n) for n in {0, many // 2, many - 1}]
    long = [make_record(n, 0.99, accuracies=(0.99,) * min(many, 300)) for n in range(2)]
    for figure in (history(some), accuracy_against_parameters(some, 300 + many), learning_curves(long)):
        step = figure.layout.xaxis.dtick
        assert (step, figure.layout.xaxis.tick0) == (int(step), 0)
        numbers = [x for trace in figure.data for x in trace.x]
        assert step >= 1
        assert (max(numbers) - min(numbers)) / step <= 10


def test_tenths_of_a_percent_are_told_apart_whatever_the_first_epoch_came_to(make_record):
    curve = (0.2, 0.9, 0.97, 0.985, *(0.99 + n / 2500 for n in range(11)))
    for figure in (learning_curves, history):
        low, high = figure([make_record(n, 0.994, accuracies=curve) for n in range(5)]).layout.yaxis.range
        assert (99.6 - 99.0) / (high - low) > 0.2


def test_the_best_so_far_never_falls(records):
    steps = traces(history(records))["highest so far"]
    assert list(steps.y) == sorted(steps.y)
    assert steps.line.shape == "hv"


def test_the_curve_in_front_is_that_of_the_best_of_equals(make_record):
    many = [make_record(n, 0.99, parameters=800 if n == 3 else 900) for n in range(60)]
    figure = learning_curves(many)
    assert best(many).trial == 3
    assert figure.data[-1].name == "trial 3 (best)"
    assert sum("(best)" in trace.name for trace in figure.data) == 1


def test_the_pointer_names_figures_as_all_other_places_do(make_record):
    """Neither of these is 100.00 % or 0.00 %."""
    every = [make_record(0, 0.99996, accuracies=(0.00001, 0.99996)), make_record(1, accuracies=(), screened=0.99996)]
    for figure in (history(every), accuracy_against_parameters(every, 8000), learning_curves(every)):
        told = [trace for trace in figure.data if "customdata" in (trace.hovertemplate or "")]
        assert told
        assert all(":" not in re.search(r"%\{customdata(.*?)\}", trace.hovertemplate)[1] for trace in told)
        assert {text for trace in told for text in trace.customdata} <= {"99.99", "0.01"}


def test_a_single_epoch_is_to_be_seen(make_record):
    (trace,) = learning_curves([make_record(0, 0.9, accuracies=(0.9,))]).data
    assert trace.mode == "markers"


def test_the_budget_is_drawn(records):
    (line,) = accuracy_against_parameters(records, 8000).layout.shapes
    assert (line.x0, line.x1) == (8000, 8000)
