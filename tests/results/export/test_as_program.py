"""An exported file as a program of somebody else's: what it refuses at once, reads and prints."""

import io
import runpy
import shutil
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from results.export.data_file import data_file
from results.export.module import render
from space.design import Design
from tests.pictures import CASES
from tests.results.export.test_module import DESIGNS, EVIDENCE
from tests.results.export.test_pictures import RECIPE, source_of, with_weights
from train.data.bad_data import BadData
from train.data.pictures import look

CASE = CASES["not square"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder: a module for pictures with its weights, and a data file to train on."""
    monkeypatch.chdir(tmp_path)
    with_weights(CASE, tmp_path)
    split = CASE.split(training=20, held_out=10)
    (tmp_path / "net.npz").write_bytes(data_file(split.train, split.held_out, CASE.task.class_names))
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch):
    """Runs the file in this process with arguments, on one thread; returned is what it ends with."""

    def made(*arguments, module="net.py"):
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        monkeypatch.setattr(sys, "argv", [module, *arguments])
        try:
            runpy.run_path(module, run_name="__main__")
        except SystemExit as ended:
            return ended.code
        finally:
            torch.set_num_threads(threads)
        return None

    return made


@pytest.mark.parametrize("module", ["net.py", "mnist.py"])
def test_weights_that_cannot_be_written_are_refused_before_the_training(module, folder, run, capsys):
    (folder / "mnist.py").write_text(render(Design(DESIGNS["full_map"].architecture, RECIPE), EVIDENCE))
    (folder / "there").mkdir()
    for arguments, word in (
        (("--data", "net.npz", "--save", "there"), "there cannot be written; name a file elsewhere"),
        (("--data", "net.npz", "--save", "no/w.pt"), "the folder of no/w.pt does not exist"),
        (("--save", "w.pt"), "--save is of a training; name its images with --data"),
    ):
        assert run(*arguments, module=module) == 2
        assert word in capsys.readouterr().err


def test_safetensors_that_are_not_installed_are_missed_before_the_training(run, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)  # importing it fails
    why = run("--data", "net.npz", "--save", "again.safetensors")
    assert why == "again.safetensors needs safetensors: pip install safetensors, or --save a .pt file"
    assert not capsys.readouterr().out  # no epoch was trained
    assert run("--data", "net.npz", "--epochs", "1", "--save", "again.pt") is None
    assert "epoch   1 of 1" in capsys.readouterr().out


def test_an_ending_in_capitals_says_the_same(folder, run, capsys):
    shutil.copy("net.safetensors", "OLD.SAFETENSORS")
    Image.new("RGB", (9, 9)).save("a.png")
    assert run("a.png") == run("OLD.SAFETENSORS", "a.png") == 0
    one, other = capsys.readouterr().out.splitlines()
    assert one == other
    assert run("--data", "net.npz", "--epochs", "1", "--save", "NEW.SAFETENSORS") is None
    assert run("NEW.SAFETENSORS", "a.png") == 0


def test_pictures_of_32_bits_are_refused_as_they_are_by_a_search(folder, run, capsys):
    numbers = np.random.default_rng(0).random((9, 9), np.float32)
    Image.fromarray(numbers).save("fractions.tiff")
    Image.fromarray((numbers * 2**31).astype(np.int32)).save("whole.tiff")
    Image.fromarray((numbers * 65535).astype(np.uint16)).save("wide.tiff")
    for name in ("fractions.tiff", "whole.tiff"):
        with pytest.raises(BadData, match="32-bit"):
            look([folder / name])
    assert run("fractions.tiff", "whole.tiff", "wide.tiff") == 1
    said = capsys.readouterr()
    assert said.out.startswith("wide.tiff: ")
    assert len(said.out.splitlines()) == 1
    assert [line.partition(" ")[0] for line in said.err.splitlines()] == ["fractions.tiff", "whole.tiff"]
    assert said.err.count("its pixels are of 32 bits; save it with 8 or 16") == 2


def test_names_that_a_console_lacks_are_written_out(folder, run, monkeypatch):
    (folder / "net.py").write_text(source_of(CASE).replace('"a"', '"猫"').replace('"b"', '"犬"'))
    Image.new("RGB", (9, 9)).save("\udcff.png")  # a name that is not UTF-8
    Image.new("RGB", (9, 9)).save("日.png")
    for encoding, name in (("cp1252", "\\u65e5.png: "), ("utf-8", "日.png: ")):
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
        assert run("\udcff.png", "日.png") == 0
        sys.stdout.flush()
        lines = written.getvalue().decode(encoding).splitlines()
        assert lines[0].startswith("\\udcff.png: ")
        assert lines[1].startswith(name)
