"""What `train` prints, and when it does not begin."""

import errno
import json
import re
import subprocess
import sys

import pytest

import thimble
import train.loop
from search.commands.main import run_app
from tests.search.outputs.test_export import write_as_mnist
from train.fast import ready
from train.scores import Diverged

TRAIN = ("train", "c4 relu bn mp c6 relu bn mp gap c10k1", "--dataset", "digits", "--epochs", "2")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_lines_and_objects_tell_the_same_training(capsys):
    list(ready.make_ready("fp32"))  # the first training of an installation tells of what it compiles, too
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


def test_an_engine_that_cannot_be_stored_is_one_line(capsys, monkeypatch, tmp_path):
    def full(precision):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ready, "folder", lambda: tmp_path)
    monkeypatch.setattr(ready, "_compile", full)
    assert run_app([*TRAIN]) == 2
    assert capsys.readouterr().err.startswith(f"error: the compiled engine cannot be stored in {tmp_path} (No space")


def test_bad_input_to_what_trains_again_loads_no_torch():
    """In a clean interpreter; what is not loaded need not be waited for."""
    lines = [
        *(
            "train ladder-3/6 --hold 0",
            "train zoo/2000 --epochs 2 --hold 3",
            "train ladder-3/6 --seed -1",
            "train ladder-3/6 --save no/w.safetensors",
        ),
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


def test_a_score_is_said_before_its_weights_cannot_be_written(capsys, monkeypatch, tmp_path):
    name = "w" * 240 + ".pt"  # which can be a file, and no temporary one beside it
    assert run_app([*TRAIN, "--save", name]) == 2
    out, err = capsys.readouterr()
    assert "held-out accuracy" in out.splitlines()[-1]
    assert err.splitlines()[-1] == f"error: {name} cannot be written (File name too long); name a file elsewhere"


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["train", "best", "--epochs", "1"], lambda options: next(thimble.train("best", epochs=1, **options))),
        (["confirm", "best"], lambda options: thimble.confirm("best", **options)),
        (["explain", "best"], lambda options: thimble.explain("best", **options)),
        (["bench", "best"], None),  # which has no such arguments in Python
    ],
)
def test_a_studys_images_are_as_it_was_begun_with_them(studied, monkeypatch, capsys, words, call):
    monkeypatch.chdir(studied[0])
    why = "a study's images are as it was begun with them; name others with"
    assert run_app([*words, "--limit-images", "50"]) == 2
    assert f"{why} --dataset" in capsys.readouterr().err
    if call:
        with pytest.raises(ValueError, match=f"{why} `data`"):
            call({"limit_images": 50})


def test_a_design_of_a_study_is_trained_on_its_images(studied, tmp_path, monkeypatch, capsys):
    """Also where there is MNIST, which has the same shape."""
    write_as_mnist(tmp_path / "data")
    monkeypatch.setenv("THIMBLE_DATA", str(tmp_path / "data"))
    assert run_app(["train", "c4 relu mp c10k1 gap", "--epochs", "1"]) == 0
    assert " on idx-" in capsys.readouterr().out  # as they are no digits of MNIST
    monkeypatch.chdir(studied[0])
    assert run_app(["train", "best", "--epochs", "1"]) == 0
    assert " on digits, " in capsys.readouterr().out
