"""What this machine has room for."""

import os
import subprocess
import sys

import psutil
import pytest

from search.errors import UserError
from search.workers import room
from search.workers.room import WORKER_BYTES, cores, free_bytes, parse_workers


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A control group's folder, in the place of the one that we are in."""
    monkeypatch.setattr(room, "_CONTROL_GROUP", tmp_path)

    def limit(most, used, caches):
        (tmp_path / "memory.max").write_text(f"{most}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
        (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {caches}\n")

    return limit


def test_memory_is_what_is_left_to_the_control_group_where_that_is_less(group, monkeypatch):
    group(1000, 600, 50)
    assert free_bytes() == 450
    group("max", 600, 50)
    assert free_bytes() == pytest.approx(psutil.virtual_memory().available, rel=0.5)
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert free_bytes() is None
    group(1000, 600, 50)
    assert free_bytes() == 450


def test_where_its_files_are_hidden_memory_is_unknown(group, monkeypatch, tmp_path):
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    assert free_bytes() is None


def test_workers_are_as_many_as_cores_and_memory_allow(monkeypatch):
    monkeypatch.setattr(room, "cores", lambda: 8)
    for free, fit in ((None, 8), (3 * WORKER_BYTES + 1, 3), (7, 1), (99 * WORKER_BYTES, 8)):
        monkeypatch.setattr(room, "free_bytes", lambda free=free: free)
        assert parse_workers("auto") == fit
        assert parse_workers("auto", here=False) == 8
    monkeypatch.setattr(room, "free_bytes", lambda: 3 * WORKER_BYTES)
    assert (parse_workers("3"), parse_workers("99", here=False)) == (3, 99)
    with pytest.raises(UserError, match=r"^`workers` 4 need about 3.1 GiB of memory and 2.3 GiB are free"):
        parse_workers("4")
    for text in ("0", "-1", "1000", "1.5", "all"):
        with pytest.raises(UserError, match="`workers` must be `auto` or a whole number from 1 to 999"):
            parse_workers(text)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="binds itself to a core")
def test_cores_are_those_that_the_process_may_use(monkeypatch):
    code = (
        "import os; from search.workers.room import cores\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); print(cores())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores() == os.cpu_count()
