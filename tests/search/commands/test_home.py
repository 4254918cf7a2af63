"""Paths with ~ where no shell reads them: behind an equals sign, in a file of options, in the environment."""

import json
from pathlib import Path

import pytest

from search.api.places import default_root
from search.commands.main import run_app

NET = """
from torch import nn

net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home, beside the folder where commands are typed."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    assert not Path("~").exists()


def test_a_file_is_written_at_home(home):
    assert run_app(["compare", "zoo/2000", "ladder-3/6", "--output=~/networks.html"]) == 0
    assert home.joinpath("networks.html").exists()


def test_data_sets_are_found_at_home(home, mnist_dir, monkeypatch, capsys):
    home.joinpath("sets").symlink_to(mnist_dir)
    assert run_app(["data", "mnist", "--data-dir=~/sets", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("THIMBLE_DATA", "~/sets")
    assert default_root() == home / "sets"
    assert run_app(["data", "auto", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == first["digest"]


def test_a_file_of_options_names_files_at_home(home, capsys):
    home.joinpath("own.toml").write_text('base = "core"\nwidht = 3\n')
    home.joinpath("net.py").write_text(NET)
    home.joinpath("options.toml").write_text(
        'budget = 2000\ndataset = "digits"\ndata-dir = "~/nowhere"\nspace = "~/own.toml"\n'
    )
    assert run_app(["run", "--config=~/options.toml"]) == 2
    assert f"{home / 'own.toml'}, line 2: " in capsys.readouterr().err
    home.joinpath("options.toml").write_text('budget = 2000\ndataset = "mnist"\ndata-dir = "~/nowhere"\n')
    assert run_app(["run", "--config=~/options.toml"]) == 2
    assert f"the data folder {home / 'nowhere'} does not exist" in capsys.readouterr().err
    assert run_app(["count", "~/net.py:net", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == 90
