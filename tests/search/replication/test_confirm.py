"""Confirmation over seeds: what the training loop gives, nothing chosen, resumable."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from results.findings.confirmation import Confirmation, SeedRun
from search.commands.main import run_app
from search.errors import UserError
from search.replication.confirm import confirm, stored_confirmation
from search.replication.replication import Interrupted, Replication
from search.replication.seeds import stored_runs
from search.workers.stopping import Stop
from space.architecture import Architecture
from space.design import Design
from space.recipe import DEFAULT_RECIPE
from tests.amounts import slow
from tests.search.conftest import SMALL
from tests.search.searches import environment, instead, said_here, wait_until, workers_of
from train.data.dataset import open_dataset
from train.data.split import whole
from train.evaluation import evaluate
from train.fast import process
from train.loop import train
from train.model import build

NET = "c4 relu bn mp c6 relu bn mp gap c10k1"
CONFIRM = ("confirm", NET, "--dataset", "digits", "--epochs", "3", "--hold", "2", "--seeds", "2", "--workers", "1")


def confirmed(capsys, *arguments):
    """The curves of the seeds, and the line on all of them."""
    assert run_app([*arguments, "--json"]) == 0
    return parted(capsys.readouterr().out)


def parted(out):
    *seeds, summary = map(json.loads, out.splitlines())
    return {seed["seed"]: seed["test_accuracy"] for seed in seeds}, summary


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_DATA", raising=False)
    return tmp_path


def runs(*curves):
    return tuple(
        SeedRun(seed=n, accuracies=tuple(curve), training_accuracies=tuple(curve), seconds=1.0)
        for n, curve in enumerate(curves)
    )


def test_figures_are_those_of_the_training_loop(here, capsys):
    """On all training images, against the test set; the weights that are kept are the last epoch's."""
    curves, summary = confirmed(capsys, *CONFIRM)
    process.prepare()  # as a worker is
    source = open_dataset("digits", Path())
    data = whole(source)
    assert torch.equal(data.held_out.images, source.test().images)
    assert len(data.train) == 1500
    recipe = replace(DEFAULT_RECIPE, epochs=3)
    assert list(curves) == [1001, 1002]
    for seed, curve in curves.items():
        model = build(Architecture.parse(NET), seed=seed)
        assert [score.accuracy for score in train(model, recipe, data, seed=seed)] == curve
        (weights,) = here.glob(f"runs/.confirmed/*/*/seed-{seed}.safetensors")
        from safetensors.torch import load_file

        model.load_state_dict(load_file(weights))
        assert evaluate(model, data.held_out, data.mean, data.std)[0] == curve[-1]
    means = np.mean([curve[-2:] for curve in curves.values()], axis=1)
    assert summary["last5_mean"] == pytest.approx(means.mean())
    assert summary["worst_seed"] == pytest.approx(means.min())
    assert summary["worst_epoch"] == min(min(curve[-2:]) for curve in curves.values())
    low, high = summary["ci95"]
    assert ((low + high) / 2, summary["seeds"], summary["hold"]) == (pytest.approx(means.mean()), 2, 2)
    assert not [path for path in here.glob("runs/.confirmed/*/*/seed-*") if path.is_dir()]


def test_called_from_python_it_returns_the_figures_and_prints_nothing(tmp_path, capfd):
    design = Design(Architecture.parse(NET), replace(DEFAULT_RECIPE, epochs=2))
    source = open_dataset("digits", Path())
    replication = Replication(
        source=source, seeds=1, last_epochs=None, workers=1, device="cpu", precision="auto", runs=tmp_path
    )
    stop, said = Stop(), []
    confirmation = confirm(design, replication, name="it", stop=stop, say=said.append)
    assert capfd.readouterr() == ("", "")
    assert said[0].startswith("it on all training images of digits, 1 seed of 2 epochs, cpu fp32: 332 parameters\n")
    assert (len(confirmation.runs), confirmation.epochs, confirmation.last_epochs) == (1, 2, 1)
    assert stored_confirmation(design, "digits", runs=tmp_path, last_epochs=None).confirmation == confirmation
    stop.signal = signal.SIGTERM
    with pytest.raises(Interrupted) as interrupted:
        confirm(design, replace(replication, seeds=2), name="it", stop=stop, say=said.append)
    assert (interrupted.value.done, interrupted.value.trainings) == (1, 2)
    with pytest.raises(UserError, match="`seeds` must be from 1 to 100, not 101"):
        replace(replication, seeds=101)


def test_more_seeds_train_only_those_that_are_missing(here, capsys):
    first, alone = confirmed(capsys, *instead(CONFIRM, ("--seeds", "1")))
    (kept,) = here.glob("runs/.confirmed/*/*/seed-1001.json")
    written = kept.stat().st_mtime_ns
    both, _ = confirmed(capsys, *CONFIRM)
    assert kept.stat().st_mtime_ns == written
    assert (list(both), both[1001]) == ([1001, 1002], first[1001])
    assert (alone["ci95"], alone["deviation"]) == (None, None)


@pytest.mark.fault
def test_interrupted_and_robbed_of_its_worker_it_gives_the_same(here, capsys):
    command = [sys.executable, "-m", "search", *instead(CONFIRM, ("--epochs", "30")), "--json"]

    def start(epoch):
        begun = subprocess.Popen(
            command, cwd=here, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_until(lambda: list(here.glob(f"runs/.confirmed/*/*/seed-*/epoch-{epoch:04}*")), process=begun)
        return begun

    begun = start(epoch=5)
    begun.send_signal(signal.SIGTERM)
    out, err = begun.communicate(timeout=60)
    assert (begun.returncode, out) == (143, "")
    assert "0 of 2 seeds done; the same command goes on" in err
    begun = start(epoch=15)
    os.kill(workers_of(begun.pid)[0], signal.SIGKILL)
    out, err = begun.communicate(timeout=120)
    assert begun.returncode == 0, err
    disturbed = out
    (here / "quiet").mkdir()
    quiet = subprocess.run(command, cwd=here / "quiet", env=environment(), capture_output=True, text=True, check=True)
    assert parted(disturbed)[1]["seeds"] == 2
    assert disturbed == quiet.stdout


def test_statistics_are_numpys_and_scipys():
    curves = ((0.5, 0.9, 0.94, 0.95), (0.6, 0.91, 0.93, 0.96), (0.1, 0.92, 0.95, 0.92))
    c = Confirmation(runs=runs(*curves), epochs=4, last_epochs=3)
    means = np.mean([curve[1:] for curve in curves], axis=1)
    assert c.scores == pytest.approx(means)
    assert c.deviation == pytest.approx(means.std(ddof=1))
    low, high = stats.t.interval(0.95, 2, loc=means.mean(), scale=stats.sem(means))
    assert (c.mean - c.interval, c.mean + c.interval) == (pytest.approx(low), pytest.approx(high))
    assert c.worst == 0.9
    assert [c.held(target) for target in (0.9, 0.905, 0.915, 0.93)] == [3, 2, 1, 0]


def test_a_diverged_run_counts_as_nothing_rather_than_not_at_all():
    good, bad = runs((0.9, 0.9, 0.9), (0.9,))
    c = Confirmation(runs=(good, replace(bad, diverged="the loss is nan")), epochs=3, last_epochs=2)
    assert c.scores == [0.9, 0.0]
    assert (c.worst, c.held(0.5)) == (0.0, 1)


@pytest.mark.slow
def test_a_design_of_a_study_shows_the_gap_to_its_score(studied, monkeypatch, capsys, tmp_path):
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert run_app(["confirm", "--seeds", "2", "--hold", "1", "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert "mean" in out
    assert "in 0 of 2 seeds" in out
    assert "the search's score was" in out
    _, found = confirmed(capsys, "confirm", "--seeds", "2", "--hold", "1", "--workers", "1")
    assert f"{100 * found['last5_mean']:.3f} %" in out
    assert f"{abs(100 * (found['last5_mean'] - found['search_score'])):.2f} points" in out


@pytest.mark.parametrize("options", [*slow((("--epochs", "1"),)), ("--epochs", "1", "--target", "10")])
def test_other_epochs_are_compared_with_nothing_of_the_studys(studied, monkeypatch, capsys, tmp_path, options):
    """Neither with its target nor with its score; a target that is given for these epochs is looked at."""
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert run_app(["confirm", "--seeds", "1", "--workers", "1", *options]) == 0
    out = capsys.readouterr().out
    assert "the search's score" not in out
    assert "99.40 %" not in out
    assert ("10.00 % held in each of them in 1 of 1 seed" in out) == ("--target" in options)
    _, found = confirmed(capsys, "confirm", "--seeds", "1", "--workers", "1", *options)
    assert found["search_score"] is None
    assert (found["target"], found["held"]) == ((0.1, 1) if "--target" in options else (None, None))


def test_other_images_are_not_compared_with_the_searchs(studied, monkeypatch, capsys, tmp_path):
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    images = np.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=np.uint8)
    np.savez("own.npz", X=images, y=np.arange(60) % 10)
    reached = Confirmation(runs=runs((0.5, 0.9)), epochs=2, last_epochs=1)
    monkeypatch.setattr("search.replication.confirm.confirm", lambda *_, **__: reached)
    for dataset, compared in (("auto", True), ("digits", True), ("own.npz", False)):
        _, found = confirmed(capsys, "confirm", "best", "--dataset", dataset)
        assert (found["search_score"] is not None) == compared


def test_the_target_is_the_studys(studied, monkeypatch, capsys, tmp_path):
    shutil.copytree(studied[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    settings = Path("runs/digits-2000/settings.json")
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"target": 0.25}))
    _, found = confirmed(capsys, "confirm", "--seeds", "1", "--workers", "1")
    assert (found["target"], found["hold"], found["seeds"]) == (0.25, 1, 1)
    assert found["search_score"] > 0
    _, found = confirmed(capsys, "confirm", "--seeds", "1", "--workers", "1", "--hold", "2")
    assert (found["target"], found["search_score"]) == (0.25, None)  # which is of another number of epochs
    assert (
        run_app([*SMALL, "--trials", "5", "--target", "20"]) == 0
    )  # and that of a study that goes on is its new one
    capsys.readouterr()
    _, found = confirmed(capsys, "confirm", "--seeds", "1", "--workers", "1")
    assert found["target"] == 0.2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--seeds", "0"), "--seeds must be from 1 to 100, not 0"),
        (("--hold", "4"), "--hold must be from 1 to 3, not 4"),
        (("--target", "0"), "--target is a percentage"),
        (("--device", "cuda"), "--device cuda needs a GPU"),
    ],
)
def test_bad_input_is_one_line(here, capsys, options, words):
    assert run_app(instead(CONFIRM, options)) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not (here / "runs").exists()


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A folder in which the command of this module has been run."""
    folder = tmp_path_factory.mktemp("once")
    said_here(folder, *CONFIRM, "--json")
    return folder


@pytest.fixture
def trained(once, here):
    shutil.copytree(once / "runs", here / "runs")
    return here


def changed(content, kind, other):
    """The content as damage of that kind leaves it; other: of the same kind of file, of another run."""
    middle = len(content) // 2
    match kind:
        case "zeroed":
            return content[:middle] + bytes(len(content) - middle)
        case "cut":
            return content[:middle]
        case "flipped":
            return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return other


@pytest.mark.parametrize("ending", ["json", "safetensors"])
def test_a_damaged_record_or_network_is_named_and_trained_again_once_removed(trained, capsys, ending):
    curves, _ = confirmed(capsys, *CONFIRM)
    (record,) = trained.glob("runs/.confirmed/*/*/seed-1002.json")
    file = record.with_suffix(f".{ending}")
    whole, other = file.read_bytes(), file.with_stem("seed-1001").read_bytes()
    for kind in ("zeroed", "cut", "flipped", "another run's"):
        file.write_bytes(changed(whole, kind, other))
        assert run_app([*CONFIRM]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f"seed-1002.{ending}" in line
        assert re.search(r"remove \S*(seed-1002\.json|it) to train", line)
    record.unlink()
    assert confirmed(capsys, *CONFIRM)[0] == curves


def test_any_changed_byte_of_a_record_is_found(trained):
    (file,) = trained.glob("runs/.confirmed/*/*/seed-1001.json")
    content, fingerprint = file.read_bytes(), file.parent.name
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(UserError, match=r"seed-1001\.json is damaged"):
            stored_runs(file.parents[1], fingerprint)
    for damage in (b"", b"[]", b"{", b'"a"', b'{"seed": "x"}'):
        file.write_bytes(damage)
        with pytest.raises(UserError, match=r"seed-1001\.json is damaged"):
            stored_runs(file.parents[1], fingerprint)


def test_a_record_of_0_2_which_has_no_digest_is_read(trained, capsys):
    curves, _ = confirmed(capsys, *CONFIRM)
    for file in trained.glob("runs/.confirmed/*/*/seed-*.json"):
        record = json.loads(file.read_bytes())
        del record["sha256"], record["weights_sha256"]
        file.write_text(json.dumps(record))
    assert confirmed(capsys, *CONFIRM)[0] == curves


@pytest.mark.parametrize("known", [True, False])
def test_answers_are_not_given_by_damaged_weights(trained, known):
    """They kept their 35.466 % beside a confusion matrix of another network. Where the record is of 0.2 and has no
    digest, what the network reaches tells."""
    (file,) = trained.glob("runs/.confirmed/*/*/seed-1001.safetensors")
    content = file.read_bytes()
    head = 8 + int.from_bytes(content[:8], "little")
    design = Design(Architecture.parse(NET), replace(DEFAULT_RECIPE, epochs=3))
    source = open_dataset("digits", Path())
    stored = stored_confirmation(design, "digits", runs=trained / "runs", last_epochs=2)
    given = stored.answers(design.architecture, source)
    assert (given.images - given.wrong) / given.images == stored.confirmation.runs[0].accuracies[-1]
    if not known:
        run = replace(stored.confirmation.runs[0], weights_sha256="")
        stored = replace(stored, confirmation=replace(stored.confirmation, runs=(run,)))
    file.write_bytes(content[:head] + bytes(len(content) - head))
    with pytest.raises(
        UserError, match=r"seed-1001\.safetensors .*; remove \S*seed-1001\.json to train the run again"
    ):
        stored.answers(design.architecture, source)
    file.write_bytes(content)
    answers = file.with_suffix(".answers")
    answers.write_bytes(answers.read_bytes().replace(b'"confusion": [[', b'"confusion": [[1'))
    assert stored.answers(design.architecture, source).to_json() == given.to_json()
