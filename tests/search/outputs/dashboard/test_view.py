"""What the dashboard shows of a long study, by the answers that its page would get."""

import io
import json
import re
import sqlite3
import sys
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from optuna.trial import TrialState

from benchmarks.made_study import write_study
from search.outputs.dashboard import answer, view
from search.outputs.dashboard.application import application
from search.outputs.dashboard.view import chosen
from search.outputs.importance import importance
from search.study.outline import Outline
from search.study.reading import read_records
from tests.amounts import slow

TRIALS = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_study(
        tmp_path_factory.mktemp("long") / "runs", TRIALS, designs=40, shares={"trained": 0.7, "pruned": 0.3}
    )


@pytest.fixture(scope="module")
def ask(folder):
    return asking(folder)


def asking(folder):
    """A function that asks as the page does; the status and the answer."""
    made, status = application(folder), []

    def ask(path, query="", method="GET", body=b""):
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr, "SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
            "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        }  # fmt: skip
        text = b"".join(made(environ, lambda *given: status.append(int(given[0].split()[0]))))
        return status[-1], json.loads(text) if text[:1] in b"{[" and text else text.decode()

    return ask


def in_full(trials):
    return {trial["number"] for trial in trials if trial["params"]}


def test_every_trial_is_there_and_the_latest_and_the_best_in_full(ask):
    code, study = ask("/api/studies/1")
    assert code == 200
    trials = study["trials"]
    assert [trial["number"] for trial in trials] == list(range(TRIALS))  # by whose count the page asks for more
    full = in_full(trials)
    assert len(full) == view._FULL
    assert set(range(TRIALS - 100, TRIALS)) <= full
    trained = [trial for trial in trials if trial["state"] == "Complete"]
    by_value = sorted(trained, key=lambda trial: -trial["values"][0])
    assert {trial["number"] for trial in by_value[:150]} <= full
    assert {trial["state"] for trial in trials} == {"Complete", "Pruned"}
    (best,) = study["best_trials"]
    assert best["number"] in full
    assert best["note"]["body"].startswith("**trained**")


@pytest.mark.slow
def test_those_in_short_have_state_value_and_times_and_say_so(ask, folder):
    trials = ask("/api/studies/1")[1]["trials"]
    short = [trial for trial in trials if not trial["params"]]
    with closing(sqlite3.connect(folder.database)) as database:
        stored = dict(database.execute("SELECT number, value FROM trials JOIN trial_values USING (trial_id)"))
    assert len(short) == TRIALS - view._FULL
    for trial in short:
        assert trial["values"] == [stored[trial["number"]]]
        assert trial["note"] == {"version": 0, "body": "In short: see the line below."}
        began, ended = (datetime.fromisoformat(trial[f"datetime_{name}"]) for name in ("start", "complete"))
        assert (ended - began).total_seconds() == 59
    page = ask("/dashboard/studies/1/trials")[1]
    assert f"At most {view._FULL} of {TRIALS} trials are in full" in page
    assert "python -m search table" in page


def test_a_trial_has_the_choices_that_its_design_used_and_epochs_from_one(ask):
    trials = [trial for trial in ask("/api/studies/1")[1]["trials"] if trial["params"]]
    for trial in trials:
        params = {param["name"]: param["param_external_value"] for param in trial["params"]}
        assert ("sgd_learning_rate" in params) == (params["optimizer"] == "sgd")
        assert ("head" in params) == (params["family"] == "plain")
        assert len(params) < 60
        attributes = {attribute["key"]: attribute["value"] for attribute in trial["user_attrs"]}
        assert re.fullmatch(r"9\d\.\d\d %", attributes["accuracy in screening"])
        assert attributes["recipe"].startswith("15 epochs in batches of ")
        assert not {"lease", "recipe json", "losses", "training accuracies"} & attributes.keys()
        steps = [value["step"] for value in trial["intermediate_values"]]
        assert steps == ([] if trial["state"] == "Pruned" else list(range(1, 16)))


@pytest.mark.parametrize("after", [0, 1, TRIALS - 3, TRIALS, TRIALS + 5])
def test_what_is_new_goes_on_from_what_the_page_has(ask, after):
    trials = ask("/api/studies/1", f"after={after}")[1]["trials"]
    assert [trial["number"] for trial in trials] == list(range(after, TRIALS))
    assert {trial["number"] for trial in trials} >= in_full(trials) >= set(range(max(after, TRIALS - 100), TRIALS))


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "٣x"])
def test_what_is_no_number_is_refused(ask, after):
    assert ask("/api/studies/1", f"after={after}")[0] == 400


def test_a_page_that_stays_open_has_every_trial_that_comes(tmp_path, monkeypatch):
    """It asks from the first of its trials that may change, and puts the answer in their place."""
    monkeypatch.setattr(view, "_FULL", 12)
    monkeypatch.setattr(view, "_LATEST", 5)
    monkeypatch.setattr(view, "_FRESH", 0.0)
    monkeypatch.setattr("optuna_dashboard._storage.timedelta", lambda **_: timedelta())  # as if it had forgotten
    folder = write_study(tmp_path / "runs", 40, designs=10, shares={"trained": 1})
    with closing(sqlite3.connect(folder.database)) as database:
        ends = dict(database.execute("SELECT number, datetime_complete FROM trials"))
        ask = held = None
        for begun, running in ((30, {28}), (36, {28, 35}), (36, {35}), (40, set()), (40, set())):
            for number, end in ends.items():
                state = ("RUNNING", None) if number in running else ("COMPLETE", end)
                of = 1 if number < begun else 2
                change = "UPDATE trials SET study_id = ?, state = ?, datetime_complete = ? WHERE number = ?"
                database.execute(change, (of, *state, number))
            database.commit()
            ask, held = ask or asking(folder), held or []
            fixed = next((place for place, trial in enumerate(held) if trial["state"] == "Running"), len(held))
            held = held[:fixed] + ask("/api/studies/1", f"after={fixed}")[1]["trials"]
            assert [trial["number"] for trial in held] == list(range(begun))
            assert {trial["number"] for trial in held if trial["state"] == "Running"} == running
            assert all(held[number]["params"] for number in {*running, begun - 1})


def test_where_there_is_no_room_what_matters_least_is_in_short(ask, monkeypatch):
    monkeypatch.setattr(answer, "_MOST", 1_500_000)
    study = ask("/api/studies/1")[1]
    assert len(json.dumps(study, separators=(",", ":"))) <= 1_500_000
    full = in_full(study["trials"])
    assert 50 < len(full) < 150
    assert TRIALS - 1 in full
    assert [trial["number"] for trial in study["trials"]] == list(range(TRIALS))


@pytest.mark.parametrize("plot", ["contour", *slow("slice", "rank", "parallel_coordinate", "edf", "timeline")])
def test_plots_are_of_the_same_view(ask, plot):
    code, figure = ask(f"/api/studies/1/plot/{plot}")
    assert code == 200
    assert figure["data"]
    assert len(json.dumps(figure)) < 10_000_000


def test_a_plot_that_there_is_not(ask):
    assert ask("/api/studies/1/plot/pie")[0] == 404
    assert ask("/api/studies/2/plot/edf")[0] == 404


def test_importances_are_the_reports(ask, folder):
    (found,) = ask("/api/studies/1/param_importances")[1]["param_importances"]
    expected = importance(folder, read_records(folder))
    assert 60 < len(found) <= len(expected.shares)  # without those of which no trial here has a use
    assert all(one["importance"] == expected.shares[one["name"]] for one in found)
    assert {one["distribution"] for one in found} <= {
        f"{kind}Distribution" for kind in ("Float", "Int", "Categorical")
    }


def test_the_csv_is_the_commands(ask):
    code, text = ask("/csv/1")
    assert (code, len(text.splitlines())) == (200, TRIALS + 1)
    some = ask("/csv/1", "trial_ids=3,17")[1].splitlines()
    assert {line.split(",")[0] for line in some[1:]} == {"3", "17"}


def test_nothing_behind_the_guard_can_change_a_study_either(ask, folder):
    """Were the guard not there."""
    with closing(sqlite3.connect(folder.database)) as database:
        before = list(database.iterdump())
        for method, path, body in (
            ("DELETE", "/api/studies/1", b"{}"),
            ("POST", "/api/studies", b'{"study_name": "x", "directions": ["minimize"]}'),
            ("POST", "/api/studies/1/rename", b'{"study_name": "x"}'),
            ("POST", "/api/trials/1/tell", b'{"state": "Fail"}'),
            ("POST", "/api/trials/1/user-attrs", b'{"user_attrs": {"verdict": "failed"}}'),
            ("PUT", "/api/studies/1/preference_feedback_component", b'{"output_type": "note"}'),
        ):
            assert ask(path, method=method, body=body)[0] >= 400
        assert list(database.iterdump()) == before


@pytest.mark.parametrize(
    ("key", "value"), [("notation", '"x"'), ("score", '"high"'), ("recipe json", "[1]"), ("verdict", "7")]
)
def test_a_trial_that_cannot_be_read_spoils_no_other(tmp_path, key, value):
    folder = write_study(tmp_path / "runs", 5, designs=2, shares={"trained": 1})
    with closing(sqlite3.connect(folder.database)) as database, database:
        database.execute(
            "UPDATE trial_user_attributes SET value_json = ? WHERE key = ? AND trial_id = 2", (value, key)
        )
    ask = asking(folder)
    code, study = ask("/api/studies/1")
    notes = [trial["note"]["body"][:12] for trial in study["trials"]]
    assert (code, notes) == (200, ["**trained**,", "What the dat", *["**trained**,"] * 3])
    code, said = ask("/csv/1")
    assert code in (200, 409)  # the table reads no network
    assert code == 200 or "trial 1" in said


def outline(number, value=None, parameters=100, state=TrialState.COMPLETE):
    return Outline(
        trial_id=number + 1, number=number, state=state, start=None, complete=None, value=value, parameters=parameters
    )


def test_what_is_chosen_first(monkeypatch):
    monkeypatch.setattr(view, "_LATEST", 2)
    monkeypatch.setattr(view, "_FULL", 7)
    outlines = [
        outline(0, 0.5, parameters=10),
        outline(1, 0.9, parameters=90),
        outline(2, 0.8, parameters=95),
        outline(3, state=TrialState.RUNNING),
        outline(4, 0.1, parameters=99),
        outline(5, 0.2, state=TrialState.PRUNED),
        outline(6, 0.3, parameters=98),
        outline(7, state=TrialState.WAITING),
        outline(8, state=TrialState.FAIL),
    ]
    assert chosen(outlines, {"2": [0.8], "77": [0.7]}) == [1, 8, 7, 2, 3, 0, 6]


@pytest.mark.parametrize("finals", [{}, {**{str(n): [0.5] for n in range(2, 30)}, "31": [0.6, 0.7]}])
def test_the_best_trial_is_in_full_however_many_finalists_or_trials_under_way_there_are(monkeypatch, finals):
    monkeypatch.setattr(view, "_LATEST", 2)
    monkeypatch.setattr(view, "_FULL", 7)
    outlines = [outline(number, 0.9 - number / 100) for number in range(40)]
    outlines += [outline(number, state=TrialState.WAITING) for number in range(40, 60)]
    assert (31 if finals else 0) in chosen(outlines, finals)
