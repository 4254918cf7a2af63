"""Leases: when a trial's holder is taken for dead, and when not."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from search.study import leases
from search.study.leases import SILENT_SECONDS, Holder, Lease, Watch

ME = Holder.this_process()
ELSEWHERE = replace(ME, host="other", system="0" * 12)


@pytest.fixture
def child():
    """A living process of this host, and its holder."""
    code = (
        "import json, dataclasses, sys; from search.study.leases import Holder\n"
        "print(json.dumps(dataclasses.asdict(Holder.this_process())), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process, Holder(**json.loads(process.stdout.readline()))
        process.kill()


def test_a_process_on_this_host_is_gone_when_it_has_ended(child):
    process, holder = child
    assert holder.system == ME.system
    assert not holder.gone(ME)
    process.kill()
    while process.poll() is None:
        pass
    assert holder.gone(ME)


def test_a_process_that_is_dead_and_unburied_is_gone(child):
    process, holder = child
    process.kill()
    process.stdout.read()  # its end closes the pipe; nobody has waited for it
    while not holder.gone(ME):
        pass
    assert process.returncode is None


def test_a_later_process_under_the_same_id_is_another(child):
    _, holder = child
    assert replace(holder, began=holder.began - 1).gone(ME)


def test_where_the_system_tells_no_times_the_id_decides(child):
    process, holder = child
    untimed = replace(holder, began=0)
    assert not untimed.gone(ME)
    process.kill()
    process.wait()
    assert untimed.gone(ME)


def test_of_a_process_elsewhere_nothing_is_certain():
    assert not ELSEWHERE.gone(ME)


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


def test_a_holder_elsewhere_is_dead_after_a_silence(monkeypatch):
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


def test_a_running_trial_without_a_lease_has_no_holder():
    assert Watch(ME).dead({4: None, 5: Lease(ME)}) == [4]
