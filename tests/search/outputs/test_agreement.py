"""Every answer about a study names the same best trial, with the same figure: one table of who says what."""

import json
import re
import shutil
from wsgiref.util import setup_testing_defaults

import optuna
import pytest

import thimble
from search.commands.main import run_app
from search.outputs.dashboard.application import application
from search.study.databases import open_storage
from search.study.finding import find
from search.study.reading import read_records
from tests.search.conftest import SMALL


@pytest.fixture
def tied(studied, tmp_path, monkeypatch):
    """The small study after finals whose leader is neither the highest score's trial nor the winner: a smaller one is
    tied with it. Returned are the folder, the winner's number and the leader's."""
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THIMBLE_DATA", "")
    folder = find(None, tmp_path / "runs")
    records = sorted((r for r in read_records(folder) if r.score is not None), key=lambda r: r.parameters)
    smallest, *_, largest = [record for record in records if record.score < max(r.score for r in records)]
    highest = max(records, key=lambda r: r.score)
    finals = {highest.trial: [0.4], largest.trial: [0.5, 0.508], smallest.trial: [0.5, 0.504]}
    storage = open_storage(folder)
    optuna.load_study(study_name=folder.name, storage=storage).set_user_attr("finals", finals)
    storage.close()
    return folder, smallest.trial, largest.trial


def dashboards(folder):
    """What the dashboard's page is told of the study."""
    made, environ = application(folder), {}
    setup_testing_defaults(environ)

    def ask(path):
        answer = made(environ | {"PATH_INFO": path, "QUERY_STRING": ""}, lambda *_: None)
        return json.loads(b"".join(part if isinstance(part, bytes) else part.encode() for part in answer))

    (study,) = ask("/api/studies")["study_summaries"]
    return ask(f"/api/studies/{study['study_id']}")


def test_everybody_names_the_same_trial_with_the_same_figure(tied, compared_here, capsys):
    folder, winner, leader = tied

    def printed(*command):
        assert run_app(list(command)) == 0
        return capsys.readouterr()

    said = {}
    best = json.loads(printed("best", "--json").out)
    said["best --json"] = best["trial"]
    said["best"] = int(re.match(r"trial (\d+) of digits-2000: trained", printed("best").out)[1])
    rows = [json.loads(line) for line in printed("table", "--json").out.splitlines()]
    said["table --json, first"] = rows[0]["trial"]
    (said["table --json, best"],) = [row["trial"] for row in rows if row["best"]]
    printed("table", "--csv", "trials.csv")
    said["table --csv"] = int((folder.runs.parent / "trials.csv").read_text().splitlines()[1].split(",")[0])
    printed("export", "best", "-o", "net.py")
    module = (folder.runs.parent / "net.py").read_text()
    said["export"] = int(re.search(r"trial (\d+) of study digits-2000", module)[1])
    printed("report", "-o", "report.html")
    page = (folder.runs.parent / "report.html").read_text()
    said["report, title"] = int(re.search(r"The winner: trial (\d+)", page)[1])
    said["report, table"] = int(re.search(r'<tbody>\s*<tr><td data-value="(\d+)">', page)[1])
    row = json.loads(printed("list", "--json").out)["best"]
    said["list --json"] = row["trial"]
    said["dashboard"], *others = [trial["number"] for trial in dashboards(folder)["best_trials"]]
    assert not others
    summary = printed(*(word for word in SMALL if word != "--json"), "--trials", "5", "--finals", "0").out
    said["run"] = int(re.search(r"^best: trial (\d+),", summary, re.M)[1])
    last = json.loads(printed(*SMALL, "--trials", "5", "--finals", "0").out.splitlines()[-1])
    said["run --json"] = last["best"]["trial"]
    assert said == dict.fromkeys(said, winner)

    assert best["tied_with"] == last["best"]["tied_with"] == [leader]
    assert best["estimate"] == last["best"]["estimate"]
    assert (best["estimate"]["of"], best["estimate"]["accuracy"]) == ("finals", pytest.approx(0.502))
    assert (row["of"], row["accuracy"]) == ("finals", best["estimate"]["accuracy"])
    listed = printed("list").out
    assert "50.20 % in the finals" in listed
    assert (
        f"50.20 % in 2 finals on 250 held-out images each (95 % interval {100 * best['estimate']['ci95'][0]:.2f} to"
        in summary
    )
    assert re.search(r'<div class="score">50\.20 % <small>95 % interval', page)
    for text in (summary, " ".join(module.split())):
        assert re.search(rf"tied with trial {leader} \(50\.40 %", text)
    assert f"Tied with trial {leader} (50.40 %" in page


def test_a_confirmed_best_is_said_by_its_confirmation(tied, capsys):
    assert run_app(["confirm", "best", "--seeds", "1", "--workers", "1", "--json"]) == 0
    confirmed = json.loads(capsys.readouterr().out.splitlines()[-1])["last5_mean"]
    assert run_app(["best", "--json"]) == 0
    estimate = json.loads(capsys.readouterr().out)["estimate"]
    assert (estimate["of"], estimate["accuracy"], estimate["images"]) == ("confirmed", confirmed, 297)
    assert estimate["ci95"][0] < confirmed < estimate["ci95"][1]
    assert run_app([*SMALL[:-1], "--trials", "5", "--finals", "0"]) == 0
    said = f"{100 * confirmed:.3f} % of 297 test images, mean of 1 seed"
    assert said in capsys.readouterr().out
    assert said in thimble.load(tied[0].path)._repr_html_()
