"""Standard output that has no letters, no room, no reader or is closed, and a terminal that goes away: commands in
processes of their own."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.amounts import slow
from tests.search.searches import environment, wait_until
from tests.terminal import Terminal

PYTHON = (sys.executable, "-m", "search")
COUNT, SPACE = (*PYTHON, "count", "zoo/8000"), (*PYTHON, "space", "--budget", "2000")
SEARCH = (
    *(*PYTHON, "run", "--budget", "2000", "--dataset", "digits", "--workers", "1", "--space", "core"),
    *("--warm-start", "none", "--sampler", "random", "--finals", "0"),
)
NARROW = ({"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"})


def ran(command, folder, *, env=None):
    """What a command came to, its standard error without a traceback."""
    done = subprocess.run(
        command, cwd=folder, env=environment() | (env or {}), capture_output=True, timeout=200, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"Exception ignored" not in done.stderr, done.stderr.decode()
    return done


def shell(line, folder, *command):
    """A line of a shell in which "$@" is the command, with its standard error."""
    return ran(["bash", "-c", line, "bash", *command], folder)


EVERY = (["best"], ["show", "0"], ["table"], ["space"], ["count", "zoo/2000"], ["run", "--help"])


EACH = """
import json, sys
from search.commands.main import run_app
from search.commands.streams import flushed, guard
guard()
sys.exit(flushed(max(run_app(words) for words in json.loads(sys.argv[1]))))
"""
COMMANDS = {"best": [*PYTHON, "best"], "every": [sys.executable, "-c", EACH, json.dumps(EVERY)]}


@pytest.mark.parametrize(
    ("env", "command"), [(NARROW[0], "best"), *slow(*((env, "every") for env in NARROW))], ids=str
)
def test_an_encoding_without_our_letters_gets_what_is_like_them(studied, env, command):
    folder, _ = studied
    done = ran(COMMANDS[command], folder, env=env)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("latin-1" if env is NARROW[0] else "ascii")
    assert text
    assert "?" not in text, "a letter of ours without one that is like it"


def test_an_error_that_the_encoding_lacks_is_one_line(tmp_path):
    done = ran([*PYTHON, "count", "c8 ünmöglich"], tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    (line,) = done.stderr.decode("ascii").splitlines()
    assert "layer 2" in line


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ('"$@" <&- >&- 2>&-', 0, ""),
        (
            '"$@" >/dev/full',
            1,
            "error: standard output cannot be written (No space left on device); the rest is lost\n",
        ),
        ('"$@" 2>&1 | true; exit ${PIPESTATUS[0]}', 141, ""),
        *slow(
            ('"$@" >&-', 0, ""),
            ('"$@" 2>&-', 0, ""),
            ('"$@" >/dev/full 2>/dev/full', 1, ""),
            ('"$@" | true; exit ${PIPESTATUS[0]}', 141, ""),
        ),
    ],
)
def test_a_command_whose_output_is_not_there_ends_as_others_do(tmp_path, line, code, said):
    done = shell(line, tmp_path, *COUNT)
    assert done.returncode == code
    assert done.stderr.decode() == said


def test_a_refusal_without_standard_error_keeps_its_exit_code(tmp_path):
    for line in ('"$@" 2>&-', '"$@" 2>/dev/full', '"$@" >&- 2>&-'):
        assert shell(line, tmp_path, *PYTHON, "count", "bad").returncode == 2


@pytest.mark.slow
def test_a_search_whose_reader_goes_ends_in_order(tmp_path):
    """It has ended its trial and says how to go on; the same command does."""
    done = shell('"$@" | head -n 1; exit ${PIPESTATUS[0]}', tmp_path, *SEARCH, "--epochs", "4", "--trials", "500")
    assert done.returncode == 141
    assert done.stdout.startswith(b"study digits-2000: loading torch")
    lines = done.stderr.decode().splitlines()
    assert lines[0] == "the reader of standard output has gone, so this ends"
    assert lines[-1].startswith("go on with:    python -m search run ")
    table = ran([*PYTHON, "table", "--study", "digits-2000"], tmp_path)
    assert table.returncode == 0


@pytest.mark.slow
def test_a_search_goes_on_where_nothing_can_be_said(tmp_path):
    """Its log has no room, but its study has: what was found is said on standard error."""
    done = shell('"$@" >/dev/full', tmp_path, *SEARCH, "--epochs", "1", "--trials", "1")
    assert done.returncode == 1
    said = done.stderr.decode()
    assert said.count("cannot be written") == 1
    assert "1 trained, 0 pruned" in said
    assert "best: trial 0" in said
    assert "search longer: python -m search run" in said


@pytest.mark.slow
def test_a_search_without_standard_output_says_on_standard_error_what_it_found(tmp_path):
    done = shell('"$@" >&-', tmp_path, *SEARCH, "--epochs", "1", "--trials", "1")
    assert done.returncode == 0
    assert "search longer: python -m search run" in done.stderr.decode()


def in_training(folder):
    """Whether a search in the folder has a trial in training."""
    return any(folder.glob("runs/*/checkpoints/trial-*/*"))


@pytest.mark.slow
def test_a_terminal_that_is_closed_ends_the_search_in_order(tmp_path):
    """Its processes get SIGHUP, the workers too; no trial is failed by that, and the study goes on."""
    with Terminal(
        [*SEARCH, "--epochs", "300", "--pruner", "none"], cwd=tmp_path, env={"THIMBLE_DATA": ""}
    ) as terminal:
        terminal.until(lambda _: in_training(tmp_path))
        assert terminal.hang_up() == 129
    table = ran([*PYTHON, "table", "--json"], tmp_path)
    assert [b'"verdict": "waiting"' in line for line in table.stdout.splitlines()] == [True]


@pytest.mark.slow
def test_a_search_under_nohup_stays(tmp_path):
    command = ["nohup", *SEARCH, "--epochs", "300", "--trials", "1", "--pruner", "none"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    wait_until(lambda: in_training(tmp_path), process=process)
    before = len(list(tmp_path.glob("runs/*/checkpoints/trial-*/*")))
    os.killpg(process.pid, signal.SIGHUP)
    wait_until(lambda: set(tmp_path.glob("runs/*/checkpoints/trial-*/epoch-*5*")), process=process)
    assert before
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "go on with:    python -m search run" in out


def test_the_terminal_that_ends_during_start_leaves_nothing_behind(tmp_path):
    """Before anything is begun the signal ends the process as it ends any other."""
    with Terminal([*SEARCH, "--trials", "1"], cwd=tmp_path, env={"THIMBLE_DATA": ""}) as terminal:
        assert terminal.hang_up() in (129, -signal.SIGHUP)
    assert not (tmp_path / "runs").exists()


def test_a_second_ctrl_c_leaves_a_terminal_with_its_cursor(tmp_path):
    """Which a live table hides, and which nothing else shows again where the process ends at once."""
    twice = "import os; from search.commands.signals import asked_by_signals\n"
    twice += "with asked_by_signals():\n    os.kill(os.getpid(), 2), os.kill(os.getpid(), 2)\n"
    with Terminal([sys.executable, "-c", twice], cwd=tmp_path) as terminal:
        assert terminal.finish() == 130
        assert terminal.said.endswith(b"\x1b[?25h")
