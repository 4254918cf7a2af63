"""Studies that are named by their folder, beside a design of none or of another, and in what a message recommends."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

import thimble
from search.commands.main import run_app

NAME, OTHER = "digits-2000", "my (second) copy"


@pytest.fixture
def here(studied, tmp_path, monkeypatch):
    """A folder with the study of five trials and a copy of another name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    for name in (NAME, OTHER):
        shutil.copytree(studied[0] / "runs" / NAME, tmp_path / "runs" / name)
    return tmp_path


def said(capsys, *words, code=0):
    assert run_app(list(words)) == code, words
    return capsys.readouterr()


@pytest.mark.parametrize("folder", [f"runs/{OTHER}", f"./runs//{OTHER}/", "HERE"])
def test_a_study_may_be_named_by_its_folder(here, capsys, folder):
    folder = folder.replace("HERE", str(here / "runs" / OTHER))
    first = json.loads(said(capsys, "best", "--study", folder, "--json").out)
    assert first["study"] == OTHER
    names = [
        json.loads(line)["name"]
        for line in said(capsys, "compare", folder, f"{folder}:0", "--json").out.split("\n")[:2]
    ]
    assert names == [f"trial {first['trial']} of {OTHER}", f"trial 0 of {OTHER}"]
    said(capsys, "delete", folder, "--yes")
    assert not Path("runs", OTHER).exists()


@pytest.mark.parametrize(
    ("command", "design", "what"),
    [
        ("count", "zoo/2000", "zoo/2000"),
        ("train", "zoo/2000", "zoo/2000"),
        ("confirm", "ladder-3/6", "ladder-3/6"),
        ("explain", "c8 relu gap c10k1", "a notation"),
        ("export", "zoo/2000", "zoo/2000"),
    ],
)
def test_a_study_beside_a_design_of_none_is_refused(here, capsys, command, design, what):
    """Its images would not be trained on."""
    (line,) = said(capsys, command, design, "--study", NAME, code=2).err.splitlines()
    assert (
        line == f"error: --study {NAME} goes with best or a trial's number, and {what} is of no study; leave it out"
    )


@pytest.mark.parametrize("command", ["show", "count", "train"])
def test_a_study_beside_a_trial_of_another_is_refused(here, capsys, command):
    (line,) = said(capsys, command, f"{OTHER}:1", "--study", NAME, code=2).err.splitlines()
    assert line == f"error: {OTHER}:1 and --study {NAME} name two studies; leave one out"


def test_a_comparison_has_designs_of_a_study_and_of_others(here, capsys):
    lines = said(capsys, "compare", "0", f"{OTHER}:1", "zoo/2000", "--study", NAME, "--json").out.splitlines()
    assert [json.loads(line)["name"] for line in lines] == [f"trial 0 of {NAME}", f"trial 1 of {OTHER}", "zoo/2000"]


def test_from_python_a_study_beside_a_design_of_none_is_refused(here):
    with pytest.raises(
        ValueError, match=f"^`study` {NAME} goes with best or a trial's number, and zoo/2000 is of no"
    ):
        thimble.count("zoo/2000", study=f"runs/{NAME}")
    with pytest.raises(ValueError, match="is of no study; leave it out"):
        thimble.count(thimble.network("zoo/2000"), study=f"runs/{NAME}")


def test_a_message_recommends_the_table_of_the_study_that_it_is_about(here, capsys):
    error = said(capsys, "show", "99", "--study", OTHER, code=2).err
    command = error.partition("`")[2].partition("`")[0]
    words = shlex.split(command.removeprefix("python -m search "))
    rows = said(capsys, *words, "--json").out.splitlines()
    assert {json.loads(row)["study"] for row in rows} == {OTHER}
