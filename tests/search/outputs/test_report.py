"""The command `report` on real studies: importance as Optuna computes it, confirmations found, answers as trained."""

import ast
import html
import json
import re
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
import torch
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from safetensors.torch import load_file

from results.findings.ped_anova import importances
from search.commands.main import run_app
from search.objective import Objective
from search.outputs.importance import choices, importance
from search.outputs.report import report
from search.replication.seeds import SeedRuns, Task
from search.study.databases import open_storage
from search.study.finding import find
from search.study.folder import StudyFolder
from search.study.reading import read_records, record
from search.workers.stopping import Stop
from space.architecture import Architecture
from tests.results.wording.told import lines_of, recipe_of
from tests.search.searches import enter_finals
from tests.search.study.test_store import curve
from train.data.dataset import open_dataset
from train.data.split import split
from train.fast import process
from train.loop import train
from train.model import build


@pytest.fixture
def made(tmp_path):
    """Makes a study of so many trials, in which `wide` matters, and returns its folder, itself and its records."""

    def make(trials, pruned=0):
        folder = StudyFolder("made", runs=tmp_path)
        with folder.locked():
            study = optuna.create_study(storage=open_storage(folder), study_name="made", direction="maximize")
        draws = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
        space = {
            "wide": optuna.distributions.FloatDistribution(0.0, 1.0),
            "deep": optuna.distributions.IntDistribution(1, 6),
            "kind": optuna.distributions.CategoricalDistribution(("a", "b", "c")),
        }
        for number in range(trials + pruned):
            params = draws.ask(space).params
            score = 0.9 + 0.05 * params["wide"] + 0.001 * params["deep"]
            done = number < trials
            attributes = {"verdict": "trained", "score": score} if done else {"verdict": "pruned"}
            study.add_trial(
                optuna.create_trial(
                    state=optuna.trial.TrialState.COMPLETE if done else optuna.trial.TrialState.PRUNED,
                    value=score if done else None,
                    params=params,
                    distributions=space,
                    user_attrs=attributes,
                    intermediate_values={1: score},
                )
            )
        return folder, study, [record(trial, Objective(None, 8000, 250)) for trial in study.trials]

    return make


@pytest.fixture
def copied(studied, monkeypatch, tmp_path):
    """The small finished study in a place of its own."""
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    monkeypatch.delenv("THIMBLE_DATA", raising=False)
    return tmp_path / "copy"


def test_importance_is_optunas(made):
    folder, study, records = made(80)
    found = importance(folder, records)
    theirs = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.1)
    )
    assert found.shares == pytest.approx(theirs)
    assert next(iter(found.shares)) == "wide"
    assert found.shares["wide"] > found.chance > 0
    assert (found.best, found.trials, found.of) == (8, 80, 80)


@pytest.mark.parametrize("seed", range(5))
def test_importance_is_optunas_whatever_the_ranges(seed):
    """Small and large, by steps and on a logarithm, of one value, and of choices that some trials had no use for."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    space = {
        "rate": FloatDistribution(1e-4, 1e-1, log=True),
        "stepped": FloatDistribution(0.0, 0.3, step=0.05),
        "many": IntDistribution(1, 400),
        "doubled": IntDistribution(1, 64, log=True),
        "kind": CategoricalDistribution(("a", "b", None, True)),
        "single": FloatDistribution(0.5, 0.5),
        "only": CategoricalDistribution(("x",)),
    }
    for _ in range(60):
        trial = study.ask(space)
        score = trial.params["stepped"] + trial.params["many"] / 400
        if trial.params["kind"] == "a":
            trial.suggest_float("narrow", 0, 1)
            score += trial.suggest_float("moved", 0, 1)
        elif trial.params["kind"] == "b":
            score += trial.suggest_float("moved", 5, 6) - 5
        study.tell(trial, score)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of choices that few of the trials had
        theirs = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.1).evaluate(study)
    lowest = sorted(trial.value for trial in study.trials)[5]
    ours = importances(choices(study.trials), [trial.value <= lowest for trial in study.trials])
    # Optuna's have the square of the quantile too, which all have in common.
    assert {name: value * 0.1**2 for name, value in ours.items()} == pytest.approx(theirs, rel=1e-9)
    assert list(ours.values()) == sorted(ours.values(), reverse=True)
    assert ours["single"] == ours["only"] == 0


def test_pruned_trials_stand_below_the_trained_ones(made):
    """Whatever they had reached when they were ended."""
    folder, _, records = made(30, pruned=70)
    found = importance(folder, records)
    assert (found.best, found.trials) == (10, 100)
    changed = [r if r.verdict == "trained" else replace(r, accuracies=(0.999,)) for r in records]
    assert importance(folder, changed) == found


def test_a_long_study_is_looked_at_in_part(made, monkeypatch):
    folder, _, records = made(44)
    monkeypatch.setattr("search.outputs.importance._MOST", 22)
    found = importance(folder, records)
    assert (found.trials, found.of) == (22, 44)
    assert found.shares["wide"] > 0.5


def test_a_short_study_says_nothing_of_importance(made):
    folder, _, records = made(19)
    assert importance(folder, records) is None


def test_the_time_of_the_finals_is_of_those_that_count(copied):
    """Not of what was trained for earlier finals, of other designs and of further rounds."""
    folder = find(None, copied / "runs")
    first, other = [trained for trained in read_records(folder) if trained.score is not None][:2]
    runs = SeedRuns(folder.path / "finals", workplace=None, workers=1, stop=Stop(), say=print)
    for one, seed in ((first, 1), (first, 2), (other, 1)):
        runs.keep(Task(one.design, seed, ""), [replace(score, seconds=1800.0) for score in curve(0.8, 0.9)], None)
    enter_finals(folder, {first.trial: [0.9]})
    page = " ".join(report(folder, data_root=copied).split())
    assert "The 1 training of the finals is not among them, and took 3600.00 more." in page, (
        "in seconds, as the trials are"
    )


def test_a_report_is_the_page_and_writes_nothing(copied, capsys):
    folder = find(None, copied / "runs")
    page = report(folder, data_root=copied)
    assert [path.name for path in copied.iterdir()] == ["runs"]
    assert capsys.readouterr() == ("", "")
    assert run_app(["report", "-o", "same.html"]) == 0
    assert (copied / "same.html").read_text() == page


def test_the_augmentation_is_named_that_was_taken_where_nobody_named_one(copied):
    page = report(find(None, copied / "runs"), data_root=copied)
    assert re.search(r"<th[^>]*>augment</th><td[^>]*>digits</td>", page)


def loaded_by_a_report():
    """What takes long to load and a clean interpreter has loaded after it."""
    script = (
        "import sys; from search.commands.main import run_app; "
        "assert run_app(['report', '-o', 'quick.html', '--force']) == 0; "
        "print([name for name in ('sklearn', 'torch', 'scipy.stats', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ast.literal_eval(done.stdout)


def test_a_report_loads_nothing_that_takes_long(copied):
    assert loaded_by_a_report() == []


@pytest.mark.slow
def test_a_confirmed_winner_is_shown_with_all_its_seeds(copied, capsys):
    assert run_app(["confirm", "best", "--seeds", "2", "--workers", "1", "--json"]) == 0
    first, _, confirmed = map(json.loads, capsys.readouterr().out.splitlines())
    assert run_app(["report", "-o", "after.html"]) == 0
    page = (copied / "after.html").read_text()
    assert "Not confirmed yet" not in page
    half = confirmed["ci95"][1] - confirmed["last5_mean"]
    assert f"{100 * confirmed['last5_mean']:.3f} % <small>95 % interval" in page
    assert "on 297 test images: the mean of the last epoch over 2 seeds" in page
    assert f"± {100 * half:.3f} % (95 % interval of the mean)" in page
    wrong = round(297 * (1 - first["test_accuracy"][-1]))
    assert f"on the 297 test images: {wrong} wrong" in page
    assert run_app(["export", "best", "-o", "net.py"]) == 0
    head = " ".join((copied / "net.py").read_text().split())
    assert f"digits: test accuracy {100 * confirmed['last5_mean']:.2f} % (" in head
    assert (
        f"over 2 seeds, mean of the last epoch; the worst of these epochs {100 * confirmed['worst_epoch']:.2f} %"
        in head
    )
    assert "the weights here are those of the search held-out accuracy" in head
    assert "nothing was scored on the test set" not in head
    assert loaded_by_a_report() == []  # what it gets wrong included
    (answers,) = copied.glob("runs/.confirmed/*/*/seed-*.answers")  # which confirm left
    for damaged in (b"{", b"{}", b"[1]", answers.read_bytes().replace(b'"weights": "', b'"weights": "0')):
        answers.write_bytes(damaged)
        assert run_app(["report", "-o", "after.html", "--force"]) == 0
        assert (copied / "after.html").read_text() == page
        assert json.loads(answers.read_bytes())["answers"]["seed"] == 1001
    (file,) = copied.glob("runs/.confirmed/*/*/seed-1001.json")
    file.write_text("{")
    assert run_app(["report", "-o", "third.html"]) == 2
    err = capsys.readouterr().err.splitlines()
    assert "seed-1001.json is damaged: it is not a run's record" in err[-1]
    assert not (copied / "third.html").exists()
    file.unlink()
    file.with_suffix(".safetensors").write_bytes(b"no weights")
    assert run_app(["report", "-o", "fourth.html"]) == 0  # by the seed that is left
    assert "one seed tells nothing of the spread between seeds" in (copied / "fourth.html").read_text()


@pytest.mark.slow
def test_a_winner_that_was_explained_has_its_ladder(copied, capsys):
    assert run_app(["explain", "best", "--seeds", "1", "--no-undo", "--workers", "1", "--json"]) == 0
    steps = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert run_app(["report", "-o", "explained.html"]) == 0
    page = html.unescape((copied / "explained.html").read_text())
    for step in steps:
        assert step["analysis"] in page
        assert f", last {100 * step['held_out'][0]:.2f} %." in page
    (file,) = copied.glob("runs/.explained/*.json")
    file.write_text("{}")
    assert run_app(["report", "-o", "again.html"]) == 2
    assert "is not a ladder's record" in capsys.readouterr().err


def test_the_digit_is_the_first_training_image(mnist_dir):
    for source in (open_dataset("digits", Path()), open_dataset("mnist", mnist_dir)):
        assert (source.first_image() == source.training().images[0, 0].numpy()).all()


def test_a_training_from_the_words_of_the_report_alone_gives_the_same_weights(copied):
    """Network, recipe, seed and data are read from the page by regular expressions; nothing else is known here."""
    assert run_app(["report", "-o", "page.html"]) == 0
    page = (copied / "page.html").read_text()
    page = html.unescape(page[page.index("<body>") :])
    (trial,) = re.findall(r"The winner: trial (\d+)", page)
    notation = re.search(r"In the notation</h3>.*?<code>(.*?)</code>", page, re.DOTALL)[1]
    *lines, data = lines_of(page)
    told = r"250 of the 1,500 training images are held out, drawn by seed (\d+), which the training has too"
    seed = int(re.fullmatch(told, data)[1])
    (dataset,) = re.findall(r"parameters on (\w+), 2 epochs a trial", page)
    process.prepare()
    source = open_dataset(dataset, copied)
    network = build(Architecture.parse(notation), seed=seed)
    images = split(source, seed=seed)
    assert len(images.held_out) == 250
    assert len(list(train(network, recipe_of(lines), images, seed=seed))) == 2
    stored = load_file(copied / "runs" / "digits-2000" / "weights" / f"trial-{int(trial):05}.safetensors")
    assert stored.keys() == network.state_dict().keys()
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, stored[name]), name


def test_no_librarys_error_stands_on_top(copied):
    """A download that failed is told in our words; what the library said is among the settings."""
    file = copied / "runs" / "digits-2000" / "settings.json"
    reason = "MNIST is not in data and could not be downloaded (urlopen error [Errno -3] Temporary failure)"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"note": reason}))
    assert run_app(["report", "-o", "page.html"]) == 0
    page = (copied / "page.html").read_text()
    page = page[page.index("<body>") :]
    head, rest = page.split('<main id="main"', 1)
    assert "scikit-learn's 1,797 digits, in place of MNIST" in html.unescape(head)
    assert "urlopen" not in head
    assert page.count("urlopen") == 1
    assert rest.index("Settings and versions") < rest.index("urlopen")
