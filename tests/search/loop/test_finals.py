"""Finals: the winner is named by trainings that did not choose the finalists."""

import json
import math
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from results.findings.selection import best
from search.commands.main import run_app
from search.errors import UserError
from search.loop.finals import finalists, plan, plan_for, rounds, run_finals, together, workers_of
from search.settings import Ray
from search.study.folder import StudyFolder
from search.study.reading import read_records
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from tests.search.searches import enter_finals, finish, start, wait_until
from tests.search.study.test_store import settings
from train.data.dataset import open_dataset
from train.data.split import split
from train.fast import process
from train.loop import train
from train.model import build

RUN = ("--trials", "12", "--epochs", "3", "--hold", "2", "--finals", "3")


def numbers(trials, chosen):
    return [record.trial for group in finalists(trials, chosen) for record in group]


def records(studied, *scores):
    found = next(r for r in read_records(StudyFolder("digits-2000", studied[0] / "runs")) if r.score)
    return [replace(found, trial=n, score=score, merit=score or 0.0) for n, score in enumerate(scores)]


def test_finalists_are_the_best_but_few_of_few(studied):
    trials = records(studied, 0.5, 0.9, None, 0.7, 0.9, 0.6, 0.1, 0.2, 0.3)
    assert numbers(trials, settings(finals=8)) == [1, 4]
    assert numbers(trials, settings(finals=1)) == []
    assert numbers(trials[:3], settings()) == []


def test_finals_take_a_quarter_of_a_limited_time(studied):
    """Trainings take 100 s each; on two workers 8 + 4 + 2 of them 700 s, in 7 turns; 7 + 4 + 2 of them as long."""
    trials = [replace(r, seconds=100.0) for r in records(studied, *(0.5 + n / 100 for n in range(40)))]
    for timeout, most in ((4000.0, 8), (2800.0, 8), (2799.0, 6), (1000.0, 2), (200.0, 0)):
        assert len(numbers(trials, settings(finals=8, workers=2, timeout=timeout))) == most
    assert len(numbers(trials, settings(finals=8, workers=1, timeout=2800.0))) == 4


@pytest.mark.parametrize(
    ("workers", "each", "designs"), [(8, 600.0, 2), (32, 600.0, 2), (8, 300.0, 8), (3, 200.0, 6), (1, 600.0, 0)]
)
def test_finals_on_many_workers_keep_to_a_quarter_too(workers, each, designs):
    """A training is not divided among workers, and a round waits for its last one."""
    chosen = settings(finals=8, workers=workers, timeout=3600.0)
    planned = plan(chosen, trained=40, pruned=0, seconds=40 * each)
    assert planned.designs == max(designs, 1)
    assert sum(math.ceil(left / workers) for left in planned.rounds) * each <= 3600 / 4


@pytest.mark.parametrize("given", [False, True])
def test_finals_say_whether_other_images_are_held_out(studied, tmp_path, given):
    stop, said = Stop(), []
    stop.signal = 15
    chosen = settings(source=replace(open_dataset("digits", Path()), held_out_given=given))
    place = Workplace(source=chosen.source, seed=0, device="cpu", precision="fp32")
    trials = records(studied, *(0.5 + n / 100 for n in range(8)))
    folder = StudyFolder("s", tmp_path)
    assert run_finals(trials, chosen, folder, place, stop=stop, say=said.append) is None
    others = "" if given else " and other held-out images"
    assert said == [f"finals, round 1 of 1: 2 designs with a fresh seed{others}"]


def test_finals_that_are_skipped_or_short_say_why(studied):
    trials = [replace(r, seconds=100.0) for r in records(studied, *(0.5 + n / 100 for n in range(40)))]
    slow, quarter = "more take longer than a quarter", "trials trained or pruned, and they have a design for every 4"
    pruned = [replace(record, verdict="pruned", score=None) for record in trials]
    for few, changes, why in (
        (trials, {"finals": 8}, ""),
        (trials, {"finals": 0}, "the finals, of 2 designs at least, were skipped: `finals` is 0"),
        (trials, {"finals": 8, "timeout": 1000.0, "workers": 2}, f"short, of 2 designs: {slow}"),
        (trials, {"finals": 8, "timeout": 100.0}, f"skipped: {slow} of the 1 min 40 s of `timeout`"),
        (trials[:12], {"finals": 8}, f"short, of 3 designs: 12 {quarter}"),
        (trials[:5], {"finals": 8}, f"skipped: 5 {quarter}"),
        ([trials[0], *pruned[1:]], {"finals": 8}, "skipped: only 1 trial was trained to the end"),
        (pruned, {"finals": 8}, "skipped: no trial was trained to the end"),
    ):
        shortage = plan_for(few, settings(**changes)).shortage
        assert why in shortage
        assert bool(why) == bool(shortage)


def test_finals_that_are_over_are_not_said_to_be_skipped(studied, tmp_path, monkeypatch, capsys):
    def note():
        assert run_app(["run", "--study", "digits-2000", "--finals", "0", "--json"]) == 0
        end = json.loads(capsys.readouterr().out.splitlines()[-1])
        return end["finals_note"], end["best"]["finals"]

    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    assert note() == ("the finals, of 2 designs at least, were skipped: --finals is 0", [])
    folder = StudyFolder("digits-2000", tmp_path / "runs")
    enter_finals(folder, {r.trial: [0.9, 0.8] for r in read_records(folder) if r.score is not None})
    assert note() == ("", [0.9, 0.8])


def test_finalists_of_the_search_for_the_smallest_are_the_smallest_that_held_the_target(studied):
    trials = records(studied, 0.99, 0.91, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
    sizes = (1900, 1200, 1300, 500, 600, 700, 800, 900)
    trials = [replace(r, parameters=size) for r, size in zip(trials, sizes, strict=True)]
    chosen = settings(minimize_parameters=True, target=0.9)
    assert numbers(trials, chosen) == [1, 2]
    assert numbers(trials, replace(chosen, target=0.95)) == [0, 1]


def test_half_are_left_after_each_round():
    assert [rounds(n) for n in (0, 1, 2, 3, 5, 8)] == [(), (), (2,), (3, 2), (5, 3, 2), (8, 4, 2)]


def test_scores_of_longer_finals_stay(studied):
    """Of a finished study whose finals are held again, shorter, or with trials that have been added since."""
    trials, before = (
        records(studied, 0.99, 0.98, 0.97, 0.96),
        {"0": [0.9], "1": [0.95, 0.96, 0.97], "2": [0.94, 0.93]},
    )
    assert together(before, {0: [0.9], 2: [0.94]}, trials, settings()) == {int(n): s for n, s in before.items()}
    assert together({}, {0: [0.9], 2: [0.94, 0.95]}, trials, settings()) == {0: [0.9], 2: [0.94, 0.95]}
    longer = {1: [0.95, 0.96, 0.97, 0.98], 3: [0.94]}
    assert together(before, longer, trials, settings())[1] == longer[1]


@pytest.mark.parametrize(("score", "winner"), [(0.96, 3), (0.949, 1)])
def test_who_came_further_before_stays_the_winner_unless_a_new_design_is_better_by_the_same_seeds(
    studied, score, winner
):
    trials = records(studied, 0.99, 0.98, 0.97, 0.96)
    kept = together({"0": [0.9], "1": [0.95, 0.96, 0.97]}, {0: [0.9], 3: [score]}, trials, settings())
    trials = [
        replace(r, images=10**6, finals=tuple(kept.get(r.trial, ())), merit=fmean(kept.get(r.trial, [r.score])))
        for r in trials
    ]
    assert best(trials).trial == winner


@pytest.mark.parametrize(("asked", "trained_by"), [(None, 2), (40, 2), (1, 1)])
def test_finals_of_a_search_on_a_cluster_are_trained_by_as_many_as_this_machine_has_room_for(
    monkeypatch, asked, trained_by
):
    monkeypatch.setattr("search.loop.finals.parse_workers", lambda text: 2)
    chosen = settings(ray=Ray("auto", 0.0), workers=asked, timeout=400.0)
    assert workers_of(chosen) == trained_by
    assert sum(plan(chosen, trained=40, pruned=0, seconds=40 * 50.0).rounds) <= trained_by * 100 / 50
    assert workers_of(settings(workers=40)) == 40


def test_the_winner_came_furthest_and_was_the_best_there(studied):
    trials = records(studied, 0.99, 0.98, 0.97)
    assert best(trials).trial == 0
    finals = ((0.99,), (0.8, 0.8), (0.9, 0.95))
    trials = [replace(r, finals=f, merit=fmean(f)) for r, f in zip(trials, finals, strict=True)]
    assert best(trials).trial == 2


@pytest.mark.slow
def test_finalists_are_trained_with_fresh_seeds_and_other_held_out_images(tmp_path, monkeypatch):
    """As the training loop does it, by hand."""
    lines, err = finish(start(tmp_path, *RUN))
    assert "the best designs once more: 5 trainings" in err
    found = read_records(StudyFolder("digits-2000", tmp_path / "runs"))
    ranked = sorted((r for r in found if r.score is not None), key=lambda r: -r.score)
    assert sorted(len(r.finals) for r in found) == [0] * (len(found) - 3) + [1, 2, 2]
    assert {r.trial for r in found if r.finals} == {r.trial for r in ranked[:3]}
    winner = best(found)
    assert lines[-1]["best"]["trial"] == winner.trial
    assert lines[-1]["best"]["finals"] == list(winner.finals)
    process.prepare()
    source = open_dataset("digits", Path())
    for seed, score in enumerate(winner.finals, start=1):
        data = split(source, seed=seed)
        model = build(winner.design.architecture, seed=seed)
        curve = [epoch.accuracy for epoch in train(model, winner.design.recipe, data, seed=seed)]
        assert fmean(curve[-2:]) == pytest.approx(score)
    monkeypatch.chdir(tmp_path)
    assert run_app(["export", "best", "-o", "net.py"]) == 0
    assert f"{100 * winner.merit:.2f} %" in Path("net.py").read_text()
    assert "in 2 more trainings with other seeds and held-out images" in Path("net.py").read_text()


@pytest.mark.fault
def test_finals_go_on_after_an_interruption(tmp_path):
    quiet, _ = finish(start(tmp_path / "quiet", *RUN))
    begun = start(tmp_path / "stopped", *RUN)
    files = "runs/*/finals/*/seed-1.json"
    wait_until(lambda: list((tmp_path / "stopped").glob(files)), process=begun)
    begun.send_signal(signal.SIGTERM)
    _, err = finish(begun, code=143)
    assert "go on with:" in err
    written = {file: file.stat().st_mtime_ns for file in (tmp_path / "stopped").glob(files)}
    lines, _ = finish(start(tmp_path / "stopped", *RUN))
    assert lines[-1]["best"] | {"seconds": 0} == quiet[-1]["best"] | {"seconds": 0}
    assert all(file.stat().st_mtime_ns == when for file, when in written.items())


@pytest.mark.slow
def test_a_search_whose_time_is_over_holds_them_too(tmp_path):
    lines, err = finish(start(tmp_path, "--trials", "5000", "--timeout", "40", *RUN[2:]))
    assert "the best designs once more" in err
    assert lines[-1]["best"]["finals"]
    assert "go on with:" in err


def test_a_number_of_finalists_that_cannot_be(tmp_path):

    with pytest.raises(UserError, match="`finals` must be from 0"):
        settings(finals=-1)


def test_a_short_search_has_none(studied):
    assert not list(studied[0].glob("runs/*/finals"))
    assert "once more" not in studied[1].stderr
