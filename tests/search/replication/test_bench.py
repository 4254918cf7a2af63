"""Throughputs reckoned from timings that are known, and what a process says of its memory."""

import sys
from dataclasses import replace
from pathlib import Path

import psutil  # noqa: F401, which imports `resource` itself where there is one
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from search.errors import UserError
from search.replication import bench as benchmark
from search.replication.bench import bench
from search.replication.timing import EngineTiming, Workload, peak_bytes, time_baseline
from space.architecture import Architecture
from space.design import Design
from space.known.references import REFERENCES
from space.recipe import PLAIN_RECIPE
from train.data.dataset import open_dataset
from train.fast import ready
from train.model import build

NET = "c4 relu bn mp c6 relu bn mp gap c10k1"


def timing(*epochs, flops=1e9, start=1.0, peak=100, forward=0.5):
    return EngineTiming(
        epochs=epochs,
        start=start,
        flops_a_second=flops,
        images=1000,
        held_out=0,
        stages={"forward": forward, "other": 1 - forward},
        peak_bytes=peak,
    )


@pytest.fixture
def measured(monkeypatch):
    """A benchmark of two workers whose timings are made up; what it said, and its throughputs."""
    baselines = iter([(20.0), (12.0), (22.0), (10.0), (24.0), (14.0)])  # with 0 and with 2 loader workers
    alone = iter([[timing(4.0, 6.0)], [timing(3.0, 3.0)], [timing(7.0, 7.0)]])
    both = iter(
        [[timing(8.0, 8.0, start=2.0), timing(6.0, 6.0, peak=300)], *([[timing(4.0, 4.0), timing(6.0, 6.0)]] * 2)]
    )
    monkeypatch.setattr(benchmark, "time_baseline", lambda workload, loader_workers: next(baselines))
    monkeypatch.setattr(benchmark, "time_engine", lambda workload, processes: next(alone if processes == 1 else both))
    monkeypatch.setattr(ready, "make_ready", lambda precision: iter([f"compiling for {precision}"]))
    said = []
    throughputs = bench(
        Design(Architecture.parse(NET), PLAIN_RECIPE),
        name="it",
        source=open_dataset("digits", Path()),
        batch=100,
        images=500,
        repeats=3,
        workers=2,
        device="cpu",
        precision="auto",
        say=said.append,
    )
    return said, throughputs


def test_the_machines_seconds_are_a_workers_over_the_workers_and_the_median_counts(measured):
    said, (one, two) = measured
    assert (one.workers, one.rounds, one.seconds_per_epoch) == (1, (5.0, 3.0, 7.0), 5.0)
    assert (two.workers, two.rounds, two.seconds_per_epoch) == (2, (3.5, 2.5, 2.5), 2.5)
    assert (one.images_per_second, two.images_per_second) == (200, 400)
    assert (two.start_seconds, two.worker_bytes, two.batch) == (2.0, 300, 100)
    assert said[0] == (
        "it on digits, batch 100, cpu fp32: 3 rounds of the baseline with 0 and 2 loader workers and of this engine "
        "with 1 and 2; keep the machine idle"
    )
    assert said[1] == "compiling for fp32"
    assert [line.split(",")[0] for line in said[2:]] == [f"round {number} of 3" for number in (1, 2, 3)]


def test_the_better_baseline_counts_round_by_round(measured):
    _, (one, two) = measured
    assert (one.baseline_loader_workers, one.baseline_rounds) == (2, (12.0, 10.0, 14.0))
    assert one.ratio == sorted((12 / 5, 10 / 3, 14 / 7))[1]
    assert two.ratio == sorted((12 / 3.5, 10 / 2.5, 14 / 2.5))[1]


def test_the_limit_is_the_arithmetic_that_torch_counts(measured):
    """Forward, and backward to weights and to inputs, but for the first layer's; two operations a multiply-add."""
    _, (one, _) = measured
    net = build(Architecture.parse(NET))
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 1, 28, 28)).sum().backward()
    assert one.limit_share == pytest.approx(1000 * counter.get_total_flops() / 1e9 / 5.0)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc has the second opinion")
def test_memory_at_its_peak_is_the_kernels_figure_and_without_it_todays(monkeypatch):
    peak = peak_bytes()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    assert peak == pytest.approx(1024 * int(status["VmHWM"].split()[0]), rel=0.05)
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    assert 0.05 * peak < peak_bytes() <= 1.05 * peak


@pytest.mark.slow
def test_a_process_that_ends_early_ends_the_benchmark(tmp_path, capfd):
    nowhere = replace(open_dataset("digits", Path()), given="mnist", root=tmp_path, folder=tmp_path / "arrays")
    workload = Workload(
        design=REFERENCES["ladder-3/6"].design, source=nowhere, images=100, device="cpu", precision="fp32"
    )
    with pytest.raises(UserError, match="a process that is timed ended early"):
        time_baseline(workload, loader_workers=0)
    assert "Traceback" in capfd.readouterr().err
