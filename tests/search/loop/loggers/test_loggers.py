"""A search in the logs of other tools, read again by each tool's own reader and compared with the study."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

import thimble
from search.commands.main import run_app
from search.loop.loggers import logger as search_logger
from search.loop.loggers.named import loggers_named
from search.loop.status import Running
from search.settings import Settings
from search.study.begun import settings_of
from search.study.folder import StudyFolder
from search.study.reading import read_records
from tests.amounts import slow
from tests.search.loop.loggers.readers import READERS
from tests.search.searches import wait_until
from train.scores import EpochScore

NAMES = tuple(READERS)
SEARCH = (
    *("run", "--budget", "2000", "--dataset", "digits", "--epochs", "5", "--trials", "2", "--workers", "1"),
    *("--limit-images", "400", "--space", "core", "--warm-start", "none", "--sampler", "random"),
)
LOGS = [word for name in NAMES for word in ("--log", name)]


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """The folder of a study that was searched with all three logs, and what the search printed."""
    folder = tmp_path_factory.mktemp("logged")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "WANDB_"))}
    done = subprocess.run(
        [sys.executable, "-m", "search", *SEARCH, *LOGS],
        cwd=folder, env={**kept, "THIMBLE_DATA": ""}, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "runs" / "digits-2000", done


@pytest.fixture
def study(studied, tmp_path, monkeypatch):
    """A study's folder, in which a test may go on."""
    for variable in ("MLFLOW_TRACKING_URI", "WANDB_DIR"):
        monkeypatch.delenv(variable, raising=False)
    folder = StudyFolder("digits-2000", tmp_path)
    shutil.copytree(studied[0] / "runs" / folder.name, folder.path)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_log_has_a_run_for_each_trial_and_what_the_study_has_of_it(logged, name):
    folder, _ = logged
    records = {record.trial: record for record in read_records(StudyFolder(folder.name, folder.parent))}
    assert "trained" in {record.verdict for record in records.values()}
    runs = READERS[name](folder)
    assert runs.keys() == {number for number, record in records.items() if record.verdict != "rejected"}
    for trial, run in runs.items():
        record = records[trial]
        assert run.group == "digits-2000"
        for scalar, curve in (
            ("held_out/accuracy", record.accuracies),
            ("training/accuracy", record.training_accuracies),
            ("training/loss", record.losses),
        ):
            assert [epoch for epoch, _ in run.scalars.get(scalar, [])] == list(range(1, len(curve) + 1))
            assert [value for _, value in run.scalars.get(scalar, [])] == pytest.approx(list(curve))
        if record.verdict == "trained":
            assert run.outcome["score"] == pytest.approx(record.score)
            assert len(run.scalars["learning_rate"]) == len(run.scalars["held_out/loss"]) == 5
            assert 0 < sum(seconds for _, seconds in run.scalars["seconds"]) < record.seconds
        assert run.scalars["screening/held_out/accuracy"] == [(1, pytest.approx(record.screened))]
        words = {**run.facts, **run.outcome}
        assert words["verdict"] == record.verdict
        assert run.facts["notation"] == record.notation
        assert (run.facts["origin"], run.facts["optimizer"]) == ("sampler", record.recipe.optimizer)
        for fact, value in (
            ("parameters", record.parameters),
            ("multiply_adds", record.macs),
            ("receptive_field", record.receptive_field),
            ("learning_rate", record.recipe.learning_rate),
            ("batch_size", record.recipe.batch_size),
        ):
            assert float(run.facts[fact]) == pytest.approx(value)


@pytest.mark.slow
def test_the_search_says_how_to_look_at_its_logs_and_how_to_go_on_with_them(logged):
    folder, done = logged
    for command in (
        "tensorboard --logdir runs/digits-2000/tensorboard",
        "mlflow ui --backend-store-uri sqlite:///runs/digits-2000/mlflow.db",
        "wandb sync runs/digits-2000/wandb/offline-run-*",
    ):
        assert command in done.stdout
    assert " ".join(LOGS) in done.stdout.splitlines()[-1]
    assert " ".join(LOGS) in json.loads((folder / "settings.json").read_text())["command"]
    assert "INFO" not in done.stderr
    assert "wandb" not in done.stderr.lower()


def played(study, name, *, screening=(), training=(), record=None, logger=None):
    """One start of a search in which a trial, the study's trained one by another number, has these epochs."""
    (logger,) = [logger] if logger else loggers_named([name])
    said = []
    logger.noted = said.append
    stored = settings_of(study)["settings"]
    logger.on_start(Settings.from_json(stored, **OWN), study)
    like = next(one for one in read_records(study) if one.verdict == "trained")
    for stage, epochs in (("screening", screening), ("training", training)):
        for epoch in epochs:
            running = Running(
                trial=70, stage=stage, notation=like.notation, parameters=like.parameters,
                epoch=epoch, epochs=4, accuracy=epoch / 10,
            )  # fmt: skip
            score = EpochScore(
                epoch=epoch, loss=1 / epoch, training_accuracy=0.5, accuracy=epoch / 10, held_loss=1.0,
                learning_rate=0.1, seconds=2.0,
            )  # fmt: skip
            logger.on_epoch(running, score)
    if record:
        logger.on_trial(replace(like, trial=70, **record))
    logger.on_end()
    return said


OWN = {"storage": None, "workers": 1, "timeout": None, "device": "cpu", "finals": 0}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_search_that_goes_on_goes_on_in_the_same_run_and_doubles_nothing(study, name):
    assert played(study, name, screening=[1]) == []
    assert played(study, name, screening=[1, 2], training=[1, 2]) == []
    begun = time.time() // 1  # after which second wandb names the folder of a part
    wait_until(lambda: time.time() // 1 > begun)
    assert played(study, name, training=[3, 4], record={"verdict": "trained", "score": 0.25}) == []
    run = READERS[name](study.path)[70]
    assert [point[0] for point in run.scalars["screening/held_out/accuracy"]] == [1, 2]
    assert run.scalars["held_out/accuracy"] == [(n, pytest.approx(n / 10)) for n in (1, 2, 3, 4)]
    assert run.outcome["score"] == pytest.approx(0.25)


@pytest.mark.parametrize("name", [NAMES[0], *slow(*NAMES[1:])])
def test_a_screening_is_there_though_the_search_was_interrupted_before_the_next_epoch(study, name):
    assert played(study, name, screening=[1, 2, 3, 4]) == []
    begun = time.time() // 1  # after which second wandb names the folder of a part
    wait_until(lambda: time.time() // 1 > begun)
    assert played(study, name, training=[1, 2], record={"verdict": "trained", "score": 0.25}) == []
    run = READERS[name](study.path)[70]
    short = [(n, pytest.approx(n / 10)) for n in (1, 2, 3, 4)]
    assert run.scalars["screening/held_out/accuracy"] == short
    assert run.scalars["held_out/accuracy"] == short[:2]


def test_a_screening_that_is_told_again_as_its_worker_was_lost_is_doubled_nowhere(study):
    assert played(study, NAMES[0], screening=[1, 2, 3, 4, 1, 2, 3, 4], training=[1]) == []
    run = READERS[NAMES[0]](study.path)[70]
    assert [epoch for epoch, _ in run.scalars["screening/held_out/accuracy"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", NAMES)
def test_the_callers_process_is_as_it_was(study, name):
    def state():
        return dict(os.environ), sys.excepthook, sys.exit, sys.stdout, sys.stderr, list(sys.path)

    before = state()
    played(study, name, training=[1], record={"verdict": "trained", "score": 0.5})
    assert state() == before
    assert not [thread.name for thread in threading.enumerate() if "Otel" in thread.name]  # who would tell the makers


@pytest.mark.parametrize("name", [NAMES[0], *slow(*NAMES[1:])])
def test_a_trial_that_failed_says_why_and_a_rejected_one_has_no_run(study, name):
    played(study, name, training=[1], record={"verdict": "failed", "reason": "no luck", "score": None})
    run = READERS[name](study.path)[70]
    assert "no luck" in {**run.facts, **run.outcome}["reason"]
    before = READERS[name](study.path).keys()
    played(study, name, record={"verdict": "rejected", "score": None})
    assert READERS[name](study.path).keys() == before


def test_runs_of_another_study_of_that_name_in_a_folder_of_the_users_are_kept_apart(study, tmp_path, monkeypatch):
    """They were one run with two curves."""
    place, begun = tmp_path / "boards", settings_of(study)

    def search(created):
        monkeypatch.setattr(search_logger, "settings_of", lambda _: begun | {"created": created})
        assert played(study, "tensorboard", training=[1], logger=thimble.TensorBoard(place)) == []
        return {folder: len(list(folder.rglob("events.*"))) for folder in place.iterdir()}

    assert search("today") == {place / "digits-2000": 1}
    assert search("today") == {place / "digits-2000": 2}
    later = search("tomorrow")
    assert later.pop(place / "digits-2000") == 2
    assert list(later.values()) == [1]
    assert search("tomorrow") == {place / "digits-2000": 2, **dict.fromkeys(later, 2)}


def test_a_log_is_written_where_warnings_are_errors(study):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert played(study, "mlflow", training=[1], record={"verdict": "trained", "score": 0.5}) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_log_that_cannot_be_written_is_noted_once_and_costs_nothing(study, name, monkeypatch):
    (logger,) = loggers_named([name])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(logger), "write", full)
    said = played(study, name, screening=[1], training=[1, 2], record={"verdict": "trained", "score": 0.5})
    assert len(said) == 1
    assert "No space left on device" in said[0]
    assert "the search goes on without it" in said[0]


def test_no_line_has_a_password(study, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9/path")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    (logger,) = loggers_named(["mlflow"])
    assert logger.look(study) == "http://me:***@127.0.0.1:9/path"
    (said,) = played(study, "mlflow", training=[1])
    assert "127.0.0.1" in said
    assert "secret" not in said


@pytest.mark.parametrize(("name", "own"), [("tensorboard", "tensorboard"), ("wandb", "wandb")])
def test_a_log_that_is_taken_away_is_not_made_anew(study, name, own, monkeypatch):
    (logger,) = loggers_named([name])
    open_log = type(logger).open

    def then_away(self, folder):
        open_log(self, folder)
        (folder.path / own).rename(folder.path / "away")

    monkeypatch.setattr(type(logger), "open", then_away)
    (said,) = played(study, name, training=[1, 2], record={"verdict": "trained", "score": 0.5})
    assert "goes on without it" in said
    assert not (study.path / own).exists()


@pytest.mark.slow
def test_other_places_are_those_of_the_environment(study, monkeypatch, tmp_path):
    uri = f"sqlite:///{study.path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "elsewhere"))
    other = StudyFolder("another", study.runs)
    shutil.copytree(study.path, other.path, symlinks=True)
    for name in ("mlflow", "wandb"):
        assert played(other, name, training=[1], record={"verdict": "trained", "score": 0.5}) == []
    assert READERS["mlflow"](Path("another"), uri).keys() == {70}
    assert READERS["wandb"](tmp_path / "elsewhere").keys() == {70}


@pytest.mark.parametrize("name", NAMES)
def test_a_package_that_is_missing_is_named_before_anything_starts(name, monkeypatch, tmp_path, capsys):
    """A folder of its name, which the tool itself makes where it is used, is none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    assert run_app([*SEARCH, "--log", name]) == 2
    assert f"pip install 'thimble[{name}]'" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_log_of_another_name_is_refused(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_app([*SEARCH, "--log", "wanb"]) == 2
    assert "--log must be tensorboard, mlflow or wandb, not 'wanb'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_database_that_cannot_be_opened_is_noted_at_once(study, capfd):
    (study.path / "mlflow.db").unlink(missing_ok=True)
    (study.path / "mlflow.db").mkdir()
    (said,) = played(study, "mlflow", training=[1], record={"verdict": "trained", "score": 0.5})
    assert "mlflow.db: unable to open database file" in said
    assert capfd.readouterr().err == ""
