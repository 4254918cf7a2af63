"""The main job through its front door, on digits."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.commands.main import run_app
from search.study.folder import StudyFolder
from tests.search.conftest import SMALL
from tests.search.searches import instead, said_here

QUICK = ("--space", "core")  # whose networks train in a fraction of the time


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def start(folder, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "search", *instead(SMALL, more)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "THIMBLE_DATA": ""},
    )


def again(folder, *more):
    process = start(folder, *more)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return objects(out), err


def test_json_has_an_object_a_trial_and_a_summary(studied):
    folder, done = studied
    *trials, summary = objects(done.stdout)
    assert len(trials) == 5
    for trial in trials:
        assert trial["verdict"] in ("trained", "pruned")
        assert trial["parameters"] <= 2000
        assert trial["epochs"] <= 2
    best = max((t for t in trials if t["verdict"] == "trained"), key=lambda t: t["score"])
    assert summary["best"].items() >= best.items()
    assert summary["study"] == "digits-2000"
    assert summary["trained"] + summary["pruned"] == 5
    assert {t["origin"] for t in trials} == {"zoo/2000", "zoo/4000 scaled", "zoo/8000 scaled", "sampler"}
    names = {path.name for path in (folder / "runs" / "digits-2000").iterdir()}
    assert {"settings.json", "study.db", "weights"} <= names


def test_a_study_of_another_engine_goes_on_and_it_is_said(studied, tmp_path, monkeypatch, capsys):
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THIMBLE_DATA", "")
    line = "study digits-2000 was begun with the CPU's engine 1 and goes on with engine"
    assert run_app([*SMALL, "--trials", "5"]) == 0  # with nothing left to train
    err = capsys.readouterr().err
    assert line not in err
    assert " failed; this run took " in err
    for file in ("settings.json", "told/settings.json"):
        path = tmp_path / "runs" / "digits-2000" / file
        settings = json.loads(path.read_text())
        del settings["versions"]["engine"]  # which a study of 0.5 has not
        path.write_text(json.dumps(settings))
    assert run_app([*SMALL, "--trials", "5"]) == 0
    assert line in capsys.readouterr().err


@pytest.mark.slow
def test_running_again_goes_on_to_the_total(studied, tmp_path):
    import shutil

    folder, _ = studied
    shutil.copytree(folder / "runs", tmp_path / "runs")
    (summary,), err = again(tmp_path, "--trials", "5")
    assert summary["trained"] + summary["pruned"] == 5
    assert "going on after 5 trials" in err
    (*trials, summary), err = again(tmp_path, "--trials", "7", "--workers", "3")
    assert "training on 2 workers, " in err, "as many as there are trials to come"
    assert [trial["trial"] for trial in trials] == [5, 6] or {t["trial"] for t in trials} == {5, 6}
    assert summary["trained"] + summary["pruned"] == 7


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.slow
def test_a_signal_ends_cleanly_and_the_run_goes_on(tmp_path, number, code):
    process = start(tmp_path, *QUICK, "--trials", "4", "--warm-start", "none", "--epochs", "8")
    first = json.loads(process.stdout.readline())
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    summary = objects(out)[-1]
    ended = summary["trained"] + summary["pruned"]
    assert 1 <= ended < 4
    assert "Traceback" not in err
    (command,) = re.findall(r"go on with:\s+python -m search (.*)", err)

    done = subprocess.run(
        [sys.executable, "-m", "search", *instead(command.split(), ("--json", "--workers", "2"))],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *trials, summary = objects(done.stdout)
    assert summary["trained"] + summary["pruned"] == 4
    assert len(trials) == 4 - ended
    assert first["trial"] not in {trial["trial"] for trial in trials}


@pytest.mark.slow
def test_a_deterministic_search_repeats_itself_with_other_workers_and_after_a_kill(tmp_path):
    def search(name, workers, kill=False):
        (tmp_path / name).mkdir()
        options = (*QUICK, "--deterministic", "--trials", "9", "--epochs", "3", "--workers", str(workers))
        if kill:
            process = start(tmp_path / name, *options)
            for _ in range(3):
                process.stdout.readline()
            process.kill()
            process.communicate(timeout=10)
        again(tmp_path / name, *options)
        told, _ = said_here(tmp_path / name, "table", "--json")
        return [{k: v for k, v in trial.items() if k != "seconds"} for trial in objects(told)]

    first = search("one", 1)
    assert any(trial["origin"] == "sampler" for trial in first)
    assert search("two", 2) == first
    assert search("killed", 2, kill=True) == first


def test_a_second_run_of_a_study_is_refused_while_the_first_goes_on(studied, tmp_path, monkeypatch, capsys):
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    with StudyFolder("digits-2000", tmp_path / "runs").locked():
        assert run_app([*SMALL, "--trials", "9"]) == 2
    assert f"is being searched by process {os.getpid()}" in capsys.readouterr().err


@pytest.mark.slow
def test_a_timeout_ends_cleanly(tmp_path):
    process = start(tmp_path, "--trials", "500", "--timeout", "6s")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "go on with:" in err
    assert objects(out)[-1]["study"] == "digits-2000"


@pytest.mark.slow
def test_plain_sampling_rejects_and_never_trains_what_is_over(tmp_path):
    process = start(
        tmp_path, *QUICK, "--trials", "6", "--sampling", "plain", "--warm-start", "none", "--budget", "4000"
    )
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    *trials, summary = objects(out)
    rejected = [trial for trial in trials if trial["verdict"] == "rejected"]
    assert summary["trained"] + summary["pruned"] == 6
    assert len(rejected) == summary["rejected"] > 0
    for trial in rejected:
        assert trial["parameters"] > 4000
        assert "the budget is 4,000" in trial["reason"]
        assert (trial["epochs"], trial["score"]) == (0, None)
    assert all(trial["parameters"] <= 4000 for trial in trials if trial["verdict"] != "rejected")


@pytest.mark.slow
def test_a_trial_does_not_depend_on_the_number_of_workers(studied, tmp_path):
    _, done = studied
    process = start(tmp_path, "--trials", "5", "--workers", "1")
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    scores = [
        {t["trial"]: (t["notation"], t["score"]) for t in objects(text)[:-1] if t["origin"] != "sampler"}
        for text in (done.stdout, out)
    ]
    assert scores[0] == scores[1]


def test_the_same_training_outside_the_study_has_the_same_score(studied, monkeypatch, capsys):
    folder, done = studied
    monkeypatch.chdir(folder)
    trial = next(t for t in objects(done.stdout) if t.get("verdict") == "trained")
    assert run_app(["train", str(trial["trial"]), "--dataset", "digits", "--json"]) == 0
    *epochs, last = objects(capsys.readouterr().out)
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    assert last["score"] == trial["score"]


def test_best_table_show_and_csv(studied, monkeypatch, capsys, tmp_path):
    import pandas as pd

    folder, done = studied
    monkeypatch.chdir(folder)
    best = objects(done.stdout)[-1]["best"]
    assert run_app(["best", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown.items() >= best.items()
    assert len(shown["accuracies"]) == 2
    assert run_app(["best"]) == 0
    assert best["notation"] in capsys.readouterr().out
    csv = tmp_path / "trials.csv"
    assert run_app(["table", "--csv", str(csv)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert best["notation"] in out
    read = pd.read_csv(csv)
    assert len(read) == 5
    assert read["trial"][0] == best["trial"]
    assert read["score"][0] == pytest.approx(best["score"])


def test_a_network_of_the_zoo_is_exported_with_its_evidence(compared_here, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run_app(["export", "zoo/8000", "-o", "net.py", "--weights", "w.safetensors", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["difference"] <= 1e-6
    module = (tmp_path / "net.py").read_text()
    assert "test accuracy 99." in module
    assert "over 5 seeds" in module
    assert "0.1307" in module  # whichever images were here
    assert run_app(["export", "zoo/12", "-o", "no.py"]) == 2
    assert "there are" in capsys.readouterr().err


def test_the_test_set_is_read_only_on_request(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied[0])
    from train.data.dataset import Dataset

    def never(dataset):
        raise AssertionError("the test set was read")

    monkeypatch.setattr(Dataset, "test", never)
    command = ["train", "c4 relu bn c4 relu mp c10 gap", "--dataset", "digits", "--epochs", "1", "--json"]
    assert run_app(command) == 0
    capsys.readouterr()
    with pytest.raises(AssertionError, match="was read"):
        run_app([*command, "--test"])
    monkeypatch.undo()
    monkeypatch.chdir(studied[0])
    assert run_app([*command, "--test"]) == 0
    assert 0 <= objects(capsys.readouterr().out.split("\n", 0)[0])[-1]["test_accuracy"] <= 1


@pytest.mark.slow
def test_bfloat16_is_another_study(studied, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(studied[0])
    assert run_app([*SMALL, "--trials", "5", "--precision", "bf16"]) == 2
    assert "precision fp32 there, bf16 here" in capsys.readouterr().err
    from train.fast.machine import PAIRS

    if not PAIRS:
        pytest.skip("the processor has no bfloat16 arithmetic")
    (*trials, _), _ = again(tmp_path, "--trials", "1", "--precision", "bf16")
    assert trials[0]["epochs"] == 2


@pytest.mark.slow
def test_bench_measures_both_and_says_how_they_compare(tmp_path):
    options = ["bench", "--dataset", "digits", "--images", "512", "--repeats", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "search", *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = objects(done.stdout)
    assert [result["workers"] for result in results] == sorted({1, len(os.sched_getaffinity(0))})
    for result in results:
        assert result["design"] == "ladder-3/6"
        assert result["batch"] == 128
        assert result["ratio"] == pytest.approx(result["baseline_seconds_per_epoch"] / result["seconds_per_epoch"])
        assert result["ratio"] > 1
        assert 0 < result["limit_share"] < 1.5
        assert set(result["stages"]) == {"augment", "forward", "backward", "step", "evaluate", "other"}
        assert sum(result["stages"].values()) == pytest.approx(1)
        assert all(share > -0.01 for share in result["stages"].values())
        assert result["images_per_second"] == pytest.approx(1250 / result["seconds_per_epoch"])


@pytest.mark.slow
def test_the_main_job_on_real_mnist_for_one_epoch(mnist_dir, tmp_path):
    options = f"run --budget 8000 --dataset mnist --data-dir {mnist_dir} --trials 2 --epochs 1 --json".split()
    done = subprocess.run(
        [sys.executable, "-m", "search", *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = objects(done.stdout)[-1]
    assert summary["study"] == "mnist-8000"
    assert summary["best"]["score"] > 0.94
    assert summary["best"]["parameters"] <= 8000


@pytest.mark.fault
def test_a_worker_that_is_killed_is_replaced_and_its_trial_trained(tmp_path):
    process = start(tmp_path, *QUICK, "--trials", "3", "--epochs", "40", "--warm-start", "none")
    workers = []
    while not workers:
        assert process.poll() is None
        time.sleep(0.2)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        workers = [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    time.sleep(4)  # into its training
    os.kill(workers[0], signal.SIGKILL)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    summary = objects(out)[-1]
    assert (summary["trained"] + summary["pruned"], summary["failed"]) == (3, 0)
