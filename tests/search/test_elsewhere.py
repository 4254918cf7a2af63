"""Starts on what people have: what Linux alone has is hidden, and commands work all the same."""

import json
import os
import subprocess
import sys

import pytest

# Found by every interpreter that starts with its folder in PYTHONPATH, workers included. `signal`, `resource` and
# `fcntl` are hidden from our modules, and `fcntl` from filelock: multiprocessing and psutil need the others on Linux.
HIDDEN = """
import builtins, ctypes, io, os, signal, sys, types

OURS = {"search", "space", "train", "results", "thimble"}
for name in ("fork", "forkpty", "sched_getaffinity"):
    delattr(os, name)
without = ("pthread_sigmask", "pthread_kill", "SIGKILL", "SIGHUP", "SIGCHLD", "SIGSTOP", "SIGCONT", "SIGPIPE")
elsewhere = types.ModuleType("signal")
vars(elsewhere).update({name: value for name, value in vars(signal).items() if name not in without})
real_import, real_open, real_readlink, real_listdir, RealLibrary = (
    builtins.__import__, builtins.open, os.readlink, os.listdir, ctypes.CDLL
)


def imported(name, globals=None, *rest, **options):
    importer = (globals or {}).get("__name__", "").partition(".")[0]
    if importer in OURS or (importer == "filelock" and name == "fcntl"):
        if name in ("fcntl", "resource", "termios", "pwd", "grp"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        if name == "signal":
            return elsewhere
    return real_import(name, globals, *rest, **options)


def hiding(real):
    def call(path=None, *rest, **options):
        if isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(("/proc", "/sys/fs")):
            raise FileNotFoundError(2, "No such file or directory", path)
        return real(path, *rest, **options)

    return call


class Library(RealLibrary):
    def __init__(self, name, *rest, **options):
        if name is None:
            raise TypeError("as on Windows")
        super().__init__(name, *rest, **options)


builtins.__import__ = imported
builtins.open = io.open = hiding(real_open)
os.readlink, os.listdir = hiding(real_readlink), hiding(real_listdir)
ctypes.CDLL = Library
"""
CODE = """
import json, sys
from search.commands.main import run_app

for words in json.loads(sys.argv[1]):
    code = run_app(words)
    assert code == 0, (words, code)
    print("did", words[0], flush=True)
"""
COMMANDS = [
    ["--help"],
    ["count", "zoo/2000"],
    ["space"],
    ["export", "zoo/2000", "-o", "x.py"],
    ["train", "c4 relu mp c8 relu mp gap c10k1", "--dataset", "digits", "--epochs", "1"],
    [
        *("run", "--budget", "2000", "--dataset", "digits", "--trials", "2", "--epochs", "1", "--workers", "1"),
        *("--finals", "0", "--json"),
    ],
    ["best"],
]  # fmt: skip


def elsewhere(folder, code, *arguments):
    (folder / "hidden").mkdir(exist_ok=True)
    (folder / "hidden" / "sitecustomize.py").write_text(HIDDEN)
    places = os.pathsep.join(filter(None, [str(folder / "hidden"), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-W", "error::UserWarning:__main__", "-c", code, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": places, "THIMBLE_DATA": ""},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.parametrize(
    "needs",
    [
        "import os; os.fork",
        "import os; os.sched_getaffinity",
        "import ctypes; ctypes.CDLL(None)",
        "open('/proc/meminfo')",
        "import psutil; psutil.virtual_memory()",
        "__name__ = 'search.x'\nimport fcntl",
        "import filelock; assert filelock.has_fcntl",
        "__name__ = 'train.x'\nimport resource",
        "__name__ = 'search.x'\nimport signal\nsignal.pthread_sigmask",
        "__name__ = 'search.x'\nfrom signal import SIGKILL",
    ],
)
def test_what_is_hidden_is_missed(tmp_path, needs):
    done = elsewhere(tmp_path, needs)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].partition(":")[0] in (
        "AssertionError", "AttributeError", "FileNotFoundError", "ImportError", "ModuleNotFoundError", "TypeError",
    )  # fmt: skip


@pytest.mark.slow
def test_commands_work_where_what_linux_alone_has_is_missing(tmp_path):
    done = elsewhere(tmp_path, CODE, json.dumps(COMMANDS))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("did ")] == [
        words[0] for words in COMMANDS
    ]
    assert "Traceback" not in done.stderr
    assert (tmp_path / "x.py").exists()
