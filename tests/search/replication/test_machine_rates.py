"""The rates of a machine: measured once, kept, and measured again where what they depend on has changed."""

import pytest

from search.replication import machine_rates as rates
from space.work import work
from train.calibration import designs
from train.fast import ready
from train.rates import USUAL


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """How often was measured; a measurement gives times that are made up, and the user's cache is a new one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    times = []

    def side_by_side(_, tasks):
        times.append(tasks)
        done = [work(design, images=1000, held_out=0) for design, _ in designs(8)]
        return [[(counts, 2.0 * USUAL.of(counts)) for counts in done]]

    monkeypatch.setattr(rates, "side_by_side", side_by_side)
    monkeypatch.setattr(ready, "make_ready", lambda precision: iter([f"compiling for {precision}"]))
    return times


def test_a_machine_is_measured_once_and_that_is_said(measured):
    said = []
    assert rates.kept_rates("fp32") is None
    first = rates.machine_rates("fp32", say=said.append)
    assert first.seconds["dense"] == pytest.approx(2 * USUAL.seconds["dense"])
    assert [line.partition(" ")[0] for line in said] == ["compiling", "measuring", "measured"]
    assert rates.machine_rates("fp32", say=said.append) == rates.kept_rates("fp32") == first
    assert (len(measured), len(said)) == (1, 3)


@pytest.mark.parametrize("changed", ["processor", "engine", "version", "precision", "features"])
def test_it_is_measured_again_where_something_has_changed(measured, monkeypatch, changed):
    rates.machine_rates("fp32", say=print)
    match changed:
        case "processor":
            monkeypatch.setattr(rates, "processor", lambda: "another")
        case "engine":
            monkeypatch.setattr(rates, "_engine", lambda: "another")
        case "version":
            monkeypatch.setattr(rates.importlib.metadata, "version", lambda _: "99")
        case "features":
            monkeypatch.setenv("NUMBA_CPU_FEATURES", "+avx2")
    precision = "bf16" if changed == "precision" else "fp32"
    assert rates.kept_rates(precision) is None
    rates.machine_rates(precision, say=print)
    assert len(measured) == 2


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"seconds": 3}', b'{"seconds": {"dense": 1}}', b"\xff"])
def test_a_damaged_file_is_measured_anew(measured, content):
    first = rates.machine_rates("fp32", say=print)
    (file,) = rates.user_cache().glob("rates/*.json")
    file.write_bytes(content)
    assert rates.kept_rates("fp32") is None
    assert rates.machine_rates("fp32", say=print) == rates.kept_rates("fp32") == first
    assert len(measured) == 2


def test_without_a_folder_to_keep_them_in_they_serve_once_and_that_is_said(measured, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    said = []
    assert rates.machine_rates("fp32", say=said.append).seconds.keys() == USUAL.seconds.keys()
    assert "not kept for the next search" in said[0]
    assert rates.kept_rates("fp32") is None


def test_the_engine_is_what_trains():
    assert rates._engine() == rates._engine()
    assert rates.processor()


@pytest.mark.slow
def test_this_machine_can_be_measured(monkeypatch, tmp_path):
    """By the real thing, in a process of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = rates.machine_rates("fp32", say=print)
    assert found == rates.kept_rates("fp32")
    assert found != USUAL
