"""What `train` prints, and when it does not begin."""

import json
import re
import subprocess
import sys

import pytest

import train.loop
from search.commands.main import run_app
from train.scores import Diverged

TRAIN = ("train", "c4 relu bn mp c6 relu bn mp gap c10k1", "--dataset", "digits", "--epochs", "2")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_lines_and_objects_tell_the_same_training(capsys):
    assert run_app([*TRAIN, "--test"]) == 0
    head, *epochs, result = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"notation on digits, cpu fp32: 332 parameters, adamw .*, 2 epochs", head)
    assert run_app([*TRAIN, "--test", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == head + "\n"
    *scores, summary = map(json.loads, out.splitlines())
    for line, score in zip(epochs, scores, strict=True):
        assert list(score) == ["epoch", "loss", "accuracy", "seconds", "training_accuracy"]
        figures = "epoch   {epoch} of 2  loss {loss:.4f}  training {:.2f} %  held-out {:.2f} %".format(
            100 * score["training_accuracy"], 100 * score["accuracy"], **score
        )
        assert re.fullmatch(re.escape(figures) + r"  \d+\.\d s", line)
    assert list(summary) == ["parameters", "score", "seconds", "test_accuracy"]
    assert summary["score"] == scores[-1]["accuracy"]
    assert result == (
        f"held-out accuracy {100 * summary['score']:.2f} % (of the last epoch), "
        f"test accuracy {100 * summary['test_accuracy']:.2f} %"
    )


def test_a_training_that_diverges_is_said_and_nothing_is_saved(capsys, monkeypatch, tmp_path):
    def diverging(*_, **__):
        yield from ()
        raise Diverged("the loss is nan in epoch 1")

    monkeypatch.setattr(train.loop, "train", diverging)
    assert run_app([*TRAIN, "--save", "w.safetensors"]) == 1
    assert capsys.readouterr().err == (
        "the training diverged: the loss is nan in epoch 1; a lower learning rate may help\n"
    )
    assert not list(tmp_path.iterdir())


def test_bad_input_to_what_trains_again_loads_no_torch():
    """In a clean interpreter; what is not loaded need not be waited for."""
    lines = [
        *("train ladder-3/6 --hold 0", "train ladder-3/6 --seed -1", "train ladder-3/6 --save no/w.safetensors"),
        *("confirm ladder-3/6 --seeds 0", "confirm ladder-3/6 --hold 99", "confirm ladder-3/6 --target 0"),
        *("reproduce ladder-3/6 --seeds 0", "reproduce ladder-3/6 --hold 99", "reproduce ladder-9/9"),
        *("explain ladder-3/6 --seeds 101", "explain ladder-3/6 --hold 99", "explain ladder-3/6 -o no/l.md"),
        *("explain ladder-3/6 --epochs 0", "bench --batch 1", "bench --images 20", "bench --repeats 0"),
    ]
    script = (
        "import sys\nfrom search.commands.main import run_app\n"
        "for line in sys.argv[1:]: assert run_app([*line.split(), '--dataset', 'digits']) == 2, line\n"
        "print([name for name in ('torch', 'optuna', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, *lines], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
