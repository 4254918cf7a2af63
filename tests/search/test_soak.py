"""Workers and coordinators killed at random moments: nothing finished is lost or counted twice, and every trial
ends with the score that it has when it is left alone.

`just soak` kills a hundred times; the shortened form, a few.
"""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

KILLS = int(os.environ.get("THIMBLE_SOAK_KILLS", "8"))
TRIALS = KILLS + 4  # enough of them that the kills are over before the search is
OPTIONS = (
    *("run", "--budget", "2000", "--dataset", "digits", "--epochs", "30", "--trials", str(TRIALS), "--workers", "2"),
    *("--json", "--warm-start", "none", "--sampler", "random", "--pruner", "none"),
)


def start(folder):
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "search", *OPTIONS],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def table(folder):
    done = subprocess.run(
        [sys.executable, "-m", "search", "table", "--json"], cwd=folder, capture_output=True, text=True, check=True
    )
    return {trial["trial"]: trial for trial in map(json.loads, done.stdout.splitlines())}


def workers(coordinator):
    children = Path(f"/proc/{coordinator}/task/{coordinator}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def kill_one(process, rng):
    """SIGKILL to the coordinator or to one of its workers; who it was, or None when the search is over."""
    while process.poll() is None:
        with contextlib.suppress(OSError):  # a process that ended between the look and the kill
            victim = rng.choice([process.pid, *workers(process.pid)])
            os.kill(victim, signal.SIGKILL)
            return "coordinator" if victim == process.pid else "worker"
    return None


@pytest.mark.fault
@pytest.mark.timeout(3600)
def test_kills_at_random_moments(tmp_path):
    began = time.monotonic()
    start(tmp_path / "quiet").communicate(timeout=1800)
    quiet = time.monotonic() - began
    rng = random.Random(0)
    killed = {"coordinator": 0, "worker": 0}
    began, process = time.monotonic(), start(tmp_path / "soak")
    while sum(killed.values()) < KILLS:
        time.sleep(rng.uniform(0.5, 4))
        victim = kill_one(process, rng)
        if victim is None:
            break
        killed[victim] += 1
        if victim == "coordinator":
            process.communicate()
            process = start(tmp_path / "soak")
    _, err = process.communicate(timeout=1800)
    assert process.returncode == 0, err
    assert sum(killed.values()) > KILLS // 2
    print(f"{killed}, {time.monotonic() - began:.0f} s after {quiet:.0f} s undisturbed")
    left_alone, found = table(tmp_path / "quiet"), table(tmp_path / "soak")
    assert len(found) == TRIALS
    for number, trial in left_alone.items():
        for name in ("verdict", "notation", "score", "epochs"):
            assert found[number][name] == trial[name], (number, name)
    with contextlib.closing(sqlite3.connect(tmp_path / "soak" / "runs" / "digits-2000" / "study.db")) as database:
        states = dict(database.execute("SELECT state, COUNT(*) FROM trials GROUP BY state"))
        values = database.execute("SELECT COUNT(*) FROM trial_values").fetchone()[0]
    assert states == {"COMPLETE": TRIALS}
    assert values == TRIALS
    assert not list((tmp_path / "soak" / "runs" / "digits-2000" / "checkpoints").iterdir())
