"""Real searches in processes of their own, on the digits, and what they leave behind."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.commands.main import run_app
from tests.beside import make_users_modules

QUIET = (
    *("--budget", "2000", "--space", "core", "--dataset", "digits", "--workers", "2", "--json"),
    *("--warm-start", "none", "--sampler", "random", "--pruner", "none", "--finals", "0"),
)


def environment(storage=None):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("THIMBLE_")}
    return kept | ({"THIMBLE_STORAGE": storage} if storage else {})


def instead(options, others):
    """The options of a command line with others, which take the place of those of the same name."""
    kept, words = [], list(options)
    while words:
        word = words.pop(0)
        part = [word, *([words.pop(0)] if word.startswith("--") and words and not words[0].startswith("--") else [])]
        kept += part if word not in others or not word.startswith("--") else []
    return [*kept, *others]


def start(folder, *options, storage=None, command="run", prefix=()):
    """A search in `folder` whose trials depend on nothing but seed and number; the folder is that of somebody who has
    modules of their own that are called as ours are."""
    with contextlib.suppress(OSError):  # of a disk that is full, or a folder that may not be written
        make_users_modules(folder)
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "search", command, *instead(QUIET if command == "run" else (), options)],
        cwd=folder, env=environment(storage), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process, *, seconds=600, code=0):
    """The objects that the search prints until it ends, and its standard error."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == code, err
    return [json.loads(line) for line in out.splitlines()], err


def said_here(folder, *words, storage=None, code=0):
    """What a command in `folder` writes to standard output and error, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("THIMBLE_")]:
            patch.delenv(name)
        if storage:
            patch.setenv("THIMBLE_STORAGE", storage)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            came = run_app(list(words))
    assert came == code, err.getvalue()
    return out.getvalue(), err.getvalue()


def searched_here(folder, *options, storage=None):
    """What `search` returns, of a search in this process, whose workers rest for the next one."""
    out, err = said_here(folder, "run", *instead(QUIET, options), storage=storage)
    return [json.loads(line) for line in out.splitlines()], err


def search(folder, *options, storage=None, seconds=600):
    return finish(start(folder, *options, storage=storage), seconds=seconds)


def table(folder, storage=None):
    """The study's trials by their numbers."""
    out, _ = said_here(folder, "table", "--json", storage=storage)
    return {trial["trial"]: trial for trial in map(json.loads, out.splitlines())}


def outcomes(folder, storage=None):
    """What became of each trial, without what may differ between two searches of the same history."""
    names = ("verdict", "notation", "score", "epochs")
    return {number: [trial[name] for name in names] for number, trial in table(folder, storage).items()}


def enter_finals(folder, scores):
    """Write scores of finals, by trial, into a finished study, as if they had been held."""
    from search.settings import Settings
    from search.study.reading import read_settings
    from search.study.store import Store

    own = {"timeout": None, "workers": 1, "device": "cpu", "finals": 0}
    with folder.locked():
        store = Store(folder, Settings.from_json(read_settings(folder), **own))
        store.store_finals(scores)
        store.close()


def workers_of(coordinator):
    """Process ids of a coordinator's workers."""
    children = Path(f"/proc/{coordinator}/task/{coordinator}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in _command_line(pid)]


def _command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def wait_until(condition, *, seconds=240, process=None):
    """Waits; fails where time is over or `process` ends first."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends, f"not within {seconds} s"
        assert process is None or process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    return found


def checkpoints(folder, epoch=1):
    """Checkpoints of that epoch and later, of any trial of any study in `folder`."""
    files = [file for file in files_below(folder / "runs") if file.match("*/checkpoints/trial-*/epoch-*.safetensors")]
    return [file for file in files if int(file.stem.removeprefix("epoch-")) >= epoch]


def files_below(folder):
    """All files in a folder and those within it, of which others may remove some meanwhile, where `rglob` raises."""
    return [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]
