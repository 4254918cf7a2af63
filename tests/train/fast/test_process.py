"""What a training process sets, and puts back where it is somebody else's, seen in a process of its own."""

import subprocess
import sys

import pytest


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_prepared_process_computes_on_one_thread_and_keeps_its_memory():
    code = """
import resource, sys, torch
from train.fast.process import prepare
{prepare}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(16, 1024, 1024)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()  # the first blocks find their places
print(torch.get_num_threads(), faults() < 1000, (torch.tensor([1e-39]) * 0.5).item() == 0)
"""
    if sys.platform == "linux":
        assert run(code.format(prepare="prepare()")) == "1 True True"
        assert run(code.format(prepare="torch.set_num_threads(1)")) == "1 False False"  # so the check can fail


@pytest.mark.parametrize("flushed", [True, False])
def test_a_callers_process_is_left_as_it_was_whatever_happens_within(flushed):
    code = f"""
import os, torch
from train.fast.process import prepared
def state():
    return torch.get_num_threads(), (torch.tensor([1e-39]) * 0.5).item() == 0
torch.set_num_threads(3)
torch.set_flush_denormal({flushed})
before, environment = state(), dict(os.environ)
class Oops(Exception): pass
try:
    with prepared():
        torch.nn.Conv2d(1, 4, 3)(torch.rand(2, 1, 28, 28)).sum().backward()
        print(*state())
        raise Oops
except Oops:
    print(*before, state() == before, dict(os.environ) == environment)
"""
    assert run(code).splitlines() == ["1 True", f"3 {flushed} True True"]


def test_a_training_comes_out_the_same_in_a_callers_process_as_in_one_of_our_own():
    """Also where products are denormal numbers, so that leaving them would tell."""
    code = """
import contextlib, hashlib, torch
from train.fast.process import prepare, prepared
torch.set_num_threads(2)
x = torch.rand(64, 8, 28, 28, generator=torch.Generator().manual_seed(0)) * {scale}
weight = torch.rand(16, 8, 3, 3, generator=torch.Generator().manual_seed(1)).requires_grad_()
with {context}:
    (torch.nn.functional.conv2d(x, weight) * {scale}).sum().backward()
print(hashlib.sha256(weight.grad.numpy().tobytes()).hexdigest())
"""
    for scale in ("1", "1e-20"):
        ours, within = (
            run(code.format(scale=scale, context=context))
            for context in ("contextlib.nullcontext(prepare())", "prepared()")
        )
        assert ours == within


@pytest.mark.parametrize(
    "hidden",
    [
        "ctypes.CDLL = lambda name: object()",  # a C library without mallopt
        "def CDLL(name): raise OSError('no library')\nctypes.CDLL = CDLL",
        "def CDLL(name): raise TypeError('Windows wants a name')\nctypes.CDLL = CDLL",
        "import sys; sys.modules['ctypes'] = None",
    ],
)
def test_a_c_library_that_cannot_be_asked_is_left_alone(hidden):
    code = f"""
import ctypes, torch
from train.fast import process
{hidden}
process.prepare()
process.tidy()
print(torch.get_num_threads())
"""
    assert run(code) == "1"
