"""The command that trains a ladder: figures are those of `train`, and what is done is not done again."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from search.commands.main import run_app
from search.replication.explain import explain, stored_ladder
from search.replication.replication import Interrupted, Replication
from search.study.designs import find_design
from search.workers.stopping import Stop
from train.data.dataset import open_dataset
from train.data.preparation import Preparation

NET = "c4 relu bn mp c6 relu bn mp gap c10k1"
EXPLAIN = ("explain", NET, "--dataset", "digits", "--epochs", "2", "--seeds", "1", "--workers", "1")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_DATA", raising=False)
    return tmp_path


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_steps_are_trained_told_and_kept(here, capsys):
    assert run_app([*EXPLAIN, "--no-undo", "--json"]) == 0
    out, err = capsys.readouterr()
    steps = lines(out)
    assert [step["step"] for step in steps] == list(range(len(steps)))
    assert [step["name"] for step in steps[:2]] == ["skeleton", "lighter widths"]
    assert steps[-1]["notation"] == NET
    assert f"{len(steps)} networks with 1 seed: {len(steps)} trainings of 2 epochs" in err
    command = ["train", NET, "--dataset", "digits", "--epochs", "2", "--hold", "2", "--seed", "0", "--json"]
    assert run_app(command) == 0
    trained = lines(capsys.readouterr().out)[-1]
    assert steps[-1]["held_out"] != [trained["score"]]  # the same images, another seed
    assert abs(steps[-1]["held_out"][0] - trained["score"]) < 0.5

    assert run_app([*EXPLAIN, "-o", "ladder.md"]) == 0
    out, err = capsys.readouterr()
    told = set(re.findall(r"^(.*), seed 1 epoch", err, re.MULTILINE))
    assert told  # the changes undone,
    assert not told & {step["name"] for step in steps}  # and no step again
    assert not out
    text = (here / "ladder.md").read_text()
    assert text.count("**Analysis.**") == len(steps)
    assert "without batch normalisation" in text
    assert "on the same 250 held-out images" in text
    assert text.count("One seed cannot show whether it over- or underfits") == len(steps)
    assert not re.search(r"\b(gains|loses|overfits|within noise|worse)\b", text)

    assert run_app([*EXPLAIN, "-o", "ladder.md"]) == 2
    assert "--force" in capsys.readouterr().err
    assert (here / "ladder.md").read_text() == text


def test_asked_to_stop_it_says_how_many_trainings_are_done(tmp_path):
    replication = Replication(
        source=open_dataset("digits", Path()),
        seeds=2,
        last_epochs=None,
        workers=1,
        device="cpu",
        precision="auto",
        runs=tmp_path,
    )
    stop = Stop()
    stop.signal = 2
    found, said = find_design(NET, None, tmp_path), []
    with pytest.raises(Interrupted) as interrupted:
        explain(found, replication, epochs=1, undo=True, stop=stop, say=said.append)
    assert interrupted.value.done == 0
    assert f"with 2 seeds: {interrupted.value.trainings} trainings of 1 epoch" in said[0]
    assert stored_ladder(tmp_path, found.design.fingerprint, "digits") is None
    other = replace(replication, source=open_dataset("digits", Path(), preparation=Preparation(hold_out=0.4)))
    with pytest.raises(Interrupted):
        explain(found, other, epochs=1, undo=True, stop=stop, say=said.append)
    kept = {folder.name for folder in (tmp_path / ".explained").iterdir()}
    assert kept == {"digits-fp32", f"{other.source.key}-held-0.4-fp32"}  # which are of other held-out images


@pytest.mark.parametrize(
    ("option", "value"), [("--seeds", "0"), ("--hold", "3"), ("-o", "nowhere/ladder.md"), ("--epochs", "0")]
)
def test_bad_input_is_refused_in_one_line_before_training(here, capsys, option, value):
    assert run_app([*EXPLAIN, option, value]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert len(err.splitlines()) == 1
    assert option.lstrip("-") in err or value in err
    assert not (here / "runs").exists()
