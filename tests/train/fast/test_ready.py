"""First use: compiled once, by one of several processes, into a folder that can be written and is nobody else's."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba import config

from train.fast import compiling, machine, ready
from train.fast.uncompiled import CannotCompile

ROOT = Path(__file__).parents[3]
SCRIPT = """
import os, sys, torch
torch.set_grad_enabled(False), torch.set_default_dtype(torch.float64)  # as a caller may have
from train.fast.compiling import folder
from train.fast import ready
for line in ready.make_ready(sys.argv[1]):
    print(line, flush=True)
print(folder())
"""
TRAIN = """
import torch
from space.architecture import Architecture
from train.fast.compiling import folder
from train.fast.engine import BlockNetwork
from train.model import build
def files():
    return sorted(path.relative_to(folder()) for path in folder().rglob("*.nb*"))
before = files()
assert len(before) > 20
for precision in ("fp32", "bf16")[:int(__import__("sys").argv[1])]:
    for notation in (
        "c8 relu bn c16 relu bn mp c8k1 c16 gbn8 relu do0.1 c24 relu bn gap c10k1",
        "3x20x12 c4k5p2b prelu mpb [ c4k3p1g4 bn silu c4k1 bn ] d2d0.2 ap2 c7k1b gap",
        "mp [ bn relu c1k3p1 ] c12 c6k3p1g3 c5k12",
    ):
        architecture = Architecture.parse(notation)
        network = BlockNetwork(build(architecture, seed=0), architecture.image, torch.Generator(), precision)
        for images in (3, 70):
            network.train()(torch.randn(images, *architecture.image)).sum().backward()
            network.eval()(torch.randn(images, *architecture.image))
assert files() == before, set(files()) - set(before)
"""


def started(script, *words, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def told(process):
    out, err = process.communicate(timeout=400)
    assert process.returncode == 0, err
    return out.splitlines()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_of_several_processes_one_compiles_everything_and_the_next_ones_find_it(tmp_path):
    together = [started(SCRIPT, "fp32", NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(3)]
    said = [told(process) for process in together]
    line = "compiling the engine for fp32 on this processor, once an installation: 20 to 40 s"
    assert sum(line in lines for lines in said) == 1
    assert {lines[-1] for lines in said} == {str(next(tmp_path.iterdir()))}
    assert told(started(SCRIPT, "fp32", NUMBA_CACHE_DIR=str(tmp_path))) == said[0][-1:]
    assert told(started(SCRIPT, "bf16", NUMBA_CACHE_DIR=str(tmp_path)))[0] == line.replace("fp32", "bf16")
    assert told(started(TRAIN, "2", NUMBA_CACHE_DIR=str(tmp_path))) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_where_no_folder_can_be_written_it_is_compiled_into_a_temporary_one_once(tmp_path):
    (tmp_path / "file").touch()
    places = {"NUMBA_CACHE_DIR": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    script = SCRIPT.replace("for line in", 'ready._ONE_OF_EACH = "1x6x6 c2 relu gap c2k1"\nfor line in', 1)
    note, compiling_line, folder = told(started(script, "fp32", **places))
    assert note == f"compiled code cannot be stored in {tmp_path}/file, and goes to {folder}"
    assert compiling_line.startswith("compiling")
    assert folder.startswith(f"{tmp_path}/thimble-{os.getuid()}/engine-")
    assert told(started(script, "fp32", **places)) == [folder]


@pytest.fixture
def unwritable(tmp_path, monkeypatch):
    """A machine on which no folder for compiled code can be written but that for temporary files."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_code_that_others_could_have_written_is_not_run(unwritable):
    ours = compiling.folder.__wrapped__()
    assert ours.parent == unwritable / f"thimble-{os.getuid()}"
    assert ours.parent.stat().st_mode & 0o077 == 0
    assert compiling.folder.__wrapped__() == ours
    ours.parent.chmod(0o777)
    assert compiling.folder.__wrapped__().parent == unwritable
    ours.parent.rename(unwritable / "moved")
    ours.parent.symlink_to(unwritable / "moved")
    assert compiling.folder.__wrapped__().parent == unwritable


def test_another_processor_and_other_sources_have_another_folder(monkeypatch):
    here = compiling._key()
    assert compiling._key() == here
    monkeypatch.setattr(compiling.llvmlite.binding, "get_host_cpu_name", lambda: "another")
    there = compiling._key()
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"another")
    assert len({here, there, compiling._key()}) == 3


def test_what_is_compiled_is_not_compiled_again(monkeypatch, tmp_path):
    monkeypatch.setattr(ready, "folder", lambda: tmp_path)
    monkeypatch.setattr(ready, "places", lambda: [tmp_path.parent])
    compiled = []
    monkeypatch.setattr(ready, "_compile", compiled.append)
    assert len(list(ready.make_ready("bf16"))) == 1
    assert list(ready.make_ready("bf16")) == []
    assert compiled == ["bf16"]


def test_the_other_precision_waits_as_well(monkeypatch, tmp_path):
    """Both store the same loops in one folder, in which numba has an index of them without a lock."""
    monkeypatch.setattr(ready, "folder", lambda: tmp_path)
    monkeypatch.setattr(ready, "places", lambda: [tmp_path.parent])
    monkeypatch.setattr(ready, "_compile", lambda precision: None)
    one, other = ready.make_ready("fp32"), ready.make_ready("bf16")
    assert next(one).startswith("compiling the engine for fp32")
    assert next(other) == "waiting for another process that compiles the engine"
    assert list(one) == []
    assert list(other) == ["compiling the engine for bf16 on this processor, once an installation: 20 to 40 s"]


def test_a_full_disk_is_one_line_that_names_the_folder(monkeypatch, tmp_path):
    def full(precision):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ready, "folder", lambda: tmp_path)
    monkeypatch.setattr(ready, "_compile", full)
    line = rf"^the compiled engine cannot be stored in {tmp_path} \(No space left on device\); make room there, .*$"
    for _ in range(2):  # the lock is not kept
        with pytest.raises(CannotCompile, match=line):
            list(ready.make_ready("fp32"))


def test_so_is_a_folder_in_which_no_lock_can_be_made(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(ready, "folder", lambda: tmp_path / "file")
    with pytest.raises(CannotCompile, match=rf"cannot be stored in {tmp_path}/file \("):
        list(ready.make_ready("fp32"))


def test_so_is_a_machine_on_which_nothing_can_be_written(unwritable, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(unwritable / "file"))
    with pytest.raises(CannotCompile, match=rf"neither in {unwritable}/file nor in a folder for temporary files"):
        compiling.folder.__wrapped__()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not machine.AVX512, reason="every other test runs on such a processor here")
def test_a_processor_with_avx2_alone_computes_the_same(tmp_path):
    """Compiled for one of 2013; what the engine's tests compare is the same."""
    features = "+avx2,+avx,+fma,+sse4.2,+sse4.1,+ssse3,+sse3,+popcnt,+bmi,+bmi2,+lzcnt,+f16c,+movbe"
    own = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": str(tmp_path)}
    told(
        started(
            "from train.fast import machine as m; assert (m.AVX512, m.LANES, m.PAIRS) == (False, 16, False)",
            **own,
        )
    )
    tests = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not slow", "tests/train/fast/test_engine.py"]
    done = subprocess.run(tests, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
