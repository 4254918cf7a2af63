"""The bar of a search: what it shows in a terminal or a file, and where it ends."""

from collections import Counter

import pytest

from results.findings.records import TrialRecord
from search.loop.progress import ProgressView, TrainingsBar
from search.loop.status import Finals, Running, Status
from search.replication.seeds import Task, UnderWay
from space.architecture import Architecture
from space.design import Design
from space.recipe import PLAIN_RECIPE
from train.scores import EpochScore


def status(**changes):
    values = {
        "study": "mine", "dataset": "digits", "budgets": (2000,), "trials": 3, "epochs": 5, "target": 0.99,
        "counts": Counter(), "running": (), "best": None, "elapsed": 0.0, "left": None,
    }  # fmt: skip
    return Status(**values | changes)


def record(trial, **changes):
    values = {
        "trial": trial, "verdict": "trained", "reason": "", "origin": "sampler", "notation": "c4 relu gap c10k1",
        "parameters": 76, "macs": 1, "receptive_field": 3, "recipe": PLAIN_RECIPE, "fingerprint": "", "score": None,
        "accuracies": (), "training_accuracies": (), "losses": (), "seconds": 1.0, "finished": None, "images": 250,
    }  # fmt: skip
    return TrialRecord(**values | changes)


@pytest.fixture
def shown(capsys):
    """The states of all bars so far, on standard error and nowhere else."""

    def read():
        out, err = capsys.readouterr()
        assert out == ""
        return [state.strip() for state in err.replace("\n", "\r").split("\r") if state.strip()]

    return read


def test_a_bar_counts_trials_and_ends_when_the_last_has_ended(shown):
    noted = []
    view = ProgressView(noted.append)
    row = Running(trial=7, stage="training", notation="c4 gap", parameters=40, epoch=2, epochs=5, accuracy=0.5)
    view.update(status(counts=Counter(trained=1, pruned=1, rejected=40), running=(row,)))
    assert "mine:  67%" in (states := shown())[-1]
    assert "2/3" in states[-1]
    assert "no best yet, trial 7 epoch 2/5" in states[-1]
    view.ended(record(8, verdict="rejected"))
    assert "2/3" in "".join(shown()[-1:] or ["2/3"])
    view.ended(record(7, score=0.985, merit=0.985))
    assert "100%" in (states := shown())[-1]
    assert "3/3" in states[-1]
    assert "best 98.50 %" in states[-1]
    assert "trial 7" not in states[-1]
    view.noted("said elsewhere")
    view.close()
    assert noted == ["said elsewhere"]


def test_the_best_of_earlier_finals_is_said_by_them_and_stays_the_best(shown):
    view = ProgressView(print)
    view.update(status(counts=Counter(trained=1), best=record(1, score=0.996, merit=0.993, finals=(0.993,))))
    assert "best 99.30 % in the finals" in shown()[-1]
    view.ended(record(2, score=0.995, merit=0.995))
    assert "best 99.30 % in the finals" in shown()[-1]
    view.close()


def test_the_finals_have_a_bar_of_their_own(shown):
    view = ProgressView(print)
    view.update(status(counts=Counter(trained=3)))
    assert "3/3" in shown()[-1]
    view.update(status(counts=Counter(trained=3), finals=Finals(round=1, rounds=2, done=1, trainings=6)))
    assert "mine, finals:  17%" in (states := shown())[-1]
    assert "1/6" in states[-1]
    view.close()


def test_trainings_are_counted_by_epochs_of_all_of_them(shown):
    score = EpochScore(
        epoch=1, loss=1.0, training_accuracy=0.5, accuracy=0.5, held_loss=1.0, learning_rate=0.1, seconds=1.0
    )  # fmt: skip
    design = Design(Architecture.parse("c4 relu gap c10k1"), PLAIN_RECIPE)
    tasks = [Task(design, seed, f"seed {seed}") for seed in range(3)]
    bar = TrainingsBar("confirm")
    bar.watch(UnderWay(tasks, {1: [score] * 5}, [2], 20))
    bar.close()
    assert "20/45" in (states := shown())[-1]
    assert "1 of 3 trainings over" in states[-1]
