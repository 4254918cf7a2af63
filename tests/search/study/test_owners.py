"""Owners of leases: when a process is known to have ended, and when nothing is known."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from search.study.owners import Owner

ME = Owner.this_process()
ELSEWHERE = replace(ME, host="other", system="0" * 12)


@pytest.fixture
def child():
    """A living process of this host, and its owner."""
    code = (
        "import json, dataclasses, sys; from search.study.owners import Owner\n"
        "print(json.dumps(dataclasses.asdict(Owner.this_process())), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process, Owner(**json.loads(process.stdout.readline()))
        process.kill()


def test_a_process_on_this_host_is_gone_when_it_has_ended(child):
    process, owner = child
    assert owner.system == ME.system
    assert not owner.gone(ME)
    process.kill()
    while process.poll() is None:
        pass
    assert owner.gone(ME)


def test_a_process_that_is_dead_and_unburied_is_gone(child):
    process, owner = child
    process.kill()
    process.stdout.read()  # its end closes the pipe; nobody has waited for it
    while not owner.gone(ME):
        pass
    assert process.returncode is None


def test_a_later_process_under_the_same_id_is_another(child):
    _, owner = child
    assert replace(owner, began=owner.began - 1).gone(ME)


def test_where_the_system_tells_no_times_the_id_decides(child):
    process, owner = child
    untimed = replace(owner, began=0)
    assert not untimed.gone(ME)
    process.kill()
    process.wait()
    assert untimed.gone(ME)


def test_of_a_process_elsewhere_nothing_is_certain():
    assert not ELSEWHERE.gone(ME)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says itself")
def test_its_beginning_is_the_one_that_linux_counts():
    """As earlier versions kept it, whose leases we read."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    assert ME.began == int(fields[19]) * 100 // os.sysconf("SC_CLK_TCK")


def test_where_processes_are_hidden_nothing_is_certain_of_one_that_lives(child, monkeypatch, tmp_path):
    process, owner = child
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    hidden = Owner.this_process()
    assert (hidden.began, hidden.system) == (0, ME.system)
    assert not owner.gone(hidden)
    assert not replace(owner, began=owner.began - 1).gone(hidden)
    process.kill()
    process.wait()
    assert owner.gone(hidden)


def test_without_psutil_nothing_is_certain_of_one_that_lives(child, monkeypatch):
    process, owner = child
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert Owner.this_process() == replace(ME, began=0)
    assert not owner.gone(ME)
    process.kill()
    process.wait()
    assert owner.gone(ME)


def test_systems_without_a_name_are_told_apart_by_their_network_cards(monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda *_: (_ for _ in ()).throw(FileNotFoundError()))
    here = Owner.this_process()
    assert here.system == Owner.this_process().system != ME.system
    monkeypatch.setattr("search.study.owners.uuid.getnode", lambda: 7)
    assert Owner.this_process().system != here.system
