"""What `bench` prints."""

from dataclasses import replace

from search.commands.bench import throughput_lines
from search.replication.bench import Throughput

THROUGHPUT = Throughput(
    design="ladder-3/6",
    batch=128,
    device="cpu",
    precision="fp32",
    workers=2,
    seconds_per_epoch=4.125,
    rounds=(4.0, 4.25),
    images_per_second=12121.2,
    baseline_seconds_per_epoch=30.0,
    baseline_rounds=(29.0, 31.0),
    baseline_loader_workers=2,
    ratio=7.27,
    limit_share=0.314,
    stages={"augment": 0.25, "forward": 0.5, "other": 0.25},
    start_seconds=3.21,
    worker_bytes=500 * 2**20,
    by_torch=(),
)


def test_a_throughput_for_people():
    assert throughput_lines(THROUGHPUT) == (
        "2 workers: 4.12 s an epoch for the machine (4.00 to 4.25), 12,121 images a second\n"
        "  7.3 times as fast as the baseline's 30.0 s (DataLoader with 2 workers, every core)\n"
        "  31 % of the arithmetic limit\n"
        "  augment 25 %, forward 50 %, other 25 %\n"
        "  first step 3.2 s after a worker's start, 500 MiB a worker"
    )


def test_a_gpu_has_no_stages():
    lines = throughput_lines(replace(THROUGHPUT, workers=1, stages={})).splitlines()
    assert lines[0].startswith("1 worker: 4.12 s")
    assert lines[2:] == [
        "  31 % of the arithmetic limit",
        "  first step 3.2 s after a worker's start, 500 MiB a worker",
    ]


def test_layers_without_a_pass_are_named():
    lines = throughput_lines(replace(THROUGHPUT, by_torch=("GELU", "GroupNorm"))).splitlines()
    assert "  through torch, for want of a pass of our own: GELU, GroupNorm" in lines
    assert "through torch" not in throughput_lines(THROUGHPUT)
