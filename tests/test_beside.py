"""Ours and the user's own `train.py`, `space.py`, `results/` in one folder: each finds its own."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from search.commands.main import app
from tests.beside import make_users_modules
from tests.search.searches import environment

MODULE, SCRIPT = (sys.executable, "-m", "search"), (str(Path(sysconfig.get_path("scripts"), "thimble")),)
COMMANDS = [command.callback.__name__ for command in app.registered_commands]
SMALL = (
    *("run", "--budget", "2000", "--space", "core", "--dataset", "digits", "--trials", "2", "--epochs", "1"),
    *("--workers", "2", "--finals", "0", "--json"),
)


@pytest.fixture
def folder(tmp_path):
    make_users_modules(tmp_path)
    return tmp_path


def ask(folder, *command, **more):
    done = subprocess.run(
        command, cwd=folder, env=environment() | more, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "the user has their own" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("command", ["run", "count"])
def test_a_command_starts(folder, command):
    assert "Example: python -m search" in ask(folder, *MODULE, command, "--help")


HELPS = """
import runpy, sys
for command in sys.argv[1:]:
    sys.argv = ["search", command, "--help"]
    try:
        runpy.run_module("search", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        assert not ended.code, command
"""


@pytest.mark.slow
def test_every_command_starts(folder):
    said = ask(folder, sys.executable, "-c", HELPS, *COMMANDS)
    assert len(COMMANDS) > 15
    assert said.count("Example: python -m search") == len(COMMANDS)


@pytest.mark.slow
def test_a_search_in_worker_processes_is_of_ours(folder):
    assert json.loads(ask(folder, *MODULE, "count", "c8 relu gap c10k1", "--json"))["parameters"] == 152
    *trials, summary = map(json.loads, ask(folder, *MODULE, *SMALL).splitlines())
    assert len(trials) == summary["trained"] + summary["pruned"] == 2


def test_a_folder_on_the_path_hides_nothing(folder, tmp_path_factory):
    """As people have it who export PYTHONPATH for a project of theirs."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert "152" in ask(elsewhere, *MODULE, "count", "c8 relu gap c10k1", PYTHONPATH=str(folder))


@pytest.mark.parametrize("own", ["search.py", "search/__init__.py"])
def test_where_the_users_search_hides_ours_the_script_still_counts(folder, own):
    (folder / own).parent.mkdir(exist_ok=True)
    (folder / own).write_text("OWNER = 'the user'\n")
    assert "152" in ask(folder, *SCRIPT, "count", "c8 relu gap c10k1")


@pytest.mark.slow
def test_where_the_users_search_hides_ours_the_script_still_searches(folder):
    (folder / "search.py").write_text("OWNER = 'the user'\n")
    assert len(ask(folder, *SCRIPT, *SMALL).splitlines()) == 3


OURS = """
import thimble
assert thimble.count("c8 relu gap c10k1").parameters == 152
assert "zoo/2000" in thimble.zoo()
net = thimble.network("zoo/2000")
assert sum(weights.numel() for weights in net.parameters()) == thimble.count("zoo/2000").parameters
assert net(__import__("torch").zeros(2, 1, 28, 28)).shape == (2, 10)
try:
    thimble.network("c8 relu gap c10k1")
except ValueError as error:
    assert "no trained weights" in str(error)
"""
THEIRS = """
import train, space, results, data, utils
assert {module.OWNER for module in (train, space, results, data, utils)} == {"the user"}
"""


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(OURS + THEIRS + OURS, id="ours first"),
        pytest.param(THEIRS + OURS + THEIRS, id="theirs first", marks=pytest.mark.slow),
    ],
)
def test_a_users_script_has_both(folder, script):
    (folder / "script.py").write_text(script)
    done = subprocess.run([sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_script_without_such_modules_may_import_ours(tmp_path):
    """And what `thimble` gives is of the same classes."""
    code = (
        "import thimble; from space.architecture import Architecture as A; assert type(thimble.count('c10 gap')) is A"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_importing_it_loads_nothing(tmp_path):
    code = "import sys, thimble; assert not {'torch', 'optuna', 'space', 'train', 'search'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
