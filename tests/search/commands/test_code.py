"""Designs that are torch modules of the user's own, from the command line and from Python."""

import json
import logging

import numpy as np
import pytest
import torch
from torch import nn

import thimble
from search.commands.main import run_app

NET = """
import torch.nn as nn, torch.nn.functional as F
from blocks import block

class Net(nn.Module):
    def __init__(self, maps=6, eps=1e-5):
        super().__init__()
        self.a, self.bn = nn.Conv2d(1, maps, 3, bias=False), nn.BatchNorm2d(maps, eps=eps)
        self.b, self.c, self.d = block(maps, 8), block(8, 8), block(8, 8)
        self.head = nn.Conv2d(8, 10, 1, bias=False)

    def forward(self, x):
        x = F.max_pool2d(self.b(F.relu(self.bn(self.a(x)))), 2)
        return F.log_softmax(self.head(F.adaptive_avg_pool2d(self.d(self.c(x)), 1)).flatten(1), 1)

class Wide(Net):
    def __init__(self):
        super().__init__(eps=1e-3)

class Fixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1024, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
BLOCKS = """
import torch.nn as nn
def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, bias=False), nn.BatchNorm2d(o), nn.ReLU())
"""
NOTATION = "c6 bn relu c8 bn relu mp c8 bn relu c8 bn relu gap c10k1"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "blocks.py").write_text(BLOCKS)
    (tmp_path / "train.py").write_text("raise RuntimeError('not to be imported')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *words, code=0):
    assert run_app([*words]) == code
    return capsys.readouterr()


@pytest.mark.parametrize("given", ["net.py:Net", "net:Net", "./net.py:Net", "1x28x28 net.py:Net"])
def test_count_takes_a_file_and_a_module(given, capsys):
    out, err = said(capsys, "count", given, "--json")
    assert json.loads(out)["notation"] == NOTATION
    assert err == ""


def test_what_is_done_otherwise_is_noted(capsys):
    out, err = said(capsys, "count", "net.py:Wide", "--json")
    assert json.loads(out)["notation"] == NOTATION
    assert err == "note: net.py:8: BatchNorm2d (bn) has eps 0.001, and the network read of it 1e-05\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "count net.py:Fixed",
            "net.py:23: Linear (fc) takes 1,024 numbers, and images of 1x28x28 leave 784 there; it runs on 1x32x32: "
            "write '1x32x32 net.py:Fixed'",
        ),
        ("count net.py:Nett", "net.py has no Nett; the nearest is Net"),
        ("count gone.py:Net", "the file gone.py does not exist; name a class"),
        ("count gone:Net", "no module is called gone; name a class"),
        ("train net.py:Nett --dataset digits", "net.py has no Nett; the nearest is Net"),
        ("explain net.py:Nett --dataset digits", "net.py has no Nett; the nearest is Net"),
        ("export net.py:Nett", "net.py has no Nett; the nearest is Net"),
        ("run --budget 8k --dataset digits --warm-start net.py:Nett", "net.py has no Nett; the nearest is Net"),
        (
            "run --budget 8k --dataset digits --warm-start ladder",
            "--warm-start must be zoo, ladders, none, a torch module as net.py:Net, or a notation, not 'ladder'",
        ),
        (
            "run --budget 8k --dataset digits --warm-start net.py:Fixed",
            "net.py:23: Linear (fc) takes 1,024 numbers",
        ),
    ],
)
def test_what_cannot_be_is_one_line(words, line, capsys, here):
    out, err = said(capsys, *words.split(), code=2)
    assert out == ""
    assert err.startswith(f"error: {line}")
    assert err.count("\n") == 1
    assert not (here / "runs").exists()


def test_train_trains_what_was_read(capsys):
    words = ("--dataset", "digits", "--epochs", "1")
    head, *_, result = said(capsys, "train", "net.py:Net", *words).out.splitlines()
    assert head.startswith("net.py:Net on digits, cpu fp32: 1,778 parameters")
    assert said(capsys, "train", NOTATION, *words).out.splitlines()[-1] == result


@pytest.mark.slow
def test_an_export_is_the_network_that_was_read(capsys, here):
    said(capsys, "export", "net.py:Net", "-o", "out.py")
    assert NOTATION in " ".join((here / "out.py").read_text().split())
    (name,) = [
        line.split()[1].partition("(")[0]
        for line in (here / "out.py").read_text().splitlines()
        if "nn.Module)" in line
    ]
    assert json.loads(said(capsys, "count", f"out.py:{name}", "--json").out)["notation"] == NOTATION


def test_from_python_code_runs_once_also_where_it_is_for_other_images(here):
    (here / "net.py").write_text(NET + "with open('runs.txt', 'a') as file:\n    file.write('.')\n")
    data = (np.random.default_rng(0).integers(256, size=(40, 32, 32), dtype=np.uint8), np.arange(40) % 10)
    *_, trained = thimble.train("net.py:Fixed", data, epochs=1)
    assert trained.parameters == 10_250
    assert (here / "runs.txt").read_text() == "."


@pytest.mark.slow
def test_explain_and_a_search_begin_with_it(capsys, here):
    words = ("--dataset", "digits", "--epochs", "1", "--workers", "1")
    story = said(capsys, "explain", "net.py:Net", *words, "--seeds", "1", "--no-undo").out
    assert "net.py:Net" in story
    words = (*words, "--trials", "1", "--finals", "0", "--budget", "2000", "--warm-start", "net.py:Net")
    said(capsys, "run", *words)
    assert json.loads(said(capsys, "best", "--json").out)["notation"] == NOTATION
    (here / "net.py").unlink()  # the study has no need of it
    said(capsys, "run", "--study", "digits-2000", "--trials", "2")


def test_from_python_a_module_its_class_or_a_function_is_counted(here, caplog):
    class Own(nn.Sequential):
        def __init__(self, *, eps: float = 1e-3) -> None:
            super().__init__(nn.Conv2d(1, 10, 3), nn.BatchNorm2d(10, eps=eps), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    for given in (Own, Own(), lambda: Own(), torch.nn.Sequential(Own())):
        assert thimble.count(given).notation == "c10b bn gap"
    with caplog.at_level(logging.WARNING, logger="thimble"):
        thimble.count(Own)
    assert "has eps 0.001" in caplog.text
    assert thimble.count("net.py:Net").notation == NOTATION
    *_, trained = thimble.train(Own(), "digits", epochs=1)
    assert trained.parameters == thimble.count(Own).parameters
    with pytest.raises(ValueError, match=r"int must give a torch\.nn\.Module, not an int"):
        thimble.count(int)
    search = thimble.Search(budget=2_000, data="digits", folder="runs/own", warm_start="net.py:Net")
    assert search.settings.warm_start == NOTATION
