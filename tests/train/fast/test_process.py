"""What a training process sets, and puts back where it is somebody else's, seen in a process of its own."""

import os
import subprocess
import sys

import pytest


def run(code: str) -> str:
    theirs = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=theirs)
    return done.stdout.strip()


@pytest.mark.slow
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


def test_a_callers_process_is_left_as_it_was_whatever_happens_within():
    code = """
import os, torch
from train.fast.process import prepared
def state():
    return torch.get_num_threads(), (torch.tensor([1e-39]) * 0.5).item() == 0
class Oops(Exception): pass
torch.set_num_threads(3)
for flushed in (True, False):
    torch.set_flush_denormal(flushed)
    before, environment = state(), dict(os.environ)
    try:
        with prepared():
            torch.nn.Conv2d(1, 4, 3)(torch.rand(2, 1, 28, 28)).sum().backward()
            print(*state())
            raise Oops
    except Oops:
        print(*before, state() == before, dict(os.environ) == environment)
"""
    assert run(code).splitlines() == ["1 True", "3 True True True", "1 True", "3 False True True"]


@pytest.mark.slow
def test_between_two_steps_of_a_generator_nothing_is_changed():
    code = """
import torch
from train.fast.process import prepared_steps
torch.set_num_threads(3)
def threads():
    for _ in range(2):
        yield torch.get_num_threads()
for within in prepared_steps(threads()):
    print(within, torch.get_num_threads())
print(torch.get_num_threads())
"""
    assert run(code).splitlines() == ["1 3", "1 3", "3"]


@pytest.mark.slow
def test_results_in_a_callers_process_are_those_of_one_of_our_own():
    """Also where products are denormal numbers, so that leaving them would tell."""
    code = """
import contextlib, torch
from train.fast.process import prepare, prepared
torch.set_num_threads(2)
weight = torch.rand(16, 8, 3, 3, generator=torch.Generator().manual_seed(1)).requires_grad_()
with {context}:
    for scale in (1, 1e-19, 1e-20):
        x = torch.rand(64, 8, 28, 28, generator=torch.Generator().manual_seed(0)) * scale
        (torch.nn.functional.conv2d(x, weight) * scale).sum().backward()
        print(weight.grad.double().sum().item().hex())
        weight.grad = None
"""
    contexts = "contextlib.nullcontext(prepare())", "prepared()", "contextlib.nullcontext()"
    ours, within, plain = (run(code.format(context=context)) for context in contexts)
    assert ours == within
    assert ours != plain  # so the check can fail


@pytest.mark.slow
def test_a_c_library_that_cannot_be_asked_is_left_alone():
    """Without mallopt, without a library of all that is loaded (Windows: a TypeError), without ctypes."""
    code = """
import ctypes, sys, torch
from train.fast import process
def library_that(deed):
    def CDLL(name):
        return deed()
    return CDLL
def raises(error):
    raise error
for deed in (object, lambda: raises(OSError()), lambda: raises(TypeError())):
    ctypes.CDLL = library_that(deed)
    process.prepare()
    process.tidy()
sys.modules["ctypes"] = None
process.prepare()
process.tidy()
print(torch.get_num_threads())
"""
    assert run(code) == "1"
