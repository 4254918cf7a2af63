"""Searches that are killed and stopped at random moments: nothing finished is lost or counted twice, and every
trial ends with the score that it has when it is left alone.

`just soak` runs these in full; otherwise they are a few rounds each.
"""

import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.amounts import soak
from tests.search.searches import environment, finish, kill, outcomes, search, start, wait_until, workers_of

pytestmark = [pytest.mark.fault, pytest.mark.timeout(7200)]

KILLS = soak("KILLS", 5)
STOPS = soak("STOPS", 2)
STUDY = "runs/digits-2000"


def rows(folder):
    """Trials by state, and how many values were told, read from the database itself."""
    with contextlib.closing(sqlite3.connect(folder / STUDY / "study.db")) as database:
        states = dict(database.execute("SELECT state, COUNT(*) FROM trials GROUP BY state"))
        return states, database.execute("SELECT COUNT(*) FROM trial_values").fetchone()[0]


def kill_one(process, rng):
    """SIGKILL to the coordinator or to one of its workers; who it was, or None when the search is over."""
    while process.poll() is None:
        with contextlib.suppress(OSError):  # a process that ended between the look and the kill
            victim = rng.choice([process.pid, *workers_of(process.pid)])
            os.kill(victim, signal.SIGKILL)
            return "coordinator" if victim == process.pid else "worker"
    return None


def test_kills_at_random_moments(tmp_path):
    trials = KILLS + 4 if KILLS < 100 else 3 * KILLS  # enough that the kills are over before the search is
    options = ("--trials", str(trials), "--epochs", "30")
    apart = 1800 / KILLS if KILLS >= 100 else 4  # seconds between two kills, at most
    began = time.monotonic()
    search(tmp_path / "quiet", *options, seconds=3600)
    quiet = time.monotonic() - began
    rng, killed = random.Random(0), {"coordinator": 0, "worker": 0}
    began, process = time.monotonic(), start(tmp_path / "soak", *options)
    while sum(killed.values()) < KILLS:
        time.sleep(rng.uniform(0.5, apart))
        victim = kill_one(process, rng)
        if victim is None:
            break
        killed[victim] += 1
        if victim == "coordinator":
            process.communicate()
            process = start(tmp_path / "soak", *options)
    finish(process, seconds=3600)
    took = time.monotonic() - began
    print(f"\n{killed} of {trials} trials: {took:.0f} s, undisturbed {quiet:.0f} s, {took / quiet:.2f} times")
    assert sum(killed.values()) > KILLS // 2
    assert outcomes(tmp_path / "soak") == outcomes(tmp_path / "quiet")
    assert rows(tmp_path / "soak") == ({"COMPLETE": trials}, trials)
    assert not list((tmp_path / "soak" / STUDY / "checkpoints").iterdir())


def test_stops_at_random_moments(tmp_path, undisturbed):
    """SIGTERM and Ctrl-C in turn: down soon, running trials queued, and the command that is printed goes on."""
    trials = 2 * STOPS + 4
    options = ("--trials", str(trials), "--epochs", "20")
    rng, worst = random.Random(0), 0.0
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)) * STOPS:
        process = start(tmp_path / "stopped", *options)
        process.stderr.readline()  # which study it is; from here on it listens
        time.sleep(rng.uniform(0, 6))
        workers = workers_of(process.pid)
        process.send_signal(number)
        began = time.monotonic()
        _, err = finish(process, code=code)
        worst = max(worst, time.monotonic() - began)
        assert "Traceback" not in err
        assert not any(os.path.exists(f"/proc/{worker}") for worker in workers)
        states, _ = rows(tmp_path / "stopped")
        assert set(states) <= {"COMPLETE", "WAITING"}, states
        (command,) = re.findall(r"go on with:\s+python -m (.*)", err)
    print(f"\n{2 * STOPS} stops, down after {worst:.1f} s at most")
    assert worst < 60
    subprocess.run(
        [sys.executable, "-m", *command.split(), "--json"],
        cwd=tmp_path / "stopped", env=environment(), check=True, capture_output=True,
    )  # fmt: skip
    assert outcomes(tmp_path / "stopped") == undisturbed(trials=trials, epochs=20)


def test_a_second_ctrl_c_ends_it_at_once(tmp_path, undisturbed):
    options = ("--trials", "4", "--epochs", "20")
    process = start(tmp_path / "hasty", *options)
    wait_until(lambda: list((tmp_path / "hasty").glob(f"{STUDY}/checkpoints/*/*")), process=process)
    workers = workers_of(process.pid)
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)  # two signals at the same moment would arrive as one
    process.send_signal(signal.SIGINT)
    process.wait(60)
    process.communicate()
    assert process.returncode in (130, -signal.SIGINT)  # a shell's 130 too: it came when Python had all but ended
    wait_until(lambda: not any(os.path.exists(f"/proc/{worker}") for worker in workers), seconds=2)
    search(tmp_path / "hasty", *options)
    assert outcomes(tmp_path / "hasty") == undisturbed(trials=4, epochs=20)


def test_a_dead_worker_is_noticed_within_two_seconds(tmp_path):
    process = start(tmp_path, "--trials", "2", "--epochs", "400")
    wait_until(lambda: list(tmp_path.glob(f"{STUDY}/checkpoints/*/epoch-0003*")), process=process)
    before = workers_of(process.pid)
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: set(workers_of(process.pid)) - set(before), seconds=2, process=process)
    kill(process)


def test_workers_that_die_before_they_train_are_no_trials_fault(tmp_path):
    """Four of them at the same trial, which may kill three."""
    process, killed = start(tmp_path, "--trials", "2", "--epochs", "3", "--workers", "1"), set()
    while len(killed) < 4:
        for worker in set(workers_of(process.pid)) - killed:
            os.kill(worker, signal.SIGKILL)
            killed.add(worker)
        time.sleep(0.05)
    finish(process)
    assert rows(tmp_path) == ({"COMPLETE": 2}, 2)


def test_workers_that_cannot_start_end_the_search(tmp_path):
    process = start(tmp_path, "--trials", "2", "--workers", "1")
    ends = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < ends:
        for worker in workers_of(process.pid):
            with contextlib.suppress(OSError):
                os.kill(worker, signal.SIGKILL)
        time.sleep(0.05)
    _, err = process.communicate()
    assert process.returncode == 2
    assert "error: workers do not start, 6 times in a row: the last was killed by signal 9" in err
    assert rows(tmp_path)[0].keys() <= {"WAITING"}


@pytest.mark.parametrize("round_", range(soak("PAIRS", 1)))
def test_two_that_begin_a_study_at_the_same_moment(tmp_path, round_):
    """One searches; the other says that it does, or finds the study as it has left it."""
    pair = [start(tmp_path, "--trials", "3", "--epochs", "1", "--warm-start", "ladders") for _ in range(2)]
    ends = []
    for process in pair:
        _, err = process.communicate(timeout=120)
        ends.append(process.returncode)
        if process.returncode:
            assert re.fullmatch(
                r"error: study digits-2000 is being searched by process \d+; .*", err.splitlines()[-1]
            )
    assert sorted(ends) in ([0, 0], [0, 2])
    assert len([1 for kind in outcomes(tmp_path).values() if kind[0] == "trained"]) == 3
    assert rows(tmp_path)[0]["COMPLETE"] == 3
