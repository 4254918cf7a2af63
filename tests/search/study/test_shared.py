"""Coordinators that share a study on a real PostgreSQL server, each with its workers."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import unquote, urlsplit

import numpy as np
import psutil
import psycopg
import pytest
from sklearn.datasets import load_digits
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from search.study.databases import open_storage
from search.study.folder import StudyFolder
from search.study.patience import passing
from tests.amounts import soak
from tests.search.searches import (
    checkpoints,
    environment,
    finish,
    instead,
    kill,
    outcomes,
    search,
    start,
    wait_until,
)
from train.device import CPU_ENGINE

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800)]

SHORT = ("--study", "s", "--epochs", "8")


def rows(storage):
    """Trials by state, and how many values were told, read from the database itself."""
    with contextlib.closing(psycopg.connect(storage.replace("+psycopg", ""))) as database:
        states = dict(database.execute("SELECT state::text, COUNT(*) FROM trials GROUP BY state").fetchall())
        return states, database.execute("SELECT COUNT(*) FROM trial_values").fetchone()[0]


def test_one_of_two_coordinators_is_killed_half_way(tmp_path, postgres, undisturbed):
    trials = soak("TRIALS", 16)
    options = (*SHORT, "--trials", str(trials))
    first, second = (start(tmp_path / name, *options, storage=postgres) for name in ("a", "b"))
    wait_until(lambda: sum(rows_or_none(postgres).values()) > trials // 2, seconds=600, process=first)
    kill(first)
    _, err = finish(second)
    assert rows(postgres) == ({"COMPLETE": trials}, trials)
    assert outcomes(tmp_path / "b", postgres) == undisturbed(trials=trials, epochs=8)
    assert "is queued again: process" in err


def rows_or_none(storage):
    with contextlib.suppress(psycopg.Error):  # no tables yet
        return {state: n for state, n in rows(storage)[0].items() if state == "COMPLETE"}
    return {}


def test_a_worker_joins_with_the_studys_own_settings(tmp_path, postgres, undisturbed):
    options = (*SHORT, "--trials", "8")
    first = start(tmp_path / "a", *options, storage=postgres)
    wait_until(lambda: checkpoints(tmp_path / "a"), process=first)
    joined = start(tmp_path / "b", "--study", "s", "--workers", "1", "--json", command="worker", storage=postgres)
    trained = [len([t for t in finish(process)[0] if "trial" in t]) for process in (first, joined)]
    assert sum(trained) == 8
    assert min(trained) > 0
    assert outcomes(tmp_path / "b", postgres) == undisturbed(trials=8, epochs=8)


@pytest.mark.parametrize("from_file", [False, True])
def test_the_password_is_in_no_process_list(tmp_path, postgres, from_file, monkeypatch):
    """Neither ours, nor our workers', nor the dashboard's, wherever it comes from."""
    parts = urlsplit(postgres)
    password = unquote(parts.password)
    if from_file:
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        (tmp_path / "pass").write_text(f"*:*:*:*:{escaped}\n")
        (tmp_path / "pass").chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pass"))
        postgres = postgres.replace(f":{parts.password}@", "@")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = start(
        tmp_path, *SHORT, "--trials", "100", "--dashboard", "--dashboard-port", str(port), storage=postgres
    )
    wait_until(lambda: checkpoints(tmp_path), process=process)
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    lines = ["\0".join(one.cmdline()) for one in family]
    process.send_signal(signal.SIGINT)
    _, err = finish(process, code=130)
    assert len(lines) >= 4
    for secret in (password, parts.password):
        assert not [line for line in lines if secret in line]
        assert secret not in err
    (again,) = re.findall("^go on with: *(.*)$", err, re.M)
    assert "THIMBLE_STORAGE" not in again  # which a shell would put in its place into the process list


def test_tables_of_an_older_optuna_are_mended_by_the_command_as_it_is_printed(tmp_path, postgres):
    """Which no list of processes shows the password of."""
    search(tmp_path, *SHORT, "--trials", "1", storage=postgres)
    with contextlib.closing(psycopg.connect(postgres.replace("+psycopg", ""))) as database:
        database.execute("UPDATE alembic_version SET version_num = 'v3.0.0.d'")
        database.commit()
    _, err = finish(start(tmp_path, *SHORT, "--trials", "2", storage=postgres), code=2)
    (command,) = re.findall(r"left as it is: (.*optuna storage upgrade.*)", err)
    assert "--storage" not in command
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    subprocess.run(command, shell=True, check=True, cwd=tmp_path, env=environment(postgres) | {"PATH": path})
    objects, _ = search(tmp_path, *SHORT, "--trials", "2", storage=postgres)
    assert sum(rows(postgres)[0].values()) == 2, objects


def test_joining_needs_a_study_and_its_database(tmp_path, postgres):
    process = start(tmp_path, "--study", "s", "--json", command="worker", storage=postgres)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith("error: there is no study s in postgresql+psycopg://")
    process = start(tmp_path, "--study", "s", "--json", command="worker")
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.count("\n")) == (2, 1)
    assert "--storage" in err


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare")
def test_a_coordinator_that_dies_on_another_host_is_noticed(tmp_path, postgres, undisturbed):
    """The other host is a process table of its own, in which ours mean nothing."""
    options = instead(SHORT, ("--trials", "4", "--epochs", "90"))
    elsewhere = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    first = start(tmp_path / "a", *options, storage=postgres, prefix=elsewhere)
    wait_until(lambda: checkpoints(tmp_path / "a", epoch=3), process=first)
    second = start(tmp_path / "b", *options, storage=postgres)
    wait_until(lambda: checkpoints(tmp_path / "b", epoch=1), process=second)
    kill(first)
    line = wait_until(lambda: next((x for x in second.stderr if "is queued again" in x), None), process=second)
    assert " is gone" in line
    finish(second)
    assert outcomes(tmp_path / "b", postgres) == undisturbed(trials=4, epochs=90)


def test_a_coordinator_that_was_stopped_and_goes_on_gives_up_what_others_took(tmp_path, postgres, undisturbed):
    """Stopped between the check that a trial is its own and the sign of life, it takes the trial back, and the
    other gives it up: one of the two, always."""
    options = instead(SHORT, ("--trials", "6", "--epochs", "30"))
    first = start(tmp_path / "a", *options, storage=postgres)
    wait_until(lambda: checkpoints(tmp_path / "a", epoch=3), process=first)
    first.send_signal(signal.SIGSTOP)
    with contextlib.closing(psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True)) as database:
        taken = database.execute("UPDATE trials SET state = 'WAITING' WHERE state = 'RUNNING'").rowcount
    assert taken > 0
    second = start(tmp_path / "b", *options, storage=postgres)
    wait_until(lambda: len({file.parent for file in checkpoints(tmp_path / "b")}) == taken, process=second)
    first.send_signal(signal.SIGCONT)
    said = finish(first)[1] + finish(second)[1]
    assert said.count("was taken over by another coordinator") == taken
    assert rows(postgres) == ({"COMPLETE": 6}, 6)
    assert outcomes(tmp_path / "b", postgres) == undisturbed(trials=6, epochs=30)


def test_a_transaction_that_nobody_goes_on_with_is_ended_by_the_server(tmp_path, postgres):
    """As that of a coordinator that is stopped half-way through; what it held is free, and it tries once more."""
    storage = open_storage(StudyFolder("s", tmp_path, storage=postgres))
    with storage.engine.connect() as connection:
        assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "30s"
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '1ms'"))
        with contextlib.closing(psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True)) as other:
            own = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            wait_until(lambda: other.execute(own).fetchone() == (0,))
        with pytest.raises(DBAPIError) as ended:
            connection.execute(text("SELECT 1"))
    assert passing(ended.value)
    storage.close()


def test_the_server_goes_away_in_mid_search_and_comes_back(tmp_path, own_postgres, undisturbed):
    options = instead(SHORT, ("--trials", "10", "--epochs", "20"))
    process = start(tmp_path / "a", *options, storage=own_postgres.url)
    wait_until(lambda: checkpoints(tmp_path / "a", epoch=3), process=process)
    own_postgres.stop()
    time.sleep(soak("AWAY", 6))
    own_postgres.start()
    _, err = finish(process)
    assert "the database is away" in err
    assert rows(own_postgres.url) == ({"COMPLETE": 10}, 10)
    assert outcomes(tmp_path / "a", own_postgres.url) == undisturbed(trials=10, epochs=20)


def test_the_server_goes_away_for_good(tmp_path, own_postgres, undisturbed):
    """Asked to end meanwhile, the search keeps what it has and says how to go on; so it does."""
    options = instead(SHORT, ("--trials", "6", "--epochs", "20"))
    process = start(tmp_path / "a", *options, storage=own_postgres.url)
    wait_until(lambda: checkpoints(tmp_path / "a", epoch=15), process=process)
    own_postgres.stop()
    wait_until(lambda: "the database is away" in process.stderr.readline(), process=process)
    time.sleep(3)
    process.send_signal(signal.SIGTERM)
    _, err = finish(process, code=143, seconds=60)  # not the ten minutes for which it would wait for the server
    assert "go on with: python -m search run" in err
    own_postgres.start()
    search(tmp_path / "a", *options, storage=own_postgres.url)
    assert rows(own_postgres.url) == ({"COMPLETE": 6}, 6)
    assert outcomes(tmp_path / "a", own_postgres.url) == undisturbed(trials=6, epochs=20)


def test_a_server_that_is_not_there_is_said_at_once(tmp_path, own_postgres):
    own_postgres.stop()
    process = start(tmp_path, *SHORT, storage=own_postgres.url)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.splitlines()[-1].startswith("error: postgresql+psycopg://")) == (2, True)
    assert own_postgres.password not in err


def test_after_a_start_with_a_wrong_address_the_right_one_is_taken(tmp_path, postgres):
    host, port = postgres.rpartition("@")[2].partition("/")[0].rsplit(":", 1)
    wrong = postgres.replace(f"{host}:{port}/", f"{host}:1/")
    assert wrong != postgres
    finish(start(tmp_path, *SHORT, "--trials", "1", storage=wrong), code=2)
    search(tmp_path, *SHORT, "--trials", "1", storage=postgres)
    assert len(outcomes(tmp_path, postgres)) == 1


@pytest.mark.parametrize("round_", range(soak("PAIRS", 1)))
def test_two_that_begin_a_study_at_the_same_moment_share_it(tmp_path, postgres, round_):
    options = ("--study", "s", "--trials", "4", "--epochs", "1", "--warm-start", "ladders")
    pair = [start(tmp_path / name, *options, storage=postgres) for name in ("a", "b")]
    for process in pair:
        finish(process)
    found = outcomes(tmp_path / "a", postgres)
    search(tmp_path / "alone", *options)
    alone = outcomes(tmp_path / "alone")
    assert {n: kind for n, kind in found.items() if kind[0] == "trained"} == {
        n: kind for n, kind in alone.items() if kind[0] == "trained"
    }
    assert found.keys() == alone.keys()  # the warm starts are queued once


def test_other_settings_are_refused_from_another_folder(tmp_path, postgres):
    search(tmp_path / "a", *SHORT, "--trials", "1", storage=postgres)
    process = start(tmp_path / "b", "--study", "s", "--epochs", "9", storage=postgres)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "epochs 8 there, 9 here" in err
    search(tmp_path / "b", *SHORT, "--trials", "2", storage=postgres)
    assert len(outcomes(tmp_path / "b", postgres)) == 2


def test_a_folder_of_another_name_begins_no_second_study_over_its_weights(tmp_path, postgres):
    search(tmp_path, *SHORT, "--trials", "1", storage=postgres)
    (tmp_path / "runs" / "s").rename(tmp_path / "runs" / "old")
    weights = tmp_path / "runs" / "old" / "weights" / "trial-00000.safetensors"
    before = weights.read_bytes()
    _, err = finish(start(tmp_path, *instead(SHORT, ("--study", "old")), "--trials", "2", storage=postgres), code=2)
    assert "the server has no study old, and runs/old has trained networks; give the folder its old name" in err
    assert weights.read_bytes() == before
    assert rows(postgres) == ({"COMPLETE": 1}, 1)
    (tmp_path / "runs" / "old").rename(tmp_path / "runs" / "s")
    search(tmp_path, *SHORT, "--trials", "2", storage=postgres)
    assert rows(postgres) == ({"COMPLETE": 2}, 2)


def test_a_machine_that_joins_with_another_engine_says_so(tmp_path, postgres):
    """Than that of the machine that began the study, which the server knows."""
    search(tmp_path / "a", *SHORT, "--trials", "1", storage=postgres)
    with contextlib.closing(psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True)) as database:
        engine = "UPDATE study_user_attributes SET value_json = replace(value_json, %s, %s) WHERE key = 'beginning'"
        assert database.execute(engine, [f'"engine": "{CPU_ENGINE}"', '"engine": "1"']).rowcount == 1
    _, err = search(tmp_path / "b", *SHORT, "--trials", "2", storage=postgres)
    assert "study s was begun with the CPU's engine 1 and goes on with engine" in err


def test_a_machine_that_joins_finds_the_pictures_in_another_folder(tmp_path, postgres):
    """By their content, below the folder that is named."""
    images, labels = load_digits(return_X_y=True)
    for name in ("a", "b/data"):
        (tmp_path / name).mkdir(parents=True)
        np.savez(tmp_path / name / "mine.npz", X=images.reshape(-1, 8, 8).astype(np.uint8), y=labels)
    own = ("--study", "s", "--dataset", "mine.npz", "--epochs", "2")
    search(tmp_path / "a", *own, "--trials", "1", storage=postgres)
    with contextlib.closing(psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True)) as database:
        trials = "UPDATE study_user_attributes SET value_json = replace(value_json, %s, %s) WHERE key = 'settings'"
        assert database.execute(trials, ['"trials": 1', '"trials": 2']).rowcount == 1
    (tmp_path / "a" / "mine.npz").unlink()
    options = ("--study", "s", "--data-dir", "data", "--workers", "1", "--json")
    lines, _ = finish(start(tmp_path / "b", *options, command="worker", storage=postgres))
    assert lines[-1]["trained"] == 2


def test_a_deterministic_study_takes_one_coordinator(tmp_path, postgres, undisturbed):
    options = (*SHORT, "--trials", "9", "--deterministic")
    first = start(tmp_path / "a", *options, storage=postgres)
    wait_until(lambda: checkpoints(tmp_path / "a"), process=first)
    process = start(tmp_path / "b", *options, storage=postgres)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "is deterministic and is being searched by another process" in err
    kill(first)
    search(tmp_path / "b", *options, storage=postgres)
    assert outcomes(tmp_path / "b", postgres) == undisturbed(trials=9, epochs=8)


def test_the_password_is_nowhere_to_be_read(tmp_path, own_postgres):
    said = []
    for command, options in (
        ("run", (*SHORT, "--trials", "2")),
        ("best", ()),
        ("table", ("--csv", "t.csv")),
        ("report", ("-o", "r.html")),
        ("worker", ("--study", "s")),
        ("worker", ("--study", "t")),
    ):
        process = start(tmp_path, *options, command=command, storage=own_postgres.url)
        said.extend(process.communicate(timeout=120))
    own_postgres.stop()
    for command, options in (("run", SHORT), ("best", ()), ("worker", ("--study", "s"))):
        process = start(tmp_path, *options, command=command, storage=own_postgres.url)
        said.extend(process.communicate(timeout=120))
        assert process.returncode == 2
    own_postgres.start()
    process = start(tmp_path, *SHORT, storage=f"{own_postgres.url}x")
    said.extend(process.communicate(timeout=120))
    for secret in own_postgres.secrets:
        assert not any(secret in text for text in said)
        found = subprocess.run(["grep", "-rlF", "--", secret, str(tmp_path)], capture_output=True, text=True)
        assert found.stdout == ""
        with contextlib.closing(psycopg.connect(own_postgres.url.replace("+psycopg", ""))) as database:
            for relation in ("study_user_attributes", "study_system_attributes", "trial_user_attributes"):
                kept = database.execute(f"SELECT COUNT(*) FROM {relation} WHERE value_json LIKE %s", [f"%{secret}%"])
                assert kept.fetchone()[0] == 0
