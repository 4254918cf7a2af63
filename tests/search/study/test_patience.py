"""Waiting for a database that is away."""

import sqlite3

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from search.errors import StorageAway
from search.study import patience
from search.study.patience import Patience

AWAY = OperationalError("SELECT 1", {}, Exception("connection refused\nIs the server running?"))


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(patience.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(patience.time, "sleep", self.sleep)

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def failing(times, error=AWAY):
    """An attempt that fails so often, and how often it was made."""
    made = []

    def attempt():
        made.append(1)
        if len(made) <= times:
            raise error
        return "done"

    return attempt, made


def test_pauses_grow_from_half_a_second_to_ten(clock):
    said, (attempt, _) = [], failing(7)
    assert Patience(600, noted=said.append)(attempt) == "done"
    assert said[0] == ("the database is away (connection refused); results are kept, and it is tried again in 0.5 s")
    assert [float(line.split()[-2]) for line in said] == [0.5, 1, 2, 4, 8, 10, 10]
    assert clock.now == pytest.approx(135.5)


def test_it_ends_with_the_first_failure_after_its_time(clock):
    attempt, made = failing(99)
    with pytest.raises(StorageAway, match=r"^connection refused$"):
        Patience(3, noted=lambda _: None)(attempt)
    assert len(made) == 4  # at 0, 0.5, 1.5 and 3.5 seconds


def test_its_time_may_be_changed_meanwhile(clock):
    waiting = Patience(600)
    waiting.seconds = 0
    attempt, made = failing(1)
    with pytest.raises(StorageAway):
        waiting(attempt)
    assert len(made) == 1


def test_who_asks_for_the_end_need_not_wait_for_the_pause(clock):
    attempt, made = failing(99)
    with pytest.raises(StorageAway, match=r"^connection refused$"):
        Patience(600, give_up=lambda: clock.now > 105)(attempt)
    assert 105 < clock.now < 105.5
    assert len(made) == 4


def test_a_database_that_others_hold_is_waited_for_and_a_damaged_one_is_not(clock):
    attempt, _ = failing(1, OperationalError("", {}, sqlite3.OperationalError("database is locked")))
    assert Patience(600)(attempt) == "done"
    for error in (
        OperationalError("", {}, sqlite3.OperationalError("disk I/O error")),
        IntegrityError("", {}, sqlite3.IntegrityError("UNIQUE constraint failed")),
    ):
        attempt, made = failing(1, error)
        with pytest.raises(StorageAway):
            Patience(600)(attempt)
        assert len(made) == 1


def test_other_errors_pass_at_once(clock):
    attempt, made = failing(1, KeyError("x"))
    with pytest.raises(KeyError):
        Patience(600)(attempt)
    assert len(made) == 1


def test_attempts_may_be_made_within_attempts(clock):
    waiting = Patience(600)
    inner, _ = failing(2)
    outer, made = failing(1)
    assert waiting(lambda: (waiting(inner), outer())) == ("done", "done")
    assert len(made) == 2
