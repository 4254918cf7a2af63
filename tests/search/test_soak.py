"""Workers and coordinators killed at random moments: nothing finished is lost or counted twice, and every trial
ends with the score that it has when it is left alone.

`just soak` kills a hundred times; the shortened form, a few.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

KILLS = int(os.environ.get("THIMBLE_SOAK_KILLS", "8"))
TRIALS = max(4, KILLS // 2)
OPTIONS = (
    *("run", "--budget", "2000", "--dataset", "digits", "--epochs", "12", "--trials", str(TRIALS), "--workers", "2"),
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
    """SIGKILL to the coordinator or to one of its workers; who it was."""
    try:
        victims = [process.pid, *workers(process.pid)]
    except OSError:
        return None  # it has just ended
    victim = rng.choice(victims)
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return None
    return "coordinator" if victim == process.pid else "worker"


@pytest.mark.fault
@pytest.mark.timeout(3600)
def test_kills_at_random_moments(tmp_path):
    began = time.monotonic()
    start(tmp_path / "quiet").communicate(timeout=1800)
    quiet = time.monotonic() - began
    rng = random.Random(0)
    killed = {"coordinator": 0, "worker": 0}
    began, process = time.monotonic(), start(tmp_path / "soak")
    while process.poll() is None or process.returncode:
        if process.poll() is not None:
            assert process.returncode == -signal.SIGKILL, process.communicate()[1]
            process.communicate()
            process = start(tmp_path / "soak")
        if sum(killed.values()) < KILLS:
            time.sleep(rng.uniform(0.5, 5))
            victim = kill_one(process, rng)
            if victim:
                killed[victim] += 1
            if victim == "coordinator":
                process.wait()
        else:
            _, err = process.communicate(timeout=1800)
            assert process.returncode == 0, err
    print(f"{killed}, {time.monotonic() - began:.0f} s after {quiet:.0f} s undisturbed")
    left_alone, found = table(tmp_path / "quiet"), table(tmp_path / "soak")
    assert len(found) == TRIALS
    for number, trial in left_alone.items():
        for name in ("verdict", "notation", "score", "epochs"):
            assert found[number][name] == trial[name], (number, name)
    with closing(sqlite3.connect(tmp_path / "soak" / "runs" / "digits-2000" / "study.db")) as database:
        states = dict(database.execute("SELECT state, COUNT(*) FROM trials GROUP BY state"))
        values = database.execute("SELECT COUNT(*) FROM trial_values").fetchone()[0]
    assert states == {"COMPLETE": TRIALS}
    assert values == TRIALS
    assert not list((tmp_path / "soak" / "runs" / "digits-2000" / "checkpoints").iterdir())
