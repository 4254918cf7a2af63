"""Leases: when a trial's owner is taken for dead, and when not."""

from dataclasses import replace

from search.study import leases
from search.study.leases import SILENT_SECONDS, Lease, Watch
from search.study.owners import Owner

ME = Owner.this_process()
ELSEWHERE = replace(ME, host="other", system="0" * 12)


def test_a_lease_round_trips_and_anything_else_is_none():
    lease = Lease(ME).renewed(epoch=3, deaths=1)
    assert Lease.from_json(lease.to_json()) == lease
    assert lease.beats == 1
    for kept in (None, "x", {}, {"host": "h"}, 7):
        assert Lease.from_json(kept) is None


class Clock:
    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(leases.time, "monotonic", lambda: self.now)


def test_an_owner_elsewhere_is_dead_after_a_silence(monkeypatch):
    clock, lease = Clock(monkeypatch), Lease(ELSEWHERE)
    watch = Watch(ME)
    silent = 0.0
    while not watch.dead({4: lease}):
        clock.now += 1
        silent += 1
    assert SILENT_SECONDS < silent <= 30


def test_each_sign_of_life_counts_whatever_the_clocks_say(monkeypatch):
    clock, lease = Clock(monkeypatch), replace(Lease(ELSEWHERE), seen="1999-01-01T00:00:00+00:00")
    watch = Watch(ME)
    for _ in range(10):
        for _ in range(int(SILENT_SECONDS)):
            assert watch.dead({4: lease}) == []
            clock.now += 1
        lease = replace(lease, beats=lease.beats + 1)


def test_silence_does_not_count_while_nobody_listened(monkeypatch):
    clock, lease = Clock(monkeypatch), Lease(ELSEWHERE)
    watch = Watch(ME)
    assert watch.dead({4: lease}) == []
    clock.now += 1000  # the database was away
    assert watch.dead({4: lease}) == []
    clock.now += 1
    assert watch.dead({4: lease}) == []


def test_a_running_trial_without_a_lease_has_no_owner():
    assert Watch(ME).dead({4: None, 5: Lease(ME)}) == [4]
