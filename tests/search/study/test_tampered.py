"""Databases that somebody or something has written other things into.

Each command says so in one line that names trial and attribute, or is right all the same.
"""

import contextlib
import json
import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from search.commands.main import run_app
from tests.amounts import soak
from tests.search.conftest import SMALL

STUDY = Path("runs", "digits-2000")
ODD = (
    *(None, True, -1, 2.5, 10**400, 1e308, "", "x", "\x1b[31mred\x07", "=1+1", "0", "a\nb", "9" * 5000),
    *([], [None], [[]], [1e999], {}, {"a": {}}, ["x"] * 3, "\ud800", '{"a":1}', "c8 relu", "mp"),
)
TEXTS = ("", "{", "nul", "NaN", "[" * 5000, "\x00", "'", "Infinity")
COMMANDS = (
    ("best",),
    ("table",),
    ("table", "--csv", "t.csv", "--force"),
    ("show", "0"),
    ("report", "-o", "r.html", "--force"),
    (*SMALL, "--trials", "5"),
)
COLUMNS = {
    "trials": ("state", "datetime_start", "datetime_complete"),
    "trial_values": ("value", "value_type"),
    "trial_intermediate_values": ("step", "intermediate_value", "intermediate_value_type"),
    "trial_params": ("param_value", "distribution_json"),
    "trial_system_attributes": ("value_json",),
}


@pytest.fixture
def study(studied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("THIMBLE_DATA", "THIMBLE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    return STUDY


def attributes(study):
    """What can be tampered with: tables, their keys, and where."""
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        for table, of in (("trial_user_attributes", "trial_id"), ("study_user_attributes", "study_id")):
            for key, where in connection.execute(f"SELECT key, MIN({of}) FROM {table} GROUP BY key ORDER BY key"):
                yield table, of, key, where


def tampered(study):
    """Statements that write something odd, with what the line must name."""
    for table, of, key, where in attributes(study):
        for value in [json.dumps(odd) for odd in ODD] + list(TEXTS):
            statement = f"UPDATE {table} SET value_json = ? WHERE key = ? AND {of} = ?"
            yield statement, (value, key, where), (key, f"trial {where - 1}" if of == "trial_id" else "study")
    for table, columns in COLUMNS.items():
        for column in columns:
            for value in ("x", -7, 1e300, "", b"\x00\xff", "9999-99-99"):
                statement = f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT MIN(rowid) FROM {table})"
                yield statement, (value,), ()


def check(study, capfd, statement, values, names, commands):
    before = (study / "study.db").read_bytes()
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        try:
            connection.execute(statement, values)
        except sqlite3.Error:  # which refuses it itself
            return
        connection.commit()
    for words in commands:
        code = run_app(list(words))
        out, err = capfd.readouterr()
        case = (statement, str(values)[:80], words, code, err)
        assert "Traceback" not in out + err, case
        assert not {c for c in out + err if not c.isprintable()} - set("\n"), case
        if code:
            assert code == 2, case
            *first, line = err.splitlines()
            assert len(first) <= 1, case
            assert line.startswith("error: "), case
            assert all(name in line for name in names), case
    (study / "study.db").write_bytes(before)
    for log in study.glob("study.db-*"):
        log.unlink()


def some(cases, number):
    return random.Random(7).sample(cases, number)


@pytest.mark.slow
def test_tampered_attributes_are_named_in_one_line(study, capfd, record_property):
    record_property("tried", 25)
    for case in some(list(tampered(study)), 25):
        check(study, capfd, *case, commands=COMMANDS[:2])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_hundreds_of_tampered_attributes_are_named_in_one_line(study, capfd, record_property):
    cases = some(list(tampered(study)), soak("TAMPERED", 60))
    record_property("tried", len(cases))
    for case in cases:
        check(study, capfd, *case, commands=COMMANDS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("score", '"high"'),
        ("parameters", "-5"),
        ("recipe json", '"{}"'),
        ("verdict", '"won"'),
        ("losses", '["x"]'),
        ("notation", '"c8\\u001b[2J"'),
        ("fingerprint", "7"),
        ("multiply-adds", "null"),
    ],
)
def test_the_line_names_trial_and_attribute(study, capfd, key, value):
    statement = "UPDATE trial_user_attributes SET value_json = ? WHERE key = ? AND trial_id = 1"
    check(study, capfd, statement, (value, key), ("trial 0", key), commands=(("table",),))
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        connection.execute(statement, (value, key))
        connection.commit()
    assert run_app(["table"]) == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("parameters", "3"),
        ("multiply-adds", "3"),
        ("receptive field", "3"),
        ("notation", '"c8 relu relu mp mp mp"'),
    ],
)
def test_a_network_that_is_not_what_is_said_of_it_is_not_used(study, capfd, key, value):
    assert run_app(["best", "--json"]) == 0
    best = json.loads(capfd.readouterr().out)["trial"]
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        written = "UPDATE trial_user_attributes SET value_json = ? WHERE key = ? AND trial_id = ?"
        connection.execute(written, (value, key, best + 1))
        connection.commit()
    for words in (("show", str(best)), ("export", str(best), "-o", "net.py"), ("confirm", str(best))):
        assert run_app(list(words)) == 2
        err = capfd.readouterr().err.splitlines()[-1]
        assert err.startswith(f"error: trial {best} cannot be read: its attribute '{key}' is no"), err


def test_no_control_character_reaches_a_terminal(study, capfd):
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        for key in ("origin", "reason", "recipe"):
            connection.execute(
                "UPDATE trial_user_attributes SET value_json = ? WHERE key = ?", ('"\\u001b[2J\\u0007"', key)
            )
        connection.commit()
    for words in (("table",), ("best",), ("show", "0"), ("table", "--json")):
        assert run_app(list(words)) == 0
        out, err = capfd.readouterr()
        assert "\x1b" not in out + err
        assert "\x07" not in out + err


@pytest.mark.parametrize("name", [b"a\x1b[31mb", b"a\nb", b"x\xff"])
def test_a_folder_whose_name_cannot_be_shown_is_passed_over(study, capfd, name):
    """By commands that take the latest; there is no way to name it either."""
    os.rename(study, os.path.join(os.fsencode(study.parent), name))
    for words in (("table",), ("best",), ("report", "-o", "page.html"), ("best", "--study", os.fsdecode(name))):
        assert run_app(list(words)) == 2
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err[:-1].isprintable()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE trials SET number = 3 WHERE number = 1",
        "DELETE FROM studies",
        "UPDATE trials SET study_id = 9",
    ],
)
def test_trials_that_are_not_where_they_were_are_put_back(study, capfd, caplog, damage):
    assert run_app(["table", "--json"]) == 0
    before = capfd.readouterr().out
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        connection.execute(damage)
        connection.commit()
    assert run_app(["table", "--json"]) == 0
    assert capfd.readouterr().out == before
    assert f"{study / 'study.db'} lacked trials 0 to 4, put back from {study / 'told'}" in caplog.messages


@pytest.mark.parametrize(
    ("table", "value"),
    [
        *(("trial_intermediate_values SET intermediate_value", value) for value in ("NULL", "'x'", "9e999")),
        ("trial_values SET value", "NULL"),
    ],
)
def test_a_score_that_is_no_number_is_said_in_one_line(study, capfd, table, value):
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        connection.execute(f"UPDATE {table} = {value} WHERE trial_id = 1")
        connection.commit()
    for words in (("best",), ("table",), ("report", "-o", "page.html")):
        assert run_app(list(words)) in (0, 2)  # the objective's value is not what is shown
        err = capfd.readouterr().err
        assert "Traceback" not in err
        assert not [line for line in err.splitlines() if line.startswith("error: ") and "rial 0" not in line]


def test_no_cell_of_the_table_is_a_formula(study, capfd):
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        for number, text in enumerate(("=1+1", "+1", "-1", "@SUM(1)", "\t=1"), start=1):
            connection.execute(
                "INSERT OR REPLACE INTO trial_user_attributes (trial_id, key, value_json) VALUES (?, 'reason', ?)",
                (number, json.dumps(text)),
            )
        connection.commit()
    assert run_app(["table", "--csv", "t.csv"]) == 0
    import pandas as pd

    cells = pd.read_csv("t.csv", dtype=str).to_numpy().ravel()
    texts = [cell for cell in cells if isinstance(cell, str)]
    assert sum(text.startswith("'") for text in texts) == 4  # the tabulator is written out
    assert not [text for text in texts if text[0] in "=+-@\t\r"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
@pytest.mark.parametrize("name", ["settings.json", "study.db", "told/trial-00000.json"])
def test_a_pipe_is_not_waited_for(study, capfd, name):
    (study / name).unlink()
    os.mkfifo(study / name)
    code = run_app(["best"])
    err = capfd.readouterr().err
    assert (code == 2 and err.startswith("error: ") and name in err) or (code == 0 and name.startswith("told")), err
